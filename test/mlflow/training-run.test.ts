import { trainingRunOf } from '../../lambdas/mlflow/domain/training-run';
import { trainedBy } from '../../lambdas/mlflow/trained-by';
import { datasetKey } from '../../lambdas/registry/adapters/keys';
import { datasetOfPath, type ModelVersion, trainingRunSchema } from '../../lambdas/registry/contract';
import { lineageOf } from '../../lambdas/registry/domain/describe-version';
import { registered } from '../evaluation/versions';
import { inMemory, type TrackingWorld } from './tracking-world';

const TAGS = {
  'mlflow.source.name': 'train.py',
  'mlflow.source.git.commit': 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
  'mlflow.source.git.repoURL': 'https://ada:secret@git.example/risk.git?token=x',
};
const dataset = (name: string, given: object = {}, context?: string) => ({
  dataset: { name, digest: '1a2b3c4d', source_type: 's3', source: '{"uri":"s3://lake/a.csv"}', ...given },
  tags: context === undefined ? [] : [{ key: 'mlflow.data.context', value: context }],
});

const logged = async (world: TrackingWorld, tags: object, datasets: object[]) => {
  const run_id = await world.run({ tags: Object.entries(tags).map(([key, value]) => ({ key, value })) });
  await world.must('POST runs/log-inputs', { run_id, datasets });
  const run = await world.store.run(run_id);
  if (run === undefined) throw new Error('no run');
  return trainingRunOf(run);
};

test('a run tells its datasets, its repository and its commit, and no secrets', async () => {
  const found = await logged(inMemory(), TAGS, [
    dataset('loans', { profile: '{"num_rows": 900, "num_elements": 9000}' }, 'training'),
    dataset('bureau', { digest: 'ffff0000', source: '{"url":"https://u:p@lake.example/b.csv?X-Amz-Signature=abc"}' }),
    dataset('tuning', { source: 'no JSON', profile: '{"num_rows":"many"}' }, 'fine-tuning'),
    dataset('tests', {}, 'Eval'),
    dataset('held', {}, 'validation'),
  ]);
  expect(found).toMatchObject({
    datasets: [
      { name: 'bureau', digest: 'ffff0000', uri: 'https://lake.example/b.csv' },
      { name: 'loans', digest: '1a2b3c4d', uri: 's3://lake/a.csv', rows: 900 },
      { name: 'tuning', digest: '1a2b3c4d' },
    ],
    code: { repo: 'https://git.example/risk.git', commit: TAGS['mlflow.source.git.commit'] },
  });
  expect(JSON.stringify(found)).not.toMatch(/secret|Signature|tests|held/);
});

test.each<[string, object, object | undefined]>([
  ['what ran, without a repository', { 'mlflow.source.name': 'train.py' }, { repo: 'train.py' }],
  ['nothing, without either', { 'mlflow.source.git.commit': 'c0ffee' }, undefined],
  [
    'no commit that is none',
    { ...TAGS, 'mlflow.source.git.commit': 'x'.repeat(65) },
    { repo: 'https://git.example/risk.git' },
  ],
])('of code it tells %s', async (_, tags, code) => {
  expect((await logged(inMemory(), tags, [])).code).toEqual(code);
});

test('whatever a client may log of datasets fits a version', async () => {
  const { datasets } = await logged(inMemory(), {}, [
    dataset('n'.repeat(500)),
    dataset(`${'n'.repeat(499)}m`),
    dataset('a', { digest: 'none' }),
    dataset('b', { digest: 'two words/é' }),
    dataset('c', { source: JSON.stringify({ uri: `s3://${'x'.repeat(5000)}` }) }),
  ]);
  expect(trainingRunSchema.parse({ id: 'r', datasets }).datasets).toEqual(datasets);
  expect(new Set(datasets.map(({ name }) => name)).size).toBe(5);
  // Each is found again by the path that leads to it.
  for (const { name, digest = '' } of datasets) {
    expect(datasetKey(datasetOfPath({ name, digest }))).toBe(`DATASET#${name}@${digest}`);
    expect(digest).not.toBe('none');
  }
});

test('a registration finds its run by its id, by the logged model, or by the source', async () => {
  const world = inMemory();
  const run_id = await world.run();
  const model = await world.model({ source_run_id: run_id });
  for (const named of [
    { run_id, source: 's3://x' },
    { model_id: model, source: 's3://x' },
    { source: `models:/${model}` },
    { source: `runs:/${run_id}/model` },
  ])
    expect(await trainedBy(named, world.store)).toMatchObject({ runId: run_id, trained: { run: { id: run_id } } });
  expect(await trainedBy({ run_id: 'elsewhere', source: 's3://x' }, world.store)).toEqual({
    runId: 'elsewhere',
    trained: {},
  });
  expect(await trainedBy({ source: 's3://x' }, world.store)).toEqual({ runId: undefined, trained: {} });
  await world.must('POST runs/log-inputs', {
    run_id,
    datasets: Array.from({ length: 41 }, (_, n) => dataset(`d${n}`)),
  });
  await expect(trainedBy({ run_id, source: 's3://x' }, world.store)).rejects.toThrow(
    /logged 41 datasets .* limit of 40/,
  );
});

describe('where contender.yaml does not say', () => {
  const run = {
    id: 'r1',
    datasets: [{ name: 'loans', digest: '1a2b3c4d' }],
    code: { repo: 'git://risk', commit: 'c0ffee' },
  };
  const lineage = (training: object) => lineageOf({ ...registered(1, { training }), run } as ModelVersion);
  const declared = [{ name: 'declared' }];
  test.each<[object, object]>([
    [{}, { ...run, id: undefined, run: 'r1', fromRun: ['datasets', 'code'] }],
    [{ datasets: declared }, { datasets: declared, code: run.code, run: 'r1', fromRun: ['code'] }],
    [
      { code: { repo: 'x' }, parent: 2 },
      { datasets: run.datasets, code: { repo: 'x' }, parent: 2, fromRun: ['datasets'] },
    ],
    [
      { datasets: declared, code: { repo: 'x' } },
      { datasets: declared, code: { repo: 'x' }, fromRun: [] },
    ],
  ])('%j is completed by the run', (training, expected) => {
    const { id: _, ...wanted } = expected as { id?: string };
    expect(lineage(training)).toMatchObject(wanted);
  });
});
