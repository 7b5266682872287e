import fc from 'fast-check';
import { permuteColumn, planPermutation } from '../../lambdas/evaluation/domain/permute-columns';
import { drawDistinct, seededRandom } from '../../lambdas/evaluation/domain/seeded-random';
import { measureImportance } from '../../lambdas/evaluation/measure-importance';
import { encodeColumns, layColumns } from '../../lambdas/scoring/domain/encode-columns';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';

test('what is scored for importance stays within its budget, down to one column of fifty rows', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200_000 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 100_000 }),
      (rows, columns, budget) => {
        const plan = planPermutation(rows, columns, budget);
        expect(plan.rows * plan.repeats * plan.columns).toBeLessThanOrEqual(Math.max(budget, 50, Math.min(rows, 50)));
        expect(plan.rows).toBeLessThanOrEqual(rows);
        expect(Math.min(plan.rows, plan.repeats, plan.columns)).toBeGreaterThanOrEqual(1);
      },
    ),
  );
});

test('a small model is shuffled five times on a thousand rows', () => {
  expect(planPermutation(3000, 10, 60_000)).toEqual({ rows: 1000, repeats: 5, columns: 10 });
});

test('numbers are drawn without repetition, and the same for the same seed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 500 }), fc.nat(), (count, of, seed) => {
      const drawn = Array.from(drawDistinct(count, of, seededRandom(seed)));
      expect(new Set(drawn).size).toBe(Math.min(count, of));
      expect(drawn.every((n) => n >= 0 && n < of)).toBe(true);
      expect(drawn).toEqual(Array.from(drawDistinct(count, of, seededRandom(seed))));
    }),
  );
});

test('random numbers are uniform: each of ten equal bins holds a tenth', () => {
  const random = seededRandom(7);
  const bins = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const bin = Math.floor(random() * 10);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  // χ² with 9 degrees of freedom is under 21.7 with probability .99.
  expect(bins.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0)).toBeLessThan(21.7);
});

test('shuffling moves one column and leaves the others where they are', () => {
  const levels = ['n', 's', 'e'];
  const columns = [
    { name: 'a', type: 'double' as const },
    { name: 'r', type: 'string' as const, levels, encode: 'one-hot' as const },
  ];
  const layout = layColumns([{ name: 'X', datatype: 'FP32', shape: [-1, 4] }], columns);
  const cells: Record<string, (number | string)[]> = { a: [1, 2, 3, 4], r: ['n', 's', 'e', 'e'] };
  const sample = encodeColumns(layout, (name) => cells[name] ?? [], 4);
  const [, place] = layout.places;
  if (place === undefined) throw new Error('no place');
  const data = permuteColumn(sample, 4, place, 3, seededRandom(1)).X?.data as Float32Array;
  expect(data).toHaveLength(3 * 4 * 4);
  for (let repeat = 0; repeat < 3; repeat++) {
    const rows = [0, 1, 2, 3].map((row) => Array.from(data.slice((repeat * 4 + row) * 4, (repeat * 4 + row + 1) * 4)));
    expect(rows.map(([a]) => a)).toEqual([1, 2, 3, 4]);
    expect(rows.map((row) => row.slice(1).join('')).sort()).toEqual(['001', '001', '010', '100']);
  }
});

describe('at an endpoint', () => {
  const names = Array.from({ length: 10 }, (_, column) => `x${column}`);
  const columns = names.map((name) => ({ name, type: 'double' as const }));
  const plan = { columns, layout: layColumns([{ name: 'X', datatype: 'FP64', shape: [-1, 10] }], columns) };
  const ROWS = 400;
  const values = Float64Array.from({ length: ROWS }, (_, row) => row);
  let rowsScored = 0;
  const process = {
    isRemote: true,
    peakMemoryBytes: undefined,
    load: async () => ({ inputs: [], outputs: [] }),
    run: async (inputs: Tensors): Promise<Tensors> => {
      const rows = inputs.X?.shape[0] ?? 0;
      rowsScored += rows;
      return { score: { datatype: 'FP64', shape: [rows], data: new Float64Array(rows) } };
    },
    time: async () => new Float64Array(1),
    close: () => undefined,
  };
  const measure = (msPerRow: number) => {
    rowsScored = 0;
    const reading = {
      task: 'regression' as const,
      score: { tensor: 'score', kind: 'value' as const, column: undefined },
    };
    return measureImportance(
      {
        inputs: { X: { datatype: 'FP64', shape: [ROWS, 10], data: new Float64Array(ROWS * 10) } },
        plan,
        truth: { kind: 'numbers', values },
        predictions: { kind: 'numbers', values },
        rows: ROWS,
        msPerRow,
        seed: 1,
      },
      { process, reading, fixedRows: undefined, what: 'evaluation.csv' },
    );
  };

  test('all columns are shuffled where rows are cheap', async () => {
    const found = await measure(0.1);
    expect(found).toMatchObject({ rows: 400, repeats: 5, columns: { length: 10 } });
    expect(found).not.toHaveProperty('omitted');
    expect(rowsScored).toBe(20_000);
  });

  test('fewer are, or none at all, where they are dear, and the reason is told', async () => {
    const some = await measure(100);
    expect(some.columns).toHaveLength(4);
    expect(some.omitted).toMatch(/^only the first 4 of 10 columns were shuffled.*a row takes 100 ms$/);
    expect(rowsScored).toBeLessThanOrEqual(200);
    const none = await measure(1000);
    expect(none).toMatchObject({ rows: 0, repeats: 0, columns: [], metric: 'r2', reference: 1 });
    expect(none.omitted).toMatch(/^no column was shuffled/);
    expect(rowsScored).toBe(0);
  });
});
