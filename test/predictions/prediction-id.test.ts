import fc from 'fast-check';
import type { PredictionDraft, Scored, ShadowPart } from '../../lambdas/predictions/contract';
import { clientFingerprint } from '../../lambdas/predictions/domain/client-fingerprint';
import { KeyRing } from '../../lambdas/predictions/domain/key-ring';
import { mintPredictionId, openPredictionId } from '../../lambdas/predictions/domain/prediction-id';

const KEY_1 = Buffer.alloc(32, 1).toString('base64');
const KEY_2 = Buffer.alloc(32, 2).toString('base64');
const ring = () => new KeyRing({ current: 'k1', keys: { k1: KEY_1 } }, 'test');

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const stringOf = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });

const modelName = fc
  .tuple(stringOf(ALPHABET, 1, 1), stringOf(`${ALPHABET}._-`, 0, 62))
  .map(([first, rest]) => first + rest);
const ulid = fc.tuple(stringOf('01234567', 1, 1), stringOf(CROCKFORD, 25, 25)).map(([first, rest]) => first + rest);
const version = fc.integer({ min: 1, max: 9_999_999_999 });
const byte = fc.integer({ min: 0, max: 255 });
const scored: fc.Arbitrary<Scored> = fc.oneof(
  fc.record(
    {
      prediction: fc.record({ kind: fc.constant('class' as const), index: fc.nat({ max: 1_000_000 }) }),
      score: fc.float({ noNaN: true }),
    },
    { requiredKeys: ['prediction'] },
  ),
  fc.record({ prediction: fc.record({ kind: fc.constant('value' as const), value: fc.double({ noNaN: true }) }) }),
);
const shadow: fc.Arbitrary<ShadowPart> = fc.oneof(
  fc.record({ version, status: fc.constant('scored' as const), scored }),
  fc.record({ version, status: fc.constantFrom('unpaired' as const, 'lost' as const) }),
);
const draft: fc.Arbitrary<PredictionDraft> = fc
  .tuple(
    fc.record(
      {
        model: modelName,
        version,
        role: fc.constantFrom('champion' as const, 'challenger' as const, 'champion-fallback' as const),
        client: stringOf('0123456789abcdef', 16, 16),
        requestId: ulid,
        row: fc.nat({ max: 999 }),
        rolloutId: ulid,
        bucket: byte,
        segments: fc.array(byte, { maxLength: 8 }),
        protected: fc.array(byte, { maxLength: 8 }),
        propensity: fc.float({ min: 0, max: 1, noNaN: true }),
        shadow,
      },
      {
        requiredKeys: [
          'model',
          'version',
          'role',
          'client',
          'requestId',
          'row',
          'bucket',
          'segments',
          'protected',
          'propensity',
        ],
      },
    ),
    scored,
  )
  .map(([rest, answer]) => ({ ...rest, ...answer }));

const ULID_1 = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const example: PredictionDraft = {
  model: 'credit-risk',
  version: 3,
  role: 'champion',
  client: clientFingerprint({ kind: 'application', id: 'abc' }),
  requestId: ULID_1,
  row: 0,
  rolloutId: ULID_1,
  bucket: 7,
  prediction: { kind: 'class', index: 1 },
  score: 0.75,
  segments: [],
  protected: [],
  propensity: 1,
  shadow: { version: 4, status: 'scored', scored: { prediction: { kind: 'class', index: 0 }, score: 0.25 } },
};

test('every prediction comes back out of its id, which never exceeds 256 characters', () => {
  const keys = ring();
  fc.assert(
    fc.property(draft, (record) => {
      const id = mintPredictionId(record, keys);
      expect(id.length).toBeLessThanOrEqual(256);
      expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
      const { keyId, at, ...rest } = openPredictionId(id, keys);
      expect(keyId).toBe('k1');
      expect(at).toBeGreaterThanOrEqual(0);
      expect(rest).toEqual(record);
    }),
    { numRuns: 500 },
  );
});

