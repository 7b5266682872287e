import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCandidate } from '../../lambdas/evaluation/run-candidate';
import { buildChild } from './built-child';
import {
  csvOf,
  dataOf,
  FIXTURES,
  fixture,
  MemoryFiles,
  portsOf,
  requestOf,
  runnableOf,
  SUM,
  sumRows,
} from './sandbox-world';

const folder = mkdtempSync(join(tmpdir(), 'unfit-candidates-'));
const script = buildChild();
const files = new MemoryFiles(folder);
const ports = portsOf(files, script);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rejectionOf = async (graph: Uint8Array, manifest: unknown, csv = sumRows, declaration = {}, limits = {}) => {
  const request = requestOf(runnableOf(files, graph, manifest), dataOf(files, csv, declaration));
  const response = await runCandidate(request, portsOf(files, script, limits));
  return response.status === 'rejected' ? response.rejection : response;
};

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
      runtime: { kind: 'onnx' as const, graph: files.add('m', Buffer.from('crashes at run')) },
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
      runtime: { kind: 'onnx' as const, graph: files.add('model.onnx', Buffer.from('garbage')) },
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
      'an empty cell, which is NaN, for a model that knows no missing values',
      'a,b,y\n1,,3\n',
      {},
      {
        code: 'outputs-unreadable',
        message: 'output score holds NaN in row 0, column 0 (rows 1–1 of evaluation.csv)',
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
      `a,b,y\n${'1,2,3\n'.repeat(1_000_001)}`,
      {},
      { code: 'data-too-large', message: 'more than 1000000 rows' },
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
