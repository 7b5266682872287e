import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Findings, type LabelledEvidence, sandboxResponseSchema } from '../../lambdas/evaluation/contract';
import { runCandidate } from '../../lambdas/evaluation/run-candidate';
import { buildChild } from './built-child';
import { dataOf, exampleOf, FIXTURES, fixture, MemoryFiles, portsOf, requestOf, runnableOf } from './sandbox-world';

const folder = mkdtempSync(join(tmpdir(), 'evaluation-'));
const script = buildChild();
const files = new MemoryFiles(folder);
const ports = portsOf(files, script);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The sum of two columns, judged on rows where it is right but for the noise. */
const SUM = {
  task: 'regression',
  inputs: [{ name: 'a' }, { name: 'b' }],
  output: { score: { tensor: 'score', kind: 'value' } },
};
const ROWS = 60;
const csvOf = (header: string, row: (index: number) => string): string =>
  `${header}\n${Array.from({ length: ROWS }, (_, index) => row(index)).join('\n')}\n`;
const sumRows = csvOf('a,b,y,sex', (i) => `${i},${i % 7},${i + (i % 7) + (i % 3)},${i % 2 ? 'f' : 'm'}`);

const evaluate = async (
  candidate: ReturnType<typeof runnableOf>,
  data: ReturnType<typeof dataOf>,
): Promise<Findings> => {
  const response = await runCandidate(requestOf(candidate, data), ports);
  expect(response).toMatchObject({ status: 'evaluated' });
  return (response as { findings: Findings }).findings;
};

const rejectionOf = async (graph: Uint8Array, manifest: unknown, csv = sumRows, declaration = {}, limits = {}) => {
  const request = requestOf(runnableOf(files, graph, manifest), dataOf(files, csv, declaration));
  const response = await runCandidate(request, portsOf(files, script, limits));
  return response.status === 'rejected' ? response.rejection : response;
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
          accuracy: null,
          loss: expect.closeTo(0.5, 6),
          tooSmall: false,
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
    expect(Object.keys(metrics)).toEqual(['accuracy', 'logLoss', 'rocAuc']);
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

  test('the champion is measured on the same rows, and what it lacks is said', async () => {
    const candidate = exampleOf(files, 'living-wage', 2);
    const champion = exampleOf(files, 'living-wage', 1).runnable;
    const response = await runCandidate(
      requestOf(candidate.runnable, candidate.data, { status: 'present', runnable: champion }),
      ports,
    );
    const { metrics, champion: report } = labelled((response as { findings: Findings }).findings);
    if (report.status === 'absent') throw new Error(report.reason);
    expect(report).toMatchObject({ version: 1, groups: [{ attribute: 'race' }, { attribute: 'married' }] });
    for (const [name, value] of Object.entries(report.difference)) {
      expect(value).toBeCloseTo((metrics[name] ?? 0) - (report.metrics[name] ?? 0), 12);
    }
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
    const [first, second] = [await evaluate(runnable, data), await evaluate(runnable, data)];
    expect(labelled(first)).toEqual(labelled(second));
  });
});

describe('a model that misbehaves', () => {
  test('one that takes too much memory is ended, and the limit named', async () => {
    const rejection = await rejectionOf(fixture('memory-hog'), SUM, sumRows, {}, { memoryBytes: 300 * 2 ** 20 });
    expect(rejection).toEqual({
      code: 'out-of-memory',
      message: expect.stringMatching(/used more than the 300 MB .* while scoring rows 1–60 of evaluation\.csv/),
    });
  });

  test('one that never ends is ended, and the limit named', async () => {
    const rejection = await rejectionOf(fixture('endless'), SUM, sumRows, {}, { timeMs: 1000 });
    expect(rejection).toEqual({
      code: 'timed-out',
      message: expect.stringMatching(/still not done after 1 s while scoring rows 1–60 of evaluation\.csv/),
    });
  });

  test('one that crashes the runtime is told from one that fails', async () => {
    const faulty = portsOf(files, join(FIXTURES, 'faulty-model.cjs'));
    const candidate = {
      ...runnableOf(files, fixture('sum'), SUM),
      graph: files.add('m', Buffer.from('crashes at run')),
    };
    const response = await runCandidate(requestOf(candidate, dataOf(files, sumRows, {})), faulty);
    expect(response).toEqual({
      status: 'rejected',
      rejection: {
        code: 'runtime-crashed',
        message: expect.stringMatching(
          /crashed the runtime \(signal SIGSEGV\) while scoring rows 1–60 of evaluation\.csv/,
        ),
      },
    });
  });

  test('garbage is refused at load with what to do about it', async () => {
    const candidate = {
      ...runnableOf(files, fixture('sum'), SUM),
      graph: files.add('model.onnx', Buffer.from('garbage')),
    };
    const response = await runCandidate(requestOf(candidate, dataOf(files, sumRows, {})), ports);
    expect(response).toMatchObject({
      status: 'rejected',
      rejection: { code: 'graph-not-loaded', message: expect.stringContaining('no ONNX graph') },
    });
  });

  test('a graph other than the one that was described is refused', async () => {
    const described = runnableOf(files, fixture('sum'), SUM);
    const signature = {
      ...described.signature,
      outputs: [{ name: 'other', datatype: 'FP32' as const, shape: [-1, 1] }],
    };
    const response = await runCandidate(requestOf({ ...described, signature }, dataOf(files, sumRows, {})), ports);
    expect(response).toMatchObject({ status: 'rejected' });
  });

  test('classes that the probabilities have no column for are refused', async () => {
    const graph = fixture('three-classes');
    const output = { score: { tensor: 'logits', kind: 'logit' }, classes: ['a', 'b', 'c', 'd'] };
    const csv = csvOf('age,y,region', (i) => `${i + 20},a,n`);
    expect(await rejectionOf(graph, { task: 'multiclass-classification', output }, csv)).toEqual({
      code: 'outputs-unreadable',
      message: expect.stringContaining('logits has 3 columns, but output.classes names 4 classes'),
    });
  });

  test('numbers that are no probabilities are refused', async () => {
    const manifest = {
      ...SUM,
      task: 'binary-classification',
      output: { score: { tensor: 'score', kind: 'probability' } },
    };
    const csv = csvOf('a,b,y', (i) => `${i},1,${i % 2}`);
    expect(await rejectionOf(fixture('sum'), manifest, csv)).toEqual({
      code: 'outputs-unreadable',
      message: expect.stringContaining('which is no probability; set output.score.kind: logit'),
    });
  });
});

