import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Findings,
  type LabelledEvidence,
  type SandboxFile,
  sandboxResponseSchema,
} from '../../lambdas/evaluation/contract';
import { runCandidate } from '../../lambdas/evaluation/run-candidate';
import { buildChild } from './built-child';
import {
  csvOf,
  dataOf,
  exampleOf,
  fixture,
  MemoryFiles,
  portsOf,
  ROWS,
  requestOf,
  runnableOf,
  SUM,
  sumRows,
} from './sandbox-world';

const folder = mkdtempSync(join(tmpdir(), 'evaluation-'));
const script = buildChild();
const files = new MemoryFiles(folder);
const ports = portsOf(files, script);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const evaluate = async (
  candidate: ReturnType<typeof runnableOf>,
  data: ReturnType<typeof dataOf>,
): Promise<Findings> => {
  const response = await runCandidate(requestOf(candidate, data), ports);
  expect(response).toMatchObject({ status: 'evaluated' });
  return (response as { findings: Findings }).findings;
};

const labelled = ({ evidence }: Findings): LabelledEvidence => {
  if (evidence.evidence === 'none') throw new Error('no evidence');
  return evidence;
};

describe('a good candidate', () => {
  test('a regression model is measured in the unit of its label, and its loss is capped at the 99th percentile', async () => {
    const found = await evaluate(
      runnableOf(files, fixture('sum'), SUM),
      dataOf(files, sumRows, { protected: ['sex'] }),
    );
    const { metrics, baseline, groups, importance } = labelled(found);
    expect(metrics).toMatchObject({ mae: 1, rmse: expect.closeTo(Math.sqrt(5 / 3), 6) });
    expect(baseline.loss).toEqual({ rows: ROWS, mean: expect.closeTo(0.5, 6), cap: 2, perClass: [] });
    expect(groups).toEqual([
      {
        attribute: 'sex',
        groups: ['f', 'm'].map((group) => ({
          group,
          n: 30,
          selectionRate: null,
          tpr: null,
          fpr: null,
          accuracy: null,
          loss: expect.closeTo(0.5, 6),
          tooSmall: false,
          tprTooSmall: false,
          fprTooSmall: false,
        })),
      },
    ]);
    expect(importance).toMatchObject({ metric: 'r2', rows: ROWS, repeats: 5 });
    const [a, b] = importance.columns;
    expect(a?.drop).toBeGreaterThan(b?.drop ?? 0);
    expect(baseline.score).toMatchObject({ kind: 'number', name: 'value' });
    expect(baseline.features.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('categories by name, whole numbers and logits of three classes are read as declared', async () => {
    const manifest = {
      task: 'multiclass-classification',
      inputs: [
        { name: 'region', type: 'string' },
        { name: 'age', type: 'long' },
      ],
      output: {
        score: { tensor: 'logits', kind: 'logit' },
        label: { tensor: 'label' },
        classes: ['young', 'middle', 'old'],
      },
    };
    const csv = csvOf('age,y,region', (i) => `${i + 20},${['young', 'middle', 'old'][i % 3]},${'nse'[i % 3]}`);
    const found = await evaluate(runnableOf(files, fixture('three-classes'), manifest), dataOf(files, csv, {}));
    const { metrics, baseline } = labelled(found);
    expect(found).toMatchObject({ task: 'multiclass-classification', classes: ['young', 'middle', 'old'] });
    expect(Object.keys(metrics)).toEqual(['accuracy', 'f1', 'logLoss', 'brier', 'rocAuc', 'prAuc', 'calibrationError']);
    expect(baseline.features).toMatchObject([
      { kind: 'level', name: 'region', levels: { e: 20, n: 20, s: 20 } },
      { kind: 'number', name: 'age' },
    ]);
    expect(baseline.loss.perClass.map(({ class: name, rows }) => [name, rows])).toEqual([
      ['young', 20],
      ['middle', 20],
      ['old', 20],
    ]);
  });

  test('a hundred rows are kept for attributions, the same ones every time', async () => {
    const rows = Array.from({ length: 300 }, (_, row) => `${row},1,${row % 2 ? 'f' : 'm'},${row + 2}`);
    const csv = `a,b,sex,y\n${rows.join('\n')}\n`;
    const kept = async () =>
      (await evaluate(runnableOf(files, fixture('sum'), SUM), dataOf(files, csv, {}))).background;
    const background = await kept();
    expect(background?.rows).toHaveLength(100);
    expect(background?.rows).toEqual([...(background?.rows ?? [])].sort((a, b) => a - b));
    expect(background?.columns.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(background?.columns[0]?.values).toEqual(background?.rows);
    expect(await kept()).toEqual(background);
  });

  test('without declared inputs, the columns that are nothing else fill the tensor in the order of the file', async () => {
    const manifest = { task: 'regression', output: { score: { tensor: 'score', kind: 'value' } } };
    const found = await evaluate(
      runnableOf(files, fixture('sum'), manifest),
      dataOf(files, sumRows, { protected: ['sex'] }),
    );
    expect(labelled(found).metrics).toMatchObject({ mae: 1 });
  });

  test('a graph that takes one row at a time is fed one row at a time', async () => {
    const found = await evaluate(runnableOf(files, fixture('one-row'), SUM), dataOf(files, sumRows, {}));
    expect(labelled(found).metrics).toMatchObject({ mae: 1 });
    expect(found.latency.batch100).toBeUndefined();
  });

  /** Version 2 of the living wage, beside version 1. */
  const rivals = async () => {
    const candidate = exampleOf(files, 'living-wage', 2);
    const champion = exampleOf(files, 'living-wage', 1).runnable;
    const response = await runCandidate(
      requestOf(candidate.runnable, candidate.data, { status: 'present', runnable: champion }),
      ports,
    );
    const { metrics, champion: report } = labelled((response as { findings: Findings }).findings);
    if (report.status === 'absent') throw new Error(report.reason);
    return { metrics, report };
  };

  test('the champion is measured on the same rows, and what it lacks is said', async () => {
    const { metrics, report } = await rivals();
    expect(report).toMatchObject({ version: 1, groups: [{ attribute: 'race' }, { attribute: 'married' }] });
    for (const [name, value] of Object.entries(report.difference)) {
      expect(value).toBeCloseTo((metrics[name] ?? 0) - (report.metrics[name] ?? 0), 12);
    }
  });

  test('differences from the champion come with what chance alone would do', async () => {
    const { report } = await rivals();
    const { accuracy = 0, ...difference } = report.difference;
    const { mcnemar, metrics: paired } = report.paired ?? { metrics: {} };
    expect(Object.keys(paired)).toEqual(['accuracy', 'logLoss', 'brier', 'rocAuc', 'loss']);
    const expected: Record<string, number | undefined> = { ...difference, accuracy, loss: -accuracy };
    for (const [name, found] of Object.entries(paired)) {
      expect(found.difference).toBeCloseTo(expected[name] ?? Number.NaN, 9);
      expect(found.low).toBeLessThan(found.difference);
    }
    const { candidateOnly = 0, championOnly = 0 } = mcnemar ?? {};
    expect((candidateOnly - championOnly) / 1033).toBeCloseTo(accuracy, 9);
  });

  test('a champion that cannot be run on these data is no fault of the candidate', async () => {
    const candidate = runnableOf(files, fixture('sum'), SUM, 2);
    const other = { ...SUM, inputs: [{ name: 'a' }, { name: 'income' }] };
    const champion = { status: 'present', runnable: runnableOf(files, fixture('sum'), other, 1) } as const;
    const response = await runCandidate(requestOf(candidate, dataOf(files, sumRows, {}), champion), ports);
    expect(labelled((response as { findings: Findings }).findings).champion).toEqual({
      status: 'absent',
      reason: expect.stringContaining(
        "version 1, could not be run on these data: evaluation.csv has no column 'income'",
      ),
    });
  });

  test('both sides share the cap that the model already has', async () => {
    const runnable = runnableOf(files, fixture('sum'), SUM);
    const champion = { status: 'present', runnable, lossCap: 4 } as const;
    const response = await runCandidate(requestOf(runnable, dataOf(files, sumRows, {}), champion), ports);
    const found = labelled((response as { findings: Findings }).findings);
    expect(found.baseline.loss).toMatchObject({ cap: 4, mean: expect.closeTo(0.25, 6) });
    expect(found.champion).toMatchObject({ meanLoss: expect.closeTo(0.25, 6) });
  });

  test('segments are measured on their own, whatever else their columns are', async () => {
    const declared = dataOf(files, sumRows, { protected: ['sex'], segments: ['sex', 'a'] });
    const { segments = [], fairness } = labelled(await evaluate(runnableOf(files, fixture('sum'), SUM), declared));
    expect(fairness).toEqual([]);
    expect(segments.map(({ column }) => column)).toEqual(['sex', 'a']);
    expect(segments[0]?.segments).toEqual([
      { value: 'f', n: 30, metrics: expect.objectContaining({ mae: expect.closeTo(1, 6) }), tooSmall: false },
      { value: 'm', n: 30, metrics: expect.objectContaining({ mae: expect.closeTo(1, 6) }), tooSmall: false },
    ]);
    expect(segments[1]?.segments.reduce((sum, { n }) => sum + n, 0)).toBe(ROWS);
  });

  test('without evaluation data it is loaded, run and timed, and the evidence is none', async () => {
    const request = requestOf(runnableOf(files, fixture('sum'), SUM), { kind: 'none', reason: 'nobody sent any' });
    const response = await runCandidate(request, ports);
    expect(response).toMatchObject({
      status: 'evaluated',
      findings: {
        evidence: { evidence: 'none', reason: 'nobody sent any' },
        latency: { batch1: { p50: expect.any(Number) } },
      },
    });
  });

  test('the answer is plain JSON of the contract’s form', async () => {
    const { runnable, data } = exampleOf(files, 'diabetes-progression', 1);
    const response = await runCandidate(requestOf(runnable, data), ports);
    expect(sandboxResponseSchema.parse(JSON.parse(JSON.stringify(response)))).toEqual(response);
  });

  test('the same version is shuffled the same way every time', async () => {
    const { runnable, data } = exampleOf(files, 'diabetes-progression', 1);
    // How often columns are shuffled goes by the time that rows take: evaluations that shuffled as often agree to the digit.
    const byRepeats = new Map<number | undefined, ReturnType<typeof labelled>>();
    for (;;) {
      const evidence = labelled(await evaluate(runnable, data));
      const before = byRepeats.get(evidence.importance?.repeats);
      byRepeats.set(evidence.importance?.repeats, evidence);
      if (before === undefined) continue;
      expect(evidence).toEqual(before);
      return;
    }
  });
});

test('more cells than one request of the endpoint may carry are read, encoded and scored all the same', async () => {
  const names = Array.from({ length: 30 }, (_, column) => `x${column}`);
  const rows = 140_000;
  const cells = names.map(() => '1').join(',');
  const csv = `${names.join(',')},y\n${Array.from({ length: rows }, (_, row) => `${cells},${30 + (row % 2)}`).join('\n')}\n`;
  const manifest = { ...SUM, inputs: names.map((name) => ({ name })) };
  const found = await evaluate(runnableOf(files, fixture('sum-30'), manifest), dataOf(files, csv, {}));
  const { data, metrics, baseline } = labelled(found);
  expect(data.rows).toBe(rows);
  expect(metrics.mae).toBeCloseTo(0.5, 9);
  expect(baseline.features[29]).toMatchObject({ edges: [1], counts: [rows, 0] });
}, 180_000);

test('a file that is not the registered one is nobody’s fault but the platform’s', async () => {
  const { UpstreamFailed } = await import('../../lambdas/kernel/errors');
  const broken = {
    ...ports,
    files: {
      save: async (file: SandboxFile, name: string): Promise<string> => {
        if (name.endsWith('.onnx')) return files.save(file, name);
        throw new UpstreamFailed('evaluation.csv is not what was registered');
      },
    },
  };
  const request = requestOf(runnableOf(files, fixture('sum'), SUM), dataOf(files, sumRows, {}));
  expect(await runCandidate(request, broken)).toEqual({
    status: 'failed',
    reason: 'evaluation.csv is not what was registered',
  });
});
