import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ClusteredSides, clusteredSides } from '../../../lambdas/evaluation/domain/metrics/cluster-sums';
import { clusteredDeLong } from '../../../lambdas/evaluation/domain/metrics/clustered-de-long';
import { clusteredMcnemar } from '../../../lambdas/evaluation/domain/metrics/clustered-mcnemar';
import type { Clusters } from '../../../lambdas/evaluation/domain/metrics/clusters';
import { mcnemar } from '../../../lambdas/evaluation/domain/metrics/mcnemar';
import { clusteredMeanDifference, meanDifference } from '../../../lambdas/evaluation/domain/metrics/mean-difference';
import { clusteredNewcombe, designEffect } from '../../../lambdas/evaluation/domain/metrics/rao-scott';
import { tOf, twoSidedT } from '../../../lambdas/evaluation/domain/metrics/student';

/** Written by test/oracles/clusters.py with statsmodels, scipy and by definition. */
const oracle = JSON.parse(readFileSync(resolve(__dirname, '../../oracles/fixtures/clusters.json'), 'utf8'));

const clustersOf = (codes: readonly number[]): Clusters => ({
  codes: Int32Array.from(codes),
  n: Math.max(...codes) + 1,
});

test('a mean over clustered rows has the standard error that statsmodels gives it', () => {
  const { codes, differences, difference, standardError } = oracle.mean_difference;
  const found = clusteredMeanDifference(clustersOf(codes), (row) => differences[row]);
  expect(found).toEqual({
    difference: expect.closeTo(difference, 12),
    standardError: expect.closeTo(standardError, 12),
    degreesOfFreedom: 39,
  });
});

test('clusters of one row each are independent rows', () => {
  const values = oracle.mean_difference.differences as number[];
  const alone = clustersOf(values.map((_, row) => row));
  const plain = meanDifference(values.length, (row) => values[row] ?? 0);
  expect(clusteredMeanDifference(alone, (row) => values[row] ?? 0)).toMatchObject({
    difference: plain?.difference,
    standardError: expect.closeTo(plain?.standardError ?? 0, 12),
  });
});

describe.each(oracle.fairness as { name: string }[])('group and rest, $name', (given) => {
  const { codes, own, counted, hit, level, difference, low, high, designEffects, clusters } = given as never as Record<
    'codes' | 'own' | 'counted' | 'hit' | 'designEffects' | 'clusters',
    number[]
  > &
    Record<'level' | 'difference' | 'low' | 'high', number>;
  const sides = clusteredSides(
    own.map((one) => (one ? 'own' : 'rest')),
    clustersOf(codes),
    { counted: (row) => counted[row] ?? 0, hit: (row) => hit[row] ?? 0 },
  ).get('own') as ClusteredSides;

  test('the design effect is the cluster-robust variance by the binomial one', () => {
    expect([sides.own.clusters, sides.rest.clusters]).toEqual(clusters);
    expect(designEffect(sides.own)).toBeCloseTo(designEffects[0] ?? 0, 9);
    expect(designEffect(sides.rest)).toBeCloseTo(designEffects[1] ?? 0, 9);
  });

  test('the interval is Newcombe’s over effective rows, with the correlation of the sides', () => {
    const found = clusteredNewcombe(sides, level);
    expect(found.difference).toBeCloseTo(difference, 12);
    expect(found.low).toBeCloseTo(low, 8);
    expect(found.high).toBeCloseTo(high, 8);
  });
});

test('AUCs over clustered rows differ as Obuchowski’s definition says', () => {
  const { codes, truth, a, b, difference, standardError } = oracle.obuchowski;
  expect(clusteredDeLong(a, b, truth, clustersOf(codes))).toMatchObject({
    difference: expect.closeTo(difference, 12),
    standardError: expect.closeTo(standardError, 12),
  });
});

test.each(oracle.mcnemar.exact as { differences: number[]; p: number }[])(
  'every way of turning $differences round is counted',
  ({ differences, p }) => {
    expect(clusteredMcnemar(Float64Array.from(differences))).toBeCloseTo(p, 12);
  },
);

test('more clusters than can be turned round go by Obuchowski’s statistic', () => {
  const { differences, p } = oracle.mcnemar.many;
  expect(clusteredMcnemar(Float64Array.from(differences))).toBeCloseTo(p, 10);
});

test('with clusters of one row McNemar’s exact test is left', () => {
  const split = [...Array.from({ length: 14 }, () => 1), ...Array.from({ length: 4 }, () => -1), 0, 0];
  expect(clusteredMcnemar(Float64Array.from(split))).toBeCloseTo(mcnemar(14, 4), 12);
});

test('Student’s t is scipy’s', () => {
  for (const [level, freedom, quantile] of oracle.student.quantiles)
    expect(tOf(level, freedom)).toBeCloseTo(quantile, 6);
  for (const [t, freedom, p] of oracle.student.p) expect(twoSidedT(t, freedom) / p).toBeCloseTo(1, 6);
});