describe('evaluation data that do not fit', () => {
  const cases: [string, string, object, { code: string; message: string }][] = [
    [
      'a label that is no column',
      sumRows,
      { label: 'default' },
      {
        code: 'data-column-missing',
        message:
          "evaluation.csv has no column 'default'; columns are a, b, y, sex; correct the file, or set evaluation.label in contender.yaml",
      },
    ],
    [
      'an attribute that is no column',
      sumRows,
      { protected: ['race'] },
      { code: 'data-column-missing', message: "no column 'race'" },
    ],
    ['an input that is no column', 'a,y\n1,1\n', {}, { code: 'data-column-missing', message: "no column 'b'" }],
    [
      'a text where a number belongs',
      'a,b,y\n1,2,3\n1,high,3\n',
      {},
      { code: 'data-value-invalid', message: 'evaluation.csv, row 2, column \'b\': expected a number, given "high"' },
    ],
    [
      'an empty cell that nothing stands for',
      'a,b,y\n1,,3\n',
      {},
      {
        code: 'data-value-invalid',
        message:
          "evaluation.csv, row 1, column 'b': expected a value; fill it, or say what stands for it (missing: nan, or a value) in contender.yaml, given nothing",
      },
    ],
    [
      'an empty label',
      'a,b,y\n1,2,3\n1,2,\n',
      {},
      { code: 'data-label-invalid', message: "row 2, column 'y': the label is empty" },
    ],
    [
      'rows of uneven length',
      'a,b,y\n1,2,3\n1,2\n',
      {},
      { code: 'data-unreadable', message: 'evaluation.csv cannot be read as CSV' },
    ],
    [
      'two columns of one name',
      'a,b,y,a\n1,2,3,4\n',
      {},
      { code: 'data-unreadable', message: "two columns named 'a'" },
    ],
    [
      'semicolons',
      'a;b;y\n1;2;3\n',
      {},
      { code: 'data-unreadable', message: 'separated by ";"; write it with commas' },
    ],
    ['no rows', 'a,b,y\n', {}, { code: 'data-empty', message: 'evaluation.csv has no rows' }],
    ['nothing at all', '', {}, { code: 'data-empty', message: 'evaluation.csv has no rows' }],
    [
      'too many rows',
      `a,b,y\n${'1,2,3\n'.repeat(200_001)}`,
      {},
      { code: 'data-too-large', message: 'more than 200000 rows' },
    ],
  ];
  test.each(cases)('%s', async (_, csv, declaration, { code, message }) => {
    expect(await rejectionOf(fixture('sum'), SUM, csv, declaration)).toEqual({
      code,
      message: expect.stringContaining(message),
    });
  });

  test('a label that is no class is named with the classes', async () => {
    const manifest = {
      task: 'multiclass-classification',
      output: { score: { tensor: 'logits', kind: 'logit' }, classes: ['young', 'middle', 'old'] },
    };
    const csv = 'age,y,region\n30,young,n\n40,ancient,s\n';
    expect(await rejectionOf(fixture('three-classes'), manifest, csv)).toEqual({
      code: 'data-label-invalid',
      message: expect.stringContaining(
        "row 2, column 'y': expected one of output.classes (young, middle, old), given 'ancient'",
      ),
    });
  });

  test('a number of columns that the tensor does not take is named with the columns', async () => {
    const manifest = { task: 'regression', output: { score: { tensor: 'score', kind: 'value' } } };
    expect(await rejectionOf(fixture('sum'), manifest, sumRows)).toEqual({
      code: 'signature-mismatch',
      message: expect.stringContaining('input X takes 2 columns, but evaluation.csv has 3 beside y: a, b, sex'),
    });
  });

  test('values that scoring would refuse are refused', async () => {
    const manifest = { ...SUM, inputs: [{ name: 'a', max: 9, unseen: 'reject' }, { name: 'b' }] };
    expect(await rejectionOf(fixture('sum'), manifest)).toMatchObject({
      code: 'data-value-invalid',
      message: expect.stringContaining('column a, row 10: expected at most 9'),
    });
  });
});

test('a file that is not the registered one is nobody’s fault but the platform’s', async () => {
  const { UpstreamFailed } = await import('../../lambdas/kernel/errors');
  const broken = {
    ...ports,
    files: {
      save: (file: { url: string }, name: string) => files.save(file, name),
      async *stream(): AsyncIterable<Uint8Array> {
        yield Buffer.from('a,b,y\n');
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
