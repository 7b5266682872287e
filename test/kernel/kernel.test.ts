import fc from 'fast-check';
import * as z from 'zod';
import { canonicalJson } from '../../lambdas/kernel/canonical-json';
import { derivedUlid } from '../../lambdas/kernel/derived-ulid';
import { durationMs } from '../../lambdas/kernel/duration';
import { readEnv } from '../../lambdas/kernel/env';
import { storedNumber } from '../../lambdas/kernel/stored-number';
import { durationSchema, policySchema, ulidSchema } from '../../lambdas/registry/contract';

test.each([
  ['P1D', 86_400_000],
  ['PT12H', 43_200_000],
  ['PT15M', 900_000],
  ['PT2.5S', 2500],
  ['P1DT1H1M1S', 90_061_000],
  ['PT0S', 0],
])('%s is %d ms', (iso, ms) => {
  expect(durationSchema.parse(iso)).toBe(iso);
  expect(durationMs(iso)).toBe(ms);
});

test.each(['1D', 'P', 'PT', 'P1W', 'PT1', 'P-1D', ''])('%j is no duration', (text) => {
  expect(durationSchema.safeParse(text).success).toBe(false);
});

test('canonical JSON is JSON, and the order of keys does not matter', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(Object.fromEntries(Object.entries(value).reverse()))).toBe(text);
    }),
  );
});

test('a derived ULID is the same for the same things, and another for others', () => {
  const id = derivedUlid(1_700_000_000_000, 'rollout', 'a');
  expect(ulidSchema.parse(id)).toBe(derivedUlid(1_700_000_000_000, 'rollout', 'a'));
  expect(derivedUlid(1_700_000_000_000, 'rollout', 'b')).not.toBe(id);
});

test('an incomplete environment names what is missing', () => {
  expect(() => readEnv(z.object({ TABLE: z.string() }), {})).toThrow(/TABLE/);
});

test.each([5e-324, -1e101, 1e-101])('%d is refused before a table refuses its record', (number) => {
  expect(policySchema.safeParse({ rollout: { margin: 0, alpha: Math.abs(number) } }).success).toBe(false);
  expect(storedNumber().safeParse(number).success).toBe(false);
  expect(storedNumber().parse(0)).toBe(0);
});

test('the default policy is whole', () => {
  const policy = policySchema.parse({});
  expect(policy).toMatchObject({
    approval: { knownUploader: 1, unknownUploader: 2 },
    drift: { batch: 'P1D', threshold: 3650 },
    rollout: { margin: 0.1, alpha: 0.05 },
  });
});
