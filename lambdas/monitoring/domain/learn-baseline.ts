import type { LossBaseline } from '../../registry/contract';
import type { DetectorRow } from './e-detector';

/** So many first outcomes become the baseline of a version that came without evidence. */
export const LEARNING_ROWS = 500;

const mean = (rows: number, before: number, loss: number): number => (before * rows + loss) / (rows + 1);

/** The baseline with these outcomes added, overall and by true class. */
export const learn = (baseline: LossBaseline | undefined, rows: readonly DetectorRow[]): LossBaseline =>
  rows.reduce<LossBaseline>((learnt, { loss, trueClass }) => {
    const known = learnt.perClass.find((c) => c.class === trueClass);
    const others = learnt.perClass.filter((c) => c !== known);
    const own =
      trueClass === undefined
        ? []
        : [{ class: trueClass, rows: (known?.rows ?? 0) + 1, mean: mean(known?.rows ?? 0, known?.mean ?? 0, loss) }];
    return {
      ...learnt,
      rows: learnt.rows + 1,
      mean: mean(learnt.rows, learnt.mean, loss),
      perClass: [...others, ...own],
    };
  }, baseline ?? { rows: 0, mean: 0, perClass: [] });
