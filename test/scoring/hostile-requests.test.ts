import fc from 'fast-check';
import { INFER, ROUTES, world } from './scoring-world';
import { application } from './versions';

/** The same requests every time: a failure here is a finding, not luck. */
const SEEDED = { seed: 20_261_123, numRuns: 400 };
const LENGTH = 'inference-header-content-length';
const { call } = world(ROUTES.champion);

const isRefusal = ({ status, json }: { status: number; json: { error?: string } }): boolean =>
  status === 200 ||
  (status >= 400 && status < 500 && typeof json.error === 'string' && !/\bat .*:\d+/.test(json.error));

const valid = {
  id: 'call-1',
  parameters: { binary_data_output: false },
  inputs: [{ name: 'X', datatype: 'FP32', shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }],
  outputs: [{ name: 'label' }],
};
const validText = JSON.stringify(valid);
const head = JSON.stringify({
  inputs: [{ name: 'X', datatype: 'FP32', shape: [2, 3], parameters: { binary_data_size: 24 } }],
});
const validBinary = Buffer.concat([Buffer.from(head), Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)]);

test('any JSON at all is answered or refused with a reason', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 6 }), async (text) => {
      expect(isRefusal(await call('POST', INFER, text))).toBe(true);
    }),
    SEEDED,
  );
});

/** A valid request in which one value, anywhere, is another. */
const mutated = fc.tuple(fc.nat(30), fc.jsonValue()).map(([at, value]) => {
  let seen = 0;
  return JSON.stringify(valid, (_, old) => (seen++ === at ? value : old));
});

test('a valid request with any value changed is answered or refused with a reason', async () => {
  await fc.assert(
    fc.asyncProperty(mutated, async (text) => {
      expect(isRefusal(await call('POST', INFER, text === undefined ? '' : text))).toBe(true);
    }),
    SEEDED,
  );
});

test('a valid request with any bytes changed or cut off is answered or refused with a reason', async () => {
  const change = fc.tuple(fc.nat(validText.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 4 }), fc.nat(validText.length), async (changes, end) => {
      const bytes = Buffer.from(validText);
      for (const [at, byte] of changes) bytes[at] = byte;
      expect(isRefusal(await call('POST', INFER, bytes.subarray(0, end)))).toBe(true);
    }),
    SEEDED,
  );
});

test('a binary request cut anywhere, under any length of its JSON, is answered or refused with a reason', async () => {
  const length = fc.oneof(fc.integer({ min: -10, max: 300 }).map(String), fc.string({ maxLength: 8 }));
  await fc.assert(
    fc.asyncProperty(fc.nat(validBinary.length), length, async (end, jsonLength) => {
      const body = validBinary.subarray(0, end);
      expect(isRefusal(await call('POST', INFER, body, application, 'k', { [LENGTH]: jsonLength }))).toBe(true);
    }),
    SEEDED,
  );
});

test.each<[string, string, RegExp]>([
  ['a shape beyond memory', '{"inputs":[{"name":"X","datatype":"FP32","shape":[99999999,3],"data":[1]}]}', /at most/],
  ['a shape beyond numbers', '{"inputs":[{"name":"X","datatype":"FP32","shape":[1e308,3],"data":[1]}]}', /shape/],
  ['negative dimensions', '{"inputs":[{"name":"X","datatype":"FP32","shape":[-1,3],"data":[1]}]}', /shape\.0/],
  [
    'a prototype for an input',
    '{"inputs":[{"name":"__proto__","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}',
    /__proto__ is not one of the model's/,
  ],
  [
    'data as deep as it gets',
    `{"inputs":[{"name":"X","datatype":"FP32","shape":[1,3],"data":${'['.repeat(9999)}1${']'.repeat(9999)}}]}`,
    /does not fit|expected/,
  ],
])('%s is refused', async (_, body, message) => {
  const { status, json } = await call('POST', INFER, body);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(json.error).toMatch(message);
});
