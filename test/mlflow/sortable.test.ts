import fc from 'fast-check';
import { historyPlace, latestPlace, sortableDouble, sortableInteger } from '../../lambdas/mlflow/domain/sortable';

const sign = (n: number) => Math.sign(n);
const textOrder = (a: string, b: string) => sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));

test('whole numbers sort as texts as they do as numbers', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
      expect(textOrder(sortableInteger(a), sortableInteger(b))).toBe(sign(a - b));
    }),
  );
  const edges = [Number.MIN_SAFE_INTEGER, -2, -1, 0, 1, 9, 10, Number.MAX_SAFE_INTEGER].map(sortableInteger);
  expect([...edges].sort()).toEqual(edges);
});

test('doubles do, and what is no number comes before them', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
      expect(textOrder(sortableDouble(a), sortableDouble(b))).toBe(a === b ? 0 : a < b ? -1 : 1);
    }),
  );
  expect(textOrder(sortableDouble(Number.NaN), sortableDouble(Number.NEGATIVE_INFINITY))).toBe(-1);
});

test('places go by step, time and value, or by time, step and value', () => {
  const [early, late] = [
    { step: -1, timestamp: 9, value: 'Infinity' },
    { step: 0, timestamp: 1, value: 'NaN' },
  ];
  expect(textOrder(latestPlace(early), latestPlace(late))).toBe(-1);
  expect(textOrder(historyPlace(early), historyPlace(late))).toBe(1);
});
