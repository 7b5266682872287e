import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { runCandidate } from '../../lambdas/evaluation/run-candidate';
import { buildChild } from './built-child';
import { EXAMPLES, exampleOf, fixture, MemoryFiles, portsOf, requestOf, runnableOf, SUM } from './sandbox-world';

const folder = mkdtempSync(join(tmpdir(), 'golden-'));
const script = buildChild();
const files = new MemoryFiles(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const none = { kind: 'none', reason: 'nobody sent any' } as const;

const check = (bytes: string | Uint8Array, golden: object = {}, manifest: object = SUM, graph = 'sum') => {
  const full = { ...manifest, golden: { data: 'golden.csv', ...golden } };
  const request = requestOf(runnableOf(files, fixture(graph), full), none);
  const file = files.add('golden.csv', Buffer.from(bytes));
  return runCandidate({ ...request, golden: file }, portsOf(files, script));
};

const THREE = {
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

test('a model that answers as it did where it was built passes, and how far it is off is on record', async () => {
  expect(await check('a,b,score,note\n1,2,3,x\n10,20,30.001,y\n0,0,,z\n')).toMatchObject({
    status: 'evaluated',
    findings: {
      golden: {
        file: 'golden.csv',
        rows: 3,
        abs: 1e-5,
        rel: 1e-4,
        parity: true,
        largestAbs: expect.closeTo(0.001, 6),
        largestRel: expect.closeTo(0.001 / 30.001, 8),
        failures: [],
      },
    },
  });
});

test.each([
  ['prediction', 'a,b,prediction\n1,2,3\n'],
  ['the output tensor', 'a,b,score_0\n1,2,3\n'],
])('the answer may be named %s', async (_, csv) => {
  expect(await check(csv)).toMatchObject({ status: 'evaluated', findings: { golden: { rows: 1, parity: true } } });
});

test('golden data may be Parquet', async () => {
  const column = (name: string, data: number[]) => ({ name, data, type: 'DOUBLE' as const });
  const bytes = parquetWriteBuffer({ columnData: [column('a', [1, 2]), column('b', [3, 4]), column('score', [4, 6])] });
  expect(await check(new Uint8Array(bytes))).toMatchObject({ findings: { golden: { rows: 2, largestAbs: 0 } } });
});

test('a model that answers otherwise is rejected, and the worst row is named', async () => {
  expect(await check('a,b,score\n1,2,3\n1,2,3.1\n10,20,99\n1,1,2.01\n')).toEqual({
    status: 'rejected',
    rejection: {
      code: 'golden-mismatch',
      message: expect.stringMatching(
        /^golden\.csv, row 3, column 'score': expected 99, but the model says 30, which is the worst of 3 of 4 golden answers beyond 0\.00001 \+ 0\.0001/,
      ),
    },
  });
});

test.each([
  ['abs', { abs: 0.1 }, 3.09, 'evaluated'],
  ['abs', { abs: 0.1 }, 3.2, 'rejected'],
  ['rel', { abs: 0, rel: 0.1 }, 3.3, 'evaluated'],
  ['rel', { abs: 0, rel: 0.01 }, 3.3, 'rejected'],
  ['none at all', { abs: 0, rel: 0 }, 3.0000001, 'rejected'],
  ['none at all', { abs: 0, rel: 0 }, 3, 'evaluated'],
])('the tolerance is the manifest’s: %s of %j', async (_, golden, expected, status) => {
  expect(await check(`a,b,score\n1,2,${expected}\n`, golden)).toMatchObject({ status });
});

test('classes are compared by name, and logits by the position in their tensor', async () => {
  const run = await check('region,age,label\nn,30,young\n', {}, THREE, 'three-classes');
  const named = run.status === 'rejected' ? /the model says (\w+),/.exec(run.rejection.message)?.[1] : 'young';
  expect(await check(`region,age,label\nn,30,${named}\n`, {}, THREE, 'three-classes')).toMatchObject({
    status: 'evaluated',
  });
  const other = named === 'old' ? 'young' : 'old';
  const rejection = {
    code: 'golden-mismatch',
    message: expect.stringContaining(`expected ${other}, but the model says ${named}`),
  };
  expect(await check(`region,age,label\nn,30,${other}\n`, {}, THREE, 'three-classes')).toMatchObject({ rejection });
  const logits = { code: 'golden-mismatch', message: expect.stringContaining("column 'logits_2': expected 12345") };
  expect(await check('region,age,logits_2\nn,30,12345\n', {}, THREE, 'three-classes')).toMatchObject({
    rejection: logits,
  });
});

test.each([
  ['no answer to compare with', 'a,b\n1,2\n', 'data-column-missing', 'no column that says what the model answers'],
  ['no input', 'a,score\n1,2\n', 'data-column-missing', "no column 'b'"],
  ['nothing expected in any row', 'a,b,score\n1,2,\n', 'data-empty', 'no expected answer'],
  ['no rows', 'a,b,score\n', 'data-empty', 'has no rows'],
  ['a strange number', 'a,b,score\n1,2,many\n', 'data-value-invalid', "row 1, column 'score': expected a number"],
])('golden data with %s are refused', async (_, csv, code, message) => {
  expect(await check(csv)).toEqual({
    status: 'rejected',
    rejection: { code, message: expect.stringContaining(message) },
  });
});

test('the committed example answers as onnxruntime in Python says, within the default tolerance', async () => {
  const { runnable } = exampleOf(files, 'diabetes-progression', 1);
  const csv = readFileSync(join(EXAMPLES, 'diabetes-progression/versions/1/evaluation.csv'), 'utf8').trim().split('\n');
  const oracle = JSON.parse(
    readFileSync(join(__dirname, 'fixtures/diabetes-progression-1.golden.json'), 'utf8'),
  ) as number[];
  const golden = csv.map((line, row) => `${line.trim()},${row === 0 ? 'prediction' : oracle[row - 1]}`).join('\n');
  const manifest = { ...runnable.manifest, golden: { data: 'golden.csv' } };
  const request = {
    ...requestOf({ ...runnable, manifest }, none),
    golden: files.add('golden.csv', Buffer.from(golden)),
  };
  expect(await runCandidate(request, portsOf(files, script))).toMatchObject({
    findings: { golden: { rows: oracle.length, parity: true } },
  });
});
