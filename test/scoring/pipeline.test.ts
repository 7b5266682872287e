import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCandidate } from '../../lambdas/evaluation/run-candidate';
import { manifestSchema } from '../../lambdas/registry/contract';
import { loadOnnxSession } from '../../lambdas/scoring/adapters/onnx-session';
import { encodeColumns, layColumns } from '../../lambdas/scoring/domain/encode-columns';
import { acceptOnnx } from '../../lambdas/upload/domain/accept-upload';
import { buildChild } from '../evaluation/built-child';
import { dataOf, MemoryFiles, portsOf, requestOf, runnableOf } from '../evaluation/sandbox-world';
import { ROUTES, world } from './scoring-world';
import { application, fixtureGraph, versionOf } from './versions';

/** A pipeline over two text and two number columns, each an input of its own; see make_pipeline_fixture.py. */
const GRAPH = fixtureGraph('pipeline');
/** Not in the order of the graph's inputs. */
const INPUTS = [
  { name: 'region', type: 'string' },
  { name: 'channel', type: 'string' },
  { name: 'income', type: 'double' },
  { name: 'age', type: 'double' },
];
const ROWS = [
  { age: 25, region: 'south', income: 22.5, channel: 'web' },
  { age: 61, region: 'north', income: 55, channel: 'shop' },
  { age: 40, region: 'elsewhere', income: 40, channel: 'web' },
];
/** What scikit-learn itself says of these rows. */
const LABELS = ['defaulted', 'repaid', 'defaulted'];
const DEFAULTED = [0.981565, 0.02627, 0.655617];
const OUTPUT = { positive: 'defaulted', respond: ['label', 'score'] };

const register = (manifest: object) => acceptOnnx(manifestSchema.parse(manifest), 'pipeline.onnx', GRAPH);
const cellsOf = (name: string) => ROWS.map((row) => row[name as keyof (typeof ROWS)[number]]);

test('a pipeline registers with an input a column, its classes, and its probabilities as a tensor', () => {
  const { signature, manifest } = register({});
  expect(signature.inputs).toEqual([
    { name: 'age', datatype: 'FP32', shape: [-1, 1] },
    { name: 'region', datatype: 'BYTES', shape: [-1, 1] },
    { name: 'income', datatype: 'FP32', shape: [-1, 1] },
    { name: 'channel', datatype: 'BYTES', shape: [-1, 1] },
  ]);
  expect(signature.outputs).toEqual([
    { name: 'output_label', datatype: 'BYTES', shape: [-1] },
    { name: 'output_probability', datatype: 'FP32', shape: [-1, 2] },
  ]);
  expect(manifest.output?.classes).toEqual(['defaulted', 'repaid']);
});

test('columns of different types are laid into the inputs of their names, and score as in scikit-learn', async () => {
  const { signature } = register({ inputs: INPUTS });
  const session = await loadOnnxSession(GRAPH, { threads: 1 });
  const layout = layColumns([...session.inputs], signature.columns);
  const outputs = await session.run(encodeColumns(layout, cellsOf, ROWS.length));
  await session.release();
  expect(outputs.output_label?.data).toEqual(LABELS);
  const probabilities = Array.from(outputs.output_probability?.data ?? [], Number);
  expect(probabilities).toEqual(DEFAULTED.flatMap((p) => [expect.closeTo(p, 5), expect.closeTo(1 - p, 5)]));
});

test('a column of the wrong type is refused by its name', () => {
  const { signature } = register({ inputs: INPUTS });
  const layout = layColumns(signature.inputs, signature.columns);
  const cells = (name: string) => (name === 'age' ? ['old'] : cellsOf(name).slice(0, 1));
  expect(() => encodeColumns(layout, cells, 1)).toThrow(/column 'age', row 0: expected .*given "old"/);
});

describe.each([
  ['declared in another order', { inputs: INPUTS, output: OUTPUT }],
  ['that nobody declared', { output: OUTPUT }],
])('with columns %s, the pipeline', (_, declared) => {
  test('answers invocations with records and CSV', async () => {
    const version = versionOf('pipeline', 1, register(declared));
    const { call } = world(ROUTES.champion, { keys: undefined }, { champion: version });
    const post = (body: string, type: string) =>
      call('POST', '/models/credit/invocations', body, application, 'k', { 'content-type': type });
    const predictions = LABELS.map((label, row) => ({ label, score: expect.closeTo(DEFAULTED[row] ?? 0, 5) }));
    const records = await post(JSON.stringify({ dataframe_records: ROWS }), 'application/json');
    expect(records.json).toEqual({ predictions });
    const lines = ROWS.map(({ age, region, income, channel }) => `${channel},${age},${region},${income}`);
    const csv = await post(`channel,age,region,income\n${lines.join('\n')}\n`, 'text/csv');
    expect(csv.json).toEqual({ predictions });
  });

  test('is evaluated on named columns in any order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pipeline-'));
    const files = new MemoryFiles(folder);
    const rows = ROWS.map((row, at) => `${LABELS[at]},${row.channel},${row.age},${row.region},${row.income}`);
    const csv = `outcome,channel,age,region,income\n${Array.from({ length: 20 }, () => rows.join('\n')).join('\n')}\n`;
    const request = requestOf(runnableOf(files, GRAPH, declared), dataOf(files, csv, { label: 'outcome' }));
    const response = await runCandidate(request, portsOf(files, buildChild()));
    rmSync(folder, { recursive: true, force: true });
    expect(response).toMatchObject({
      status: 'evaluated',
      findings: { evidence: { metrics: { accuracy: 1 } } },
    });
  });
});
