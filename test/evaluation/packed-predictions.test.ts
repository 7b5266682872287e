import fc from 'fast-check';
import { packPredictions, unpackPredictions } from '../../lambdas/evaluation/domain/packed-predictions';
import type { Predictions } from '../../lambdas/evaluation/domain/predictions';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const overTheWire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const numbers = fc
  .array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 })
  .map((values): [Predictions, number] => [{ kind: 'numbers', values: Float64Array.from(values) }, values.length]);
const twoClasses = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1 }), share), { minLength: 1 })
  .map((rows): [Predictions, number] => [
    {
      kind: 'classes',
      index: Int32Array.from(rows, ([index]) => index),
      positive: Float64Array.from(rows, ([, score]) => score),
      probabilities: undefined,
    },
    rows.length,
  ]);
const manyClasses = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 2 }), share, share, share), { minLength: 1 })
  .map((rows): [Predictions, number] => [
    {
      kind: 'classes',
      index: Int32Array.from(rows, ([index]) => index),
      positive: undefined,
      probabilities: { classes: 3, values: Float64Array.from(rows.flatMap(([, ...scores]) => scores)) },
    },
    rows.length,
  ]);

test('predictions arrive as they were sent, to the last bit', () => {
  fc.assert(
    fc.property(fc.oneof(numbers, twoClasses, manyClasses), ([predictions, rows]) => {
      const { predictions: packed, note } = packPredictions(predictions, 1e9);
      expect(note).toBeUndefined();
      expect(unpackPredictions(overTheWire(packed), rows)).toEqual(predictions);
    }),
  );
});

test('probabilities that take too many bytes are left out, and that is said', () => {
  const predictions: Predictions = {
    kind: 'classes',
    index: Int32Array.of(0, 1),
    positive: undefined,
    probabilities: { classes: 3, values: new Float64Array(6) },
  };
  const { predictions: packed, note } = packPredictions(predictions, 40);
  expect(note).toBe(
    'compared by its classes alone: its probabilities of 3 classes on 2 rows are too large to be passed on',
  );
  expect(unpackPredictions(packed, 2)).toEqual({ ...predictions, probabilities: undefined });
});

const floats = (...values: number[]) => Buffer.from(Float64Array.from(values).buffer).toString('base64');
const ints = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer).toString('base64');

test.each([
  ['a number too few', { kind: 'numbers' as const, values: floats(1) }, /hold 1 numbers where 2/],
  [
    'infinity',
    { kind: 'numbers' as const, values: floats(1, Number.POSITIVE_INFINITY) },
    /hold Infinity, which is no score/,
  ],
  ['a negative class', { kind: 'classes' as const, index: ints(0, -1) }, /hold the class -1/],
  ['a class beyond all bounds', { kind: 'classes' as const, index: ints(0, 2 ** 31 - 1) }, /hold the class 2147483647/],
  [
    'a share over one',
    { kind: 'classes' as const, index: ints(0, 1), positive: floats(0.5, 1.5) },
    /hold 1.5, which is no probability/,
  ],
  [
    'rows of too few shares',
    { kind: 'classes' as const, index: ints(0, 1), probabilities: { classes: 3, values: floats(0.5, 0.5) } },
    /hold 2 numbers where 6/,
  ],
])('%s is refused', (_, packed, message) => {
  expect(() => unpackPredictions(packed, 2)).toThrow(message);
});
