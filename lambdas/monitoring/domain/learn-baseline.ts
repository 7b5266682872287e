import type { LossBaseline } from '../../registry/contract';
import type { DetectorRow } from './e-detector';

/** So many first outcomes become the baseline of a version that came without evidence. */
export const LEARNING_ROWS = 500;

const mean = (rows: number, before: number, loss: number): number => (before * rows + loss) / (rows + 1);

const add = (baseline: LossBaseline, { loss, trueClass }: DetectorRow): LossBaseline => {
  const known = baseline.perClass.find((c) => c.class === trueClass);
  const others = baseline.perClass.filter((c) => c !== known);
  const rows = known?.rows ?? 0;
  const own =
    trueClass === undefined ? [] : [{ class: trueClass, rows: rows + 1, mean: mean(rows, known?.mean ?? 0, loss) }];
  return {
    ...baseline,
    rows: baseline.rows + 1,
    mean: mean(baseline.rows, baseline.mean, loss),
    perClass: [...others, ...own],
  };
};

/** The baseline with these outcomes added, overall and by true class. */
export const learn = (baseline: LossBaseline | undefined, rows: readonly DetectorRow[]): LossBaseline => {
  let learnt: LossBaseline = baseline ?? { rows: 0, mean: 0, perClass: [] };
  for (const row of rows) learnt = add(learnt, row);
  return learnt;
};
