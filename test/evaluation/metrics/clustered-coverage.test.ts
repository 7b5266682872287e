import { type ClusteredSides, clusteredSides } from '../../../lambdas/evaluation/domain/metrics/cluster-sums';
import { clusteredDeLong } from '../../../lambdas/evaluation/domain/metrics/clustered-de-long';
import { clusteredMcnemar } from '../../../lambdas/evaluation/domain/metrics/clustered-mcnemar';
import { type Clusters, sumsBy } from '../../../lambdas/evaluation/domain/metrics/clusters';
import { deLong } from '../../../lambdas/evaluation/domain/metrics/de-long';
import { mcnemar } from '../../../lambdas/evaluation/domain/metrics/mcnemar';
import { clusteredMeanDifference, meanDifference } from '../../../lambdas/evaluation/domain/metrics/mean-difference';
import { newcombe } from '../../../lambdas/evaluation/domain/metrics/newcombe';
import { zOf } from '../../../lambdas/evaluation/domain/metrics/normal';
import { clusteredNewcombe } from '../../../lambdas/evaluation/domain/metrics/rao-scott';
import { tOf } from '../../../lambdas/evaluation/domain/metrics/student';
import { seededRandom } from '../../../lambdas/evaluation/domain/seeded-random';

const RUNS = 300;

/** Customers of 1 to 20 rows, each with a leaning of its own; nothing truly differs. */
class Customers {
  readonly codes: Int32Array;
  readonly lean: readonly number[];

  constructor(
    readonly n: number,
    readonly random: () => number,
  ) {
    const sizes = Array.from({ length: n }, () => 1 + Math.floor(random() * 20));
    this.codes = Int32Array.from(sizes.flatMap((size, at) => new Array<number>(size).fill(at)));
    this.lean = sizes.map(() => this.normal());
  }

  get clusters(): Clusters {
    return this;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }

  leanOf(row: number): number {
    return this.lean[this.codes[row] ?? 0] ?? 0;
  }

  rows<T>(make: (row: number) => T): T[] {
    return Array.from(this.codes, (_, row) => make(row));
  }
}

/** Shares of runs in which it held: with clusters taken into account, and without. */
const shares = (seed: number, clusters: number, run: (customers: Customers) => readonly [boolean, boolean]) => {
  const random = seededRandom(seed);
  let [clustered, naive] = [0, 0];
  for (let at = 0; at < RUNS; at++) {
    const [a, b] = run(new Customers(clusters, random));
    clustered += a ? 1 / RUNS : 0;
    naive += b ? 1 / RUNS : 0;
  }
  return { clustered, naive };
};

const holds = ({ low, high }: { low: number; high: number }): boolean => low <= 0 && high >= 0;

const within = (found: { difference: number; standardError: number } | 'few' | undefined, width: number): boolean => {
  if (found === 'few' || found === undefined) throw new Error('nothing was found');
  return Math.abs(found.difference) <= width * found.standardError;
};

test.each([
  ['in one group each', true],
  ['with rows in both', false],
])('95 % intervals of group against rest hold the truth about as often, with customers %s', (_, isWhole) => {
  const { clustered, naive } = shares(1, 90, (customers) => {
    const inGroup = customers.lean.map(() => customers.random() < 0.4);
    const own = customers.rows((row) =>
      isWhole ? inGroup[customers.codes[row] ?? 0] === true : customers.random() < 0.4,
    );
    // Where rows of one customer lie in both, its leaning goes one way here and the other there: the same way it would cancel.
    const lean = (row: number): number => (isWhole || own[row] ? 1 : -1) * customers.leanOf(row);
    const hit = customers.rows((row) => (lean(row) + customers.normal() > 0 ? 1 : 0));
    const groups = own.map((one) => (one ? 'own' : 'rest'));
    const sides = clusteredSides(groups, customers, { counted: () => 1, hit: (row) => hit[row] ?? 0 }).get(
      'own',
    ) as ClusteredSides;
    const share = ({ hits, rows }: ClusteredSides['own']) => ({ rate: hits / rows, n: rows });
    return [holds(clusteredNewcombe(sides, 0.95)), holds(newcombe(share(sides.own), share(sides.rest), 0.95))];
  });
  expect(clustered).toBeGreaterThan(0.925);
  expect(clustered).toBeLessThan(0.98);
  expect(naive).toBeLessThan(0.8);
});

test('95 % intervals of paired means hold the truth about as often, from 30 clusters on', () => {
  const { clustered, naive } = shares(2, 30, (customers) => {
    const d = customers.rows((row) => customers.leanOf(row) + customers.normal());
    const at = (row: number): number => d[row] ?? 0;
    return [
      within(clusteredMeanDifference(customers, at), tOf(0.95, 29)),
      within(meanDifference(d.length, at), zOf(0.95)),
    ];
  });
  expect(clustered).toBeGreaterThan(0.925);
  expect(clustered).toBeLessThan(0.98);
  expect(naive).toBeLessThan(0.7);
});

test('95 % intervals of paired AUCs hold the truth about as often', () => {
  const { clustered, naive } = shares(3, 60, (customers) => {
    const other = customers.lean.map(() => customers.normal());
    const truth = customers.rows((row) => (customers.leanOf(row) + customers.normal() > 0 ? 1 : 0));
    // Each model sees half of what is true, and errs by a leaning of its own about each customer.
    const score = (row: number, of: number) => (truth[row] ?? 0) + 1.5 * of + customers.normal();
    const mine = customers.lean.map(() => customers.normal());
    const a = customers.rows((row) => score(row, mine[customers.codes[row] ?? 0] ?? 0));
    const b = customers.rows((row) => score(row, other[customers.codes[row] ?? 0] ?? 0));
    return [within(clusteredDeLong(a, b, truth, customers), tOf(0.95, 59)), within(deLong(a, b, truth), zOf(0.95))];
  });
  expect(clustered).toBeGreaterThan(0.92);
  expect(clustered).toBeLessThan(0.98);
  expect(naive).toBeLessThan(0.8);
});

test('McNemar’s p is under .05 in about one of twenty runs without a difference', () => {
  const { clustered, naive } = shares(4, 60, (customers) => {
    const d = customers.rows((row) =>
      customers.random() < 0.4 ? Math.sign(customers.leanOf(row) + customers.normal()) : 0,
    );
    const ups = d.filter((one) => one > 0).length;
    const downs = d.filter((one) => one < 0).length;
    const p = clusteredMcnemar(sumsBy(customers, (row) => d[row] ?? 0));
    return [p < 0.05, mcnemar(ups, downs) < 0.05];
  });
  expect(clustered).toBeLessThan(0.075);
  expect(clustered).toBeGreaterThan(0.02);
  expect(naive).toBeGreaterThan(0.2);
});
