import type { LossBaseline } from '../../registry/contract';
import type { VersionEvidence } from '../contract';
import {
  addLosses,
  type DetectorRow,
  type DetectorState,
  dueCohorts,
  evidenceOf,
  FIRM_BASELINE_ROWS,
  judgeBatch,
  openDetector,
  reopenDetector,
} from './e-detector';
import { LEARNING_ROWS, type Learning, mergeCohort, openLearning, setAside } from './learn-baseline';

export interface DriftRules {
  /** Length of a batch, in milliseconds. */
  readonly batchMs: number;
  readonly matureAfterMs: number;
  /** Evidence at which drift is called. */
  readonly threshold: number;
}

/** Neither: nothing came yet. Learning alone: no baseline yet. Both: a baseline that is still provisional. Detector alone: it is fixed. */
interface Watch {
  readonly detector?: DetectorState | undefined;
  readonly learning?: Learning | undefined;
}

const withWatch = (evidence: VersionEvidence, { detector, learning }: Watch): VersionEvidence => {
  const { detector: _detector, learning: _learning, ...rest } = evidence;
  return { ...rest, ...(detector && { detector }), ...(learning && { learning }) };
};

const openWatch = (evaluated: LossBaseline | undefined, threshold: number): Watch => {
  const rows = evaluated?.rows ?? 0;
  return {
    detector: evaluated && rows > 0 ? openDetector(evaluated, threshold) : undefined,
    learning: rows < FIRM_BASELINE_ROWS ? openLearning(evaluated) : undefined,
  };
};

/** Adds losses to what is watched, to be judged when their cohorts are mature. `evaluated`: what evaluation found. */
export const watchLosses = (
  evidence: VersionEvidence,
  rows: readonly DetectorRow[],
  evaluated: LossBaseline | undefined,
  { batchMs, threshold }: DriftRules,
): VersionEvidence => {
  const isNew = evidence.detector === undefined && evidence.learning === undefined;
  const { detector, learning }: Watch = isNew ? openWatch(evaluated, threshold) : evidence;
  return withWatch(evidence, {
    detector: detector && addLosses({ ...detector, threshold }, rows, batchMs),
    learning: learning && setAside(learning, rows, batchMs),
  });
};

/** Judges one cohort, then lets the baseline learn from it; a baseline does not learn from drift. */
const closeCohort = ({ detector: before, learning: growing }: Watch, cohort: number, threshold: number): Watch => {
  const detector = before && judgeBatch(before, cohort);
  if (growing === undefined || (detector !== undefined && evidenceOf(detector).alarmed)) return { detector };
  const learning = mergeCohort(growing, cohort);
  const { baseline, open, lastClosed } = learning;
  const isFirm = baseline.rows >= FIRM_BASELINE_ROWS;
  const reopens = isFirm || (detector === undefined && baseline.rows >= LEARNING_ROWS);
  return {
    detector: reopens
      ? reopenDetector(baseline, threshold, { open, lastClosed, batches: detector?.batches ?? 0 })
      : detector,
    learning: isFirm ? undefined : learning,
  };
};

/** Judges the batches that are due, oldest first, and notes since when the detector has been over its threshold. */
export const judgeDueBatches = (evidence: VersionEvidence, now: number, rules: DriftRules): VersionEvidence => {
  const { driftSince, ...rest } = evidence;
  const cohorts = dueCohorts({ ...evidence.learning?.open, ...evidence.detector?.open }, now, rules);
  const watched = withWatch(
    rest,
    cohorts.reduce<Watch>((watch, cohort) => closeCohort(watch, cohort, rules.threshold), evidence),
  );
  const isAlarmed = watched.detector !== undefined && evidenceOf(watched.detector).alarmed;
  return isAlarmed ? { ...watched, driftSince: driftSince ?? now } : watched;
};
