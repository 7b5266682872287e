import * as z from 'zod';
import { type LossBaseline, lossBaselineSchema } from '../../registry/contract';
import { cohortFor, type DetectorRow } from './e-detector';

/** Below so many baseline rows there is no detector: a version that came without evidence is not judged by a handful of rows. */
export const LEARNING_ROWS = 500;

/** A baseline that still grows by the outcomes of cohorts that are mature. */
export const learningSchema = z.object({
  baseline: lossBaselineSchema,
  /** By cohort, as the detector's open batches: losses that are not mature yet. */
  open: z.record(z.string(), lossBaselineSchema),
  /** Start of the last cohort that was merged; −1 before the first. */
  lastClosed: z.number(),
});
export type Learning = z.infer<typeof learningSchema>;

const NOTHING: LossBaseline = { rows: 0, mean: 0, perClass: [] };

/** @param evaluated what evaluation found, absent without evaluation data */
export const openLearning = (evaluated: LossBaseline | undefined): Learning => ({
  baseline: evaluated ?? NOTHING,
  open: {},
  lastClosed: -1,
});

interface Tally {
  readonly rows: number;
  readonly mean: number;
}

const pooledMean = (a: Tally, b: Tally): number => (a.mean * a.rows + b.mean * b.rows) / (a.rows + b.rows);

/** Two baselines as one, overall and by true class; classes in order of their names, so that none came first. */
export const merge = (a: LossBaseline, b: LossBaseline): LossBaseline => {
  if (b.rows === 0) return a;
  const perClass = new Map(a.perClass.map((known) => [known.class, known]));
  for (const { class: name, rows, mean } of b.perClass) {
    const known = perClass.get(name) ?? { rows: 0, mean: 0 };
    perClass.set(name, { class: name, rows: known.rows + rows, mean: pooledMean(known, { rows, mean }) });
  }
  return {
    ...a,
    rows: a.rows + b.rows,
    mean: pooledMean(a, b),
    perClass: [...perClass.values()].sort((one, other) => (one.class < other.class ? -1 : 1)),
  };
};

const baselineOf = ({ loss, trueClass }: DetectorRow): LossBaseline => ({
  rows: 1,
  mean: loss,
  perClass: trueClass === undefined ? [] : [{ class: trueClass, rows: 1, mean: loss }],
});

/** Sets losses aside until their cohorts are mature. */
export const setAside = (learning: Learning, rows: readonly DetectorRow[], batchMs: number): Learning => {
  const open = { ...learning.open };
  for (const row of rows) {
    const cohort = cohortFor(row.cohort, { open, lastClosed: learning.lastClosed }, batchMs);
    open[cohort] = merge(open[cohort] ?? NOTHING, baselineOf(row));
  }
  return { ...learning, open };
};

/** Adds a mature cohort to the baseline. */
export const mergeCohort = (learning: Learning, cohort: number): Learning => {
  const { [String(cohort)]: mature, ...open } = learning.open;
  const lastClosed = Math.max(learning.lastClosed, cohort);
  return { baseline: merge(learning.baseline, mature ?? NOTHING), open, lastClosed };
};
