import type { ClusteredSides, ClusterSums } from './cluster-sums';
import { type Difference, newcombe } from './newcombe';
import { zOf } from './normal';
import { tOf } from './student';

const rateOf = ({ hits, rows }: ClusterSums): number => hits / rows;

/** Variance of a rate over clusters as a ratio of means: m/(m − 1) · Σ(h − p·n)² / (Σn)². */
const varianceOf = (sums: ClusterSums): number => {
  const p = rateOf(sums);
  const squares = sums.hh - 2 * p * sums.hn + p * p * sums.nn;
  return ((sums.clusters / (sums.clusters - 1)) * Math.max(0, squares)) / sums.rows ** 2;
};

/**
 * How many clustered rows say as much as one independent row (Rao and Scott, "A simple method for the analysis of clustered binary data",
 * Biometrics 48, 1992): the variance over clusters by that of as many independent rows. Never under 1: that would be chance. A rate of 0 or 1
 * has no variance to tell it by; then rows of a cluster are taken to be all alike, Σn²/Σn.
 */
export const designEffect = (sums: ClusterSums): number => {
  const p = rateOf(sums);
  if (p === 0 || p === 1) return sums.nn / sums.rows;
  return Math.max(1, (sums.rows * varianceOf(sums)) / (p * (1 - p)));
};

/**
 * Independent rows that would say as much, with what is lost because the variance itself is an estimate from so many clusters (Korn and
 * Graubard, Survey Methodology 24, 1998).
 */
const effectiveRows = (sums: ClusterSums, level: number): number =>
  (sums.rows / designEffect(sums)) * (zOf(level) / tOf(level, sums.clusters - 1)) ** 2;

/** Of the two rates, which are not independent where clusters have rows on both sides. In [−1,1]. */
const correlationOf = ({ own, rest, across, clusters }: ClusteredSides): number => {
  const [p, q] = [rateOf(own), rateOf(rest)];
  const products = across.hh - q * across.hn - p * across.nh + p * q * across.nn;
  const covariance = ((clusters / (clusters - 1)) * products) / (own.rows * rest.rows);
  const scale = Math.sqrt(varianceOf(own) * varianceOf(rest));
  return scale === 0 ? 0 : Math.min(1, Math.max(-1, covariance / scale));
};

/**
 * Newcombe's interval of a group's rate less the others', for clustered rows: rows divided by their design effect; where clusters have rows
 * on both sides, the limits are put together with their correlation (Zou and Donner, Statistics in Medicine 27, 2008). With clusters of one
 * row each it is Newcombe's own, but for t in place of z.
 */
export const clusteredNewcombe = (sides: ClusteredSides, level: number): Difference =>
  newcombe(
    { rate: rateOf(sides.own), n: effectiveRows(sides.own, level) },
    { rate: rateOf(sides.rest), n: effectiveRows(sides.rest, level) },
    level,
    correlationOf(sides),
  );
