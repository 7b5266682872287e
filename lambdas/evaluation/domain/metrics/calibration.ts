import { DECILES } from './bins';
import { quantiles } from './quantile';

/** Rows of similar score: what they were told on average, and how often it came true. */
export interface CalibrationBin {
  /** Of the scores in it. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly score: number;
  readonly rate: number;
}

const binOf = (edges: readonly number[], score: number): number => {
  const above = edges.findIndex((edge) => score <= edge);
  return above === -1 ? edges.length : above;
};

/** Up to ten bins of as many rows each; rows of one score are never apart, so that tied deciles merge. */
export const calibrationBins = (scores: ArrayLike<number>, came: ArrayLike<number>): CalibrationBin[] => {
  const edges = [...new Set(quantiles(scores, DECILES))];
  const bins = edges
    .concat(0)
    .map(() => ({ low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY, n: 0, score: 0, rate: 0 }));
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row] ?? 0;
    const bin = bins[binOf(edges, score)];
    if (bin === undefined) continue;
    bin.low = Math.min(bin.low, score);
    bin.high = Math.max(bin.high, score);
    bin.n += 1;
    bin.score += score;
    bin.rate += came[row] ?? 0;
  }
  return bins.filter(({ n }) => n > 0).map((bin) => ({ ...bin, score: bin.score / bin.n, rate: bin.rate / bin.n }));
};

/** Expected calibration error: mean distance of score and rate over bins, weighted by rows. In [0,1]. */
export const calibrationError = (bins: readonly CalibrationBin[]): number => {
  const rows = bins.reduce((sum, { n }) => sum + n, 0);
  return bins.reduce((sum, { n, score, rate }) => sum + (n / rows) * Math.abs(score - rate), 0);
};

/** Scores of exactly 0 or 1 have no logit. */
const CLIP = 1e-6;
const MAX_STEPS = 50;
const PRECISION = 1e-10;

const logitsOf = (scores: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: scores.length }, (_, row) => {
    const p = Math.min(1 - CLIP, Math.max(CLIP, scores[row] ?? 0));
    return Math.log(p / (1 - p));
  });

/** Gradient and information of the log likelihood of logit P = a + b·x. */
const derivativesAt = (a: number, b: number, x: Float64Array, y: ArrayLike<number>) => {
  let [ga, gb, haa, hab, hbb] = [0, 0, 0, 0, 0];
  for (let row = 0; row < x.length; row++) {
    const at = x[row] ?? 0;
    const p = 1 / (1 + Math.exp(-(a + b * at)));
    const rest = (y[row] ?? 0) - p;
    const weight = p * (1 - p);
    ga += rest;
    gb += rest * at;
    haa += weight;
    hab += weight * at;
    hbb += weight * at * at;
  }
  return { ga, gb, haa, hab, hbb };
};

/** Newton's method; undefined where it does not settle, as where scores part the classes. */
const settle = (
  start: readonly [number, number],
  step: (a: number, b: number) => readonly [number, number],
): readonly [number, number] | undefined => {
  let [a, b] = start;
  for (let at = 0; at < MAX_STEPS; at++) {
    const [da, db] = step(a, b);
    a += da;
    b += db;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return undefined;
    if (Math.abs(da) + Math.abs(db) < PRECISION) return [a, b];
  }
  return undefined;
};

/**
 * Logistic recalibration (Cox 1958): `intercept` of logit P = a + logit(score), 0 where scores are right on the whole, below 0 where they are
 * too high; `slope` of logit P = a + b·logit(score), 1 where their spread is right, below 1 where they are too extreme.
 * Oracle: statsmodels GLM, binomial family.
 */
export const recalibration = (
  scores: ArrayLike<number>,
  came: ArrayLike<number>,
): { readonly intercept: number | undefined; readonly slope: number | undefined } => {
  const x = logitsOf(scores);
  const shift = settle([0, 1], (a) => {
    const { ga, haa } = derivativesAt(a, 1, x, came);
    return [ga / haa, 0];
  });
  const line = settle([0, 1], (a, b) => {
    const { ga, gb, haa, hab, hbb } = derivativesAt(a, b, x, came);
    const determinant = haa * hbb - hab * hab;
    return [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
  });
  return { intercept: shift?.[0], slope: line?.[1] };
};
