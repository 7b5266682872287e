import type { PairedComparison, PairedDifference } from '../contract';
import type { Judged } from './judged-rows';
import { deLong } from './metrics/de-long';
import { mcnemar } from './metrics/mcnemar';
import { twoSidedP, zOf } from './metrics/normal';
import { isPositive } from './metrics-of';

/** One side of a comparison. */
export interface Side {
  readonly judged: Judged;
  /** By the policy's choice of loss, of each row. */
  readonly losses: Float64Array;
}

const LEVEL = 0.95;

const intervalOf = (difference: number, standardError: number): PairedDifference => {
  const half = zOf(LEVEL) * standardError;
  // Without any spread the difference is what it is.
  const z = standardError === 0 ? (difference === 0 ? 0 : Number.POSITIVE_INFINITY) : difference / standardError;
  return { difference, standardError, low: difference - half, high: difference + half, p: twoSidedP(z) };
};

type PerRow = (row: number) => number;

/** Mean of a − b over rows; its standard error takes rows as independent. Undefined under two rows. */
const meanDifference = (rows: number, a: PerRow, b: PerRow): PairedDifference | undefined => {
  if (rows < 2) return undefined;
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += a(row) - b(row);
  const mean = sum / rows;
  let squares = 0;
  for (let row = 0; row < rows; row++) squares += (a(row) - b(row) - mean) ** 2;
  return intervalOf(mean, Math.sqrt(squares / (rows - 1) / rows));
};

type Classes = Extract<Judged, { kind: 'classes' }>;
const CLIP = 1e-15;

const isRight =
  ({ truth, predictions }: Classes): PerRow =>
  (row) =>
    truth[row] === predictions.index[row] ? 1 : 0;

/** Probability of the true class. */
const trueProbability = ({ truth, positive, predictions }: Classes): PerRow | undefined => {
  const { positive: scores, probabilities } = predictions;
  if (scores !== undefined) return (row) => (truth[row] === positive ? (scores[row] ?? 0) : 1 - (scores[row] ?? 0));
  if (probabilities === undefined) return undefined;
  return (row) => probabilities.values[row * probabilities.classes + (truth[row] ?? 0)] ?? 0;
};

/** Of two classes the squared distance of one of them, as the metric is. */
const brierOf = (judged: Classes): PerRow | undefined => {
  const { positive, probabilities } = judged.predictions;
  if (positive !== undefined) {
    const own = trueProbability(judged);
    return own && ((row) => (1 - own(row)) ** 2);
  }
  if (probabilities === undefined) return undefined;
  const { values, classes } = probabilities;
  return (row) => {
    let sum = 0;
    for (let c = 0; c < classes; c++)
      sum += ((values[row * classes + c] ?? 0) - (judged.truth[row] === c ? 1 : 0)) ** 2;
    return sum;
  };
};

const logLossOf = (judged: Classes): PerRow | undefined => {
  const own = trueProbability(judged);
  return own && ((row) => -Math.log(Math.min(1 - CLIP, Math.max(CLIP, own(row)))));
};

const aucDifference = (a: Classes, b: Classes): PairedDifference | undefined => {
  const [ofA, ofB] = [a.predictions.positive, b.predictions.positive];
  if (ofA === undefined || ofB === undefined) return undefined;
  const found = deLong(ofA, ofB, isPositive(a));
  return found && intervalOf(found.difference, found.standardError);
};

const compareClasses = (a: Classes, b: Classes): Record<string, PairedDifference | undefined> => {
  const both = (of: (side: Classes) => PerRow | undefined): PairedDifference | undefined => {
    const [ofA, ofB] = [of(a), of(b)];
    return ofA && ofB && meanDifference(a.rows, ofA, ofB);
  };
  return { accuracy: both(isRight), logLoss: both(logLossOf), brier: both(brierOf), rocAuc: aucDifference(a, b) };
};

const mcnemarOf = (a: Classes, b: Classes): NonNullable<PairedComparison['mcnemar']> => {
  const [ofA, ofB] = [isRight(a), isRight(b)];
  let [candidateOnly, championOnly] = [0, 0];
  for (let row = 0; row < a.rows; row++) {
    if (ofA(row) > ofB(row)) candidateOnly += 1;
    if (ofA(row) < ofB(row)) championOnly += 1;
  }
  return { candidateOnly, championOnly, p: mcnemar(candidateOnly, championOnly) };
};

type Numbers = Extract<Judged, { kind: 'numbers' }>;

const absoluteError =
  ({ truth, predictions }: Numbers): PerRow =>
  (row) =>
    Math.abs((truth[row] ?? 0) - (predictions.values[row] ?? 0));

/** Candidate − champion on the very same rows, with what chance alone would do. @throws Error when they are of different kinds */
export const comparePairs = (candidate: Side, champion: Side): PairedComparison => {
  const [a, b] = [candidate.judged, champion.judged];
  const loss = meanDifference(
    a.rows,
    (row) => candidate.losses[row] ?? 0,
    (row) => champion.losses[row] ?? 0,
  );
  if (a.kind === 'numbers' && b.kind === 'numbers') {
    return { metrics: present({ mae: meanDifference(a.rows, absoluteError(a), absoluteError(b)), loss }) };
  }
  if (a.kind === 'classes' && b.kind === 'classes') {
    return { mcnemar: mcnemarOf(a, b), metrics: present({ ...compareClasses(a, b), loss }) };
  }
  throw new Error('classes cannot be compared with numbers');
};

const present = (found: Record<string, PairedDifference | undefined>): Record<string, PairedDifference> =>
  Object.fromEntries(Object.entries(found).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
