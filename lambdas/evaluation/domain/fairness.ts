import type { AttributeFairness } from '../contract';
import {
  cannotJudge,
  type GroupTally,
  isTooSmall,
  MEASURES,
  type Measure,
  rateOf,
  type Tally,
} from './metrics/group-rates';
import { newcombe, type Share } from './metrics/newcombe';
import { clusteredNewcombe, designEffect } from './metrics/rao-scott';

/** Chance that any of a measure's intervals misses, over all groups of the attribute together (Bonferroni). */
const MISS = 0.05;

type Compared = AttributeFairness['groups'][number]['measures'][number];

const tallyOf = (group: GroupTally, measure: Measure): Tally => group.measures[measure] ?? { n: 0, hits: 0 };

const restOf = (groups: readonly GroupTally[], group: GroupTally, measure: Measure): Tally =>
  groups
    .filter((other) => other !== group)
    .map((other) => tallyOf(other, measure))
    .reduce((sum, { n, hits }) => ({ n: sum.n + n, hits: sum.hits + hits }), { n: 0, hits: 0 });

/** Two groups are one comparison, seen from both sides. */
const levelFor = (judged: number): number => 1 - MISS / (judged <= 2 ? 1 : judged);

/** How sure one can be of the difference. */
const intervalOf = (tally: Tally, rest: Tally, level: number): Partial<Compared> => {
  const { sides } = tally;
  if (sides === undefined) {
    const [a, b] = [tally, rest].map(({ n, hits }) => ({ rate: hits / n, n })) as [Share, Share];
    return { ...newcombe(a, b, level), level };
  }
  const effects = { designEffect: designEffect(sides.own), restDesignEffect: designEffect(sides.rest) };
  return { ...clusteredNewcombe(sides, level), level, ...effects };
};

const compare = (groups: readonly GroupTally[], group: GroupTally, measure: Measure): Compared => {
  const tally = tallyOf(group, measure);
  const rest = restOf(groups, group, measure);
  const judged = groups.filter((other) => !cannotJudge(tallyOf(other, measure))).length;
  const { sides } = tally;
  const clusters = sides && { clusters: sides.own.clusters, restClusters: sides.rest.clusters };
  const known = { measure, n: tally.n, rate: rateOf(tally), restN: rest.n, restRate: rateOf(rest), ...clusters };
  const tooSmall = cannotJudge(tally) || isTooSmall({ n: rest.n, clusters: clusters?.restClusters });
  return tooSmall ? { ...known, tooSmall } : { ...known, ...intervalOf(tally, rest, levelFor(judged)), tooSmall };
};

interface Spread {
  readonly difference: number;
  readonly ratio: number;
}

/** Between the highest and the lowest of the groups that can be judged; undefined under two. */
const spreadOf = (groups: readonly GroupTally[], measure: Measure): Spread | undefined => {
  const rates = groups
    .map((group) => tallyOf(group, measure))
    .filter((tally) => !cannotJudge(tally))
    .map(({ n, hits }) => hits / n);
  if (rates.length < 2) return undefined;
  const [least, most] = [Math.min(...rates), Math.max(...rates)];
  return { difference: most - least, ratio: most === 0 ? 1 : least / most };
};

/** The worse of two; undefined where either is. */
const worst = (a: Spread | undefined, b: Spread | undefined): Spread | undefined =>
  a && b && { difference: Math.max(a.difference, b.difference), ratio: Math.min(a.ratio, b.ratio) };

/**
 * What fairlearn calls demographic parity, equalized odds and equal opportunity, over the groups with 30 rows (and clusters) to judge by, and each group against the
 * rest, with an interval (Newcombe, for clusters by Rao and Scott; level 1 − .05/K of K groups): the largest difference of many small groups says nothing.
 */
export const fairnessOf = (attribute: string, groups: readonly GroupTally[]): AttributeFairness => {
  const measures = MEASURES.filter((measure) => groups.some((group) => group.measures[measure] !== undefined));
  const tpr = spreadOf(groups, 'tpr');
  const parity = spreadOf(groups, 'selectionRate');
  const odds = worst(tpr, spreadOf(groups, 'fpr'));
  return {
    attribute,
    ...(parity === undefined ? {} : { demographicParity: parity }),
    ...(odds === undefined ? {} : { equalizedOdds: odds }),
    ...(tpr === undefined ? {} : { equalOpportunity: tpr }),
    groups: groups.map((group) => ({
      group: group.group,
      measures: measures.map((measure) => compare(groups, group, measure)),
    })),
  };
};
