import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bins, LabelledEvidence } from '../../lambdas/evaluation/contract';
import { runCandidate } from '../../lambdas/evaluation/run-candidate';
import { buildChild } from './built-child';
import { exampleOf, FIXTURES, MemoryFiles, portsOf, requestOf } from './sandbox-world';

/** Written by test/oracles/evaluation_report.py with scikit-learn, fairlearn and numpy. */
interface Oracle {
  readonly metrics: Record<string, number>;
  readonly groups: Record<string, Record<string, Record<string, number>>>;
  readonly fairness?: Record<
    string,
    {
      groups: number;
      demographicParity: [number, number];
      equalizedOdds: [number, number];
      equalOpportunity: number;
    }
  >;
  readonly loss: { readonly mean: number; readonly cap?: number; readonly perClass: Record<string, number> };
  readonly features: Record<string, { edges: number[]; counts: number[] }>;
  readonly score: { edges: number[]; counts: number[] };
  readonly importance: { column: string; drop: number; deviation: number }[];
}

const folder = mkdtempSync(join(tmpdir(), 'report-oracle-'));
const script = buildChild();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const evaluate = async (example: string, version: number): Promise<LabelledEvidence> => {
  const files = new MemoryFiles(folder);
  const { runnable, data } = exampleOf(files, example, version);
  const response = await runCandidate(requestOf(runnable, data), portsOf(files, script));
  if (response.status !== 'evaluated' || response.findings.evidence.evidence !== 'labelled') {
    throw new Error(JSON.stringify(response));
  }
  return response.findings.evidence;
};

/** Two runtimes add float32 numbers in different orders. */
const DIGITS = 6;

const expectBins = (bins: Bins | undefined, oracle: { edges: number[]; counts: number[] } | undefined): void => {
  if (bins?.kind !== 'number') throw new Error('no numbers');
  const edges = oracle?.edges.map((edge) => expect.closeTo(edge, DIGITS));
  expect(bins).toMatchObject({ edges, counts: oracle?.counts, missing: 0 });
};

describe.each([
  ['living-wage', 2],
  ['diabetes-progression', 1],
] as const)('the report of %s, version %i, is what scikit-learn and fairlearn say', (example, version) => {
  const oracle: Oracle = JSON.parse(readFileSync(join(FIXTURES, `${example}-${version}.oracle.json`), 'utf8'));
  let evidence: LabelledEvidence;
  beforeAll(async () => {
    evidence = await evaluate(example, version);
  });

  test('metrics', () => {
    expect(Object.keys(evidence.metrics)).toEqual(expect.arrayContaining(Object.keys(oracle.metrics)));
    for (const [name, value] of Object.entries(oracle.metrics))
      expect(evidence.metrics[name]).toBeCloseTo(value, DIGITS);
  });

  test('rates by group', () => {
    expect(evidence.groups.map(({ attribute }) => attribute)).toEqual(Object.keys(oracle.groups));
    for (const { attribute, groups } of evidence.groups) {
      expect(groups.map(({ group }) => group)).toEqual(Object.keys(oracle.groups[attribute] ?? {}));
      for (const rates of groups) {
        const expected = Object.entries(oracle.groups[attribute]?.[rates.group] ?? {});
        expect(rates).toMatchObject(Object.fromEntries(expected.map(([name, n]) => [name, expect.closeTo(n, DIGITS)])));
        expect(rates.tooSmall).toBe(rates.n < 30);
      }
    }
  });

  test('fairness', () => {
    expect((evidence.fairness ?? []).map(({ attribute }) => attribute)).toEqual(Object.keys(oracle.fairness ?? {}));
    for (const found of evidence.fairness ?? []) {
      const expected = oracle.fairness?.[found.attribute];
      for (const name of ['demographicParity', 'equalizedOdds'] as const) {
        expect(found[name]?.difference).toBeCloseTo(expected?.[name][0] ?? -1, DIGITS);
        expect(found[name]?.ratio).toBeCloseTo(expected?.[name][1] ?? -1, DIGITS);
      }
      expect(found.equalOpportunity?.difference).toBeCloseTo(expected?.equalOpportunity ?? -1, DIGITS);
      const selection = found.groups.flatMap(({ measures }) => measures.filter((m) => m.measure === 'selectionRate'));
      expect(selection.filter((m) => !m.tooSmall)).toHaveLength(expected?.groups ?? -1);
    }
  });

  test('loss, overall and by true class', () => {
    const { mean, cap, perClass } = evidence.baseline.loss;
    expect(mean).toBeCloseTo(oracle.loss.mean, DIGITS);
    if (oracle.loss.cap === undefined) expect(cap).toBeUndefined();
    else expect(cap).toBeCloseTo(oracle.loss.cap, 3);
    expect(perClass.map((entry) => entry.class)).toEqual(Object.keys(oracle.loss.perClass));
    for (const entry of perClass) expect(entry.mean).toBeCloseTo(oracle.loss.perClass[entry.class] ?? -1, DIGITS);
  });

  test('bins of every input column', () => {
    expect(evidence.baseline.features.map(({ name }) => name)).toEqual(Object.keys(oracle.features));
    for (const bins of evidence.baseline.features) expectBins(bins, oracle.features[bins.name]);
  });

  test('bins of the score', () => {
    const { score } = evidence.baseline;
    if (score.kind !== 'number') throw new Error('no numbers');
    // Values lie on edges; a last bit decides on which side.
    score.counts.forEach((count, bin) => {
      expect(Math.abs(count - (oracle.score.counts[bin] ?? -1))).toBeLessThanOrEqual(2);
    });
  });

  test('permutation importance, within four standard errors and what a sample of rows may shift', () => {
    const { columns, repeats } = evidence.importance;
    expect(columns.map(({ column }) => column)).toEqual(oracle.importance.map(({ column }) => column));
    columns.forEach(({ drop }, at) => {
      const { drop: expected, deviation } = oracle.importance[at] ?? { drop: Number.NaN, deviation: 0 };
      expect(Math.abs(drop - expected)).toBeLessThan(4 * deviation * Math.sqrt(1 / repeats + 1 / 50) + 0.005);
    });
  });
});