test('the largest prediction there can be still fits', () => {
  const largest: PredictionDraft = {
    model: '.'.repeat(63).replace(/^./, 'm'),
    version: 9_999_999_999,
    role: 'champion-fallback',
    client: 'f'.repeat(16),
    requestId: '7'.padEnd(26, 'Z'),
    row: 999,
    rolloutId: '7'.padEnd(26, 'Z'),
    bucket: 255,
    prediction: { kind: 'value', value: -Math.PI },
    segments: Array(8).fill(255),
    protected: Array(8).fill(255),
    propensity: 0.5,
    shadow: {
      version: 9_999_999_999,
      status: 'scored',
      scored: { prediction: { kind: 'value', value: Math.E } },
    },
  };
  const keys = ring();
  const id = mintPredictionId(largest, keys);
  expect(id.length).toBeLessThanOrEqual(256);
  expect(openPredictionId(id, keys)).toMatchObject(largest);
});

test('no byte of an id can be changed unnoticed', () => {
  const keys = ring();
  const bytes = Buffer.from(mintPredictionId(example, keys), 'base64url');
  for (let position = 0; position < bytes.length; position++) {
    for (const flip of [1, 128, 255]) {
      const altered = Buffer.from(bytes);
      altered[position] = (altered[position] ?? 0) ^ flip;
      expect(() => openPredictionId(altered.toString('base64url'), keys)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(invalid-input|gone)$/) }),
      );
    }
  }
});

test('an id has one spelling: no truncation, extension, padding or foreign character is accepted', () => {
  const keys = ring();
  const id = mintPredictionId(example, keys);
  for (const other of [
    id.slice(0, -1),
    `${id}A`,
    `${id}=`,
    ` ${id}`,
    `${id}\n`,
    id.replace(/.$/, '+'),
    '',
    'x'.repeat(5000),
  ]) {
    expect(() => openPredictionId(other, keys)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  }
});

test('garbage never opens and never throws anything but a typed error', () => {
  const keys = ring();
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.uint8Array({ maxLength: 192 }).map(forged)), (text) => {
      expect(() => openPredictionId(text, keys)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(invalid-input|gone)$/) }),
      );
    }),
  );
});

const forged = (bytes: Uint8Array): string => Buffer.from([1, ...bytes]).toString('base64url');

test('an id of another deployment does not open, even with the same keys', () => {
  const id = mintPredictionId(example, ring());
  const other = new KeyRing({ current: 'k1', keys: { k1: KEY_1 } }, 'production');
  expect(() => openPredictionId(id, other)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
});

test('ids stay open after a rotation, and are gone once their key is dropped', () => {
  const id = mintPredictionId(example, ring());
  const rotated = new KeyRing({ current: 'k2', keys: { k1: KEY_1, k2: KEY_2 } }, 'test');
  expect(openPredictionId(id, rotated)).toMatchObject({ ...example, keyId: 'k1' });
  expect(openPredictionId(mintPredictionId(example, rotated), rotated).keyId).toBe('k2');
  const dropped = new KeyRing({ current: 'k2', keys: { k2: KEY_2 } }, 'test');
  expect(() => openPredictionId(id, dropped)).toThrow(expect.objectContaining({ code: 'gone' }));
});

test('no two ids share process and counter, within a ring and across rings of the same keys', () => {
  const rings = [ring(), ring(), ring()];
  const nonces = rings.flatMap((keys) =>
    Array.from({ length: 100 }, () =>
      Buffer.from(mintPredictionId(example, keys), 'base64url').subarray(5, 21).toString('hex'),
    ),
  );
  expect(new Set(nonces).size).toBe(300);
});

test('a field out of range is refused when minting', () => {
  const keys = ring();
  for (const wrong of [
    { bucket: 256 },
    { row: -1 },
    { requestId: 'x' },
    { client: 'abc' },
    { segments: Array(9).fill(0) },
  ]) {
    expect(() => mintPredictionId({ ...example, ...wrong }, keys)).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  }
});
