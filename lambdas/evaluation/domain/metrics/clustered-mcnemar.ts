import { twoSidedP } from './normal';

/** Steps up to which every way of turning clusters round is counted: a few milliseconds. */
const MAX_STEPS = 2_000_000;

/** Probability, by the number of flips that go one way, of each sum of the sizes that go that way; one flip a size. */
const sumsOfFlips = (sizes: readonly number[], total: number): Float64Array => {
  const chances = new Float64Array(total + 1);
  chances[0] = 1;
  let reached = 0;
  for (const size of sizes) {
    reached += size;
    for (let sum = reached; sum >= 0; sum--) {
      const before = sum >= size ? (chances[sum - size] ?? 0) : 0;
      chances[sum] = ((chances[sum] ?? 0) + before) / 2;
    }
  }
  return chances;
};

/**
 * McNemar's test where rows of a cluster are not independent. By cluster: rows that only one side got right less those that only the other did.
 * Were both as good, each cluster could as well have come out the other way round: p is the share of all such ways whose sum is at least as
 * far from 0. Clusters of one row each make this McNemar's exact test. Over more than can be counted, the normal approximation of it,
 * z = Σd / √Σd² (Obuchowski, "On the comparison of correlated proportions for clustered data", Statistics in Medicine 17, 1998).
 */
export const clusteredMcnemar = (differences: Float64Array): number => {
  const sizes = Array.from(
    differences.filter((difference) => difference !== 0),
    Math.abs,
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const found = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  if (found === 0) return 1;
  if (sizes.length * total > MAX_STEPS)
    return twoSidedP(found / Math.sqrt(sizes.reduce((sum, size) => sum + size ** 2, 0)));
  const chances = sumsOfFlips(sizes, total);
  // A sum of s one way leaves total − s the other: they differ by |2s − total|.
  return Math.min(
    1,
    chances.reduce((p, chance, sum) => (Math.abs(2 * sum - total) >= found ? p + chance : p), 0),
  );
};
