import type { PairedComparison, PairedDifference } from '../contract';
import type { Judged } from './judged-rows';
import { clusteredDeLong } from './metrics/clustered-de-long';
import { clusteredMcnemar } from './metrics/clustered-mcnemar';
import { areTooFew, type Clusters, sumsBy } from './metrics/clusters';
import { deLong } from './metrics/de-long';
import { mcnemar } from './metrics/mcnemar';
import { clusteredMeanDifference, type Estimate, meanDifference } from './metrics/mean-difference';
import { twoSidedP, zOf } from './metrics/normal';
import { tOf, twoSidedT } from './metrics/student';
import { isPositive } from './metrics-of';
import { absoluteError, brierOf, isRight, logLossOf, type PerRow } from './row-errors';

/** One side of a comparison. */
export interface Side {
  readonly judged: Judged;
  /** By the policy's choice of loss, of each row. */
  readonly losses: Float64Array;
}

const LEVEL = 0.95;

const intervalOf = ({ difference, standardError, degreesOfFreedom }: Estimate): PairedDifference => {
  const half = (degreesOfFreedom === undefined ? zOf(LEVEL) : tOf(LEVEL, degreesOfFreedom)) * standardError;
  // Without any spread the difference is what it is.
  const z = standardError === 0 ? (difference === 0 ? 0 : Number.POSITIVE_INFINITY) : difference / standardError;
  const found = { difference, standardError, low: difference - half, high: difference + half };
  if (degreesOfFreedom === undefined) return { ...found, p: twoSidedP(z) };
  return { ...found, p: twoSidedT(z, degreesOfFreedom), degreesOfFreedom };
};

/** `few`: there are too few clusters to say. */
type Found = Estimate | 'few' | undefined;

const meanOf = (a: PerRow, b: PerRow, rows: number, clusters: Clusters | undefined): Found => {
  const differenceAt = (row: number): number => a(row) - b(row);
  return clusters === undefined ? meanDifference(rows, differenceAt) : clusteredMeanDifference(clusters, differenceAt);
};

type Classes = Extract<Judged, { kind: 'classes' }>;

const aucDifference = (a: Classes, b: Classes, clusters: Clusters | undefined): Found => {
  const [ofA, ofB] = [a.predictions.positive, b.predictions.positive];
  if (ofA === undefined || ofB === undefined) return undefined;
  const positives = isPositive(a);
  return clusters === undefined ? deLong(ofA, ofB, positives) : clusteredDeLong(ofA, ofB, positives, clusters);
};

const compareClasses = (a: Classes, b: Classes, clusters: Clusters | undefined): Record<string, Found> => {
  const both = (of: (side: Classes) => PerRow | undefined): Found => {
    const [ofA, ofB] = [of(a), of(b)];
    return ofA && ofB && meanOf(ofA, ofB, a.rows, clusters);
  };
  return {
    accuracy: both(isRight),
    logLoss: both(logLossOf),
    brier: both(brierOf),
    rocAuc: aucDifference(a, b, clusters),
  };
};

const mcnemarOf = (a: Classes, b: Classes, clusters: Clusters | undefined): Pick<PairedComparison, 'mcnemar'> => {
  if (clusters !== undefined && areTooFew(clusters.n)) return {};
  const [ofA, ofB] = [isRight(a), isRight(b)];
  let [candidateOnly, championOnly] = [0, 0];
  for (let row = 0; row < a.rows; row++) {
    if (ofA(row) > ofB(row)) candidateOnly += 1;
    if (ofA(row) < ofB(row)) championOnly += 1;
  }
  const p =
    clusters === undefined
      ? mcnemar(candidateOnly, championOnly)
      : clusteredMcnemar(sumsBy(clusters, (row) => ofA(row) - ofB(row)));
  return { mcnemar: { candidateOnly, championOnly, p } };
};

/** What is known, as intervals, and what too few clusters leave open. */
const told = (found: Record<string, Found>, open: readonly string[]): Omit<PairedComparison, 'mcnemar'> => {
  const entries = Object.entries(found);
  const metrics = entries.flatMap(([name, value]) =>
    value === undefined || value === 'few' ? [] : [[name, intervalOf(value)] as const],
  );
  const tooFew = [...open, ...entries.flatMap(([name, value]) => (value === 'few' ? [name] : []))];
  return { metrics: Object.fromEntries(metrics), ...(tooFew.length === 0 ? {} : { tooFewClusters: tooFew }) };
};

/**
 * Candidate − champion on the very same rows, with what chance alone would do.
 * @param clusters of rows that are not independent; absent where all are
 * @throws Error when they are of different kinds
 */
export const comparePairs = (candidate: Side, champion: Side, clusters?: Clusters): PairedComparison => {
  const [a, b] = [candidate.judged, champion.judged];
  const loss = meanOf(
    (row) => candidate.losses[row] ?? 0,
    (row) => champion.losses[row] ?? 0,
    a.rows,
    clusters,
  );
  if (a.kind === 'numbers' && b.kind === 'numbers') {
    return told({ mae: meanOf(absoluteError(a), absoluteError(b), a.rows, clusters), loss }, []);
  }
  if (a.kind === 'classes' && b.kind === 'classes') {
    const split = mcnemarOf(a, b, clusters);
    const open = split.mcnemar === undefined ? ['mcnemar'] : [];
    return { ...split, ...told({ ...compareClasses(a, b, clusters), loss }, open) };
  }
  throw new Error('classes cannot be compared with numbers');
};
