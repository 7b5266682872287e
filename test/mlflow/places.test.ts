import { Artifacts } from '../../lambdas/mlflow/artifacts';
import type { Caller } from '../../lambdas/mlflow/call';
import type { ModelViews } from '../../lambdas/mlflow/model-views';
import { Places } from '../../lambdas/mlflow/places';
import { registered } from '../evaluation/versions';

const ADA = { kind: 'person' as const, id: 'ada', name: 'Ada', roles: ['data-scientist' as const], teams: [] };
const CALLER: Caller = { identity: ADA, actor: { kind: 'person', id: 'ada' }, at: 1 };

describe('a caller’s own place', () => {
  const places = new Places('uploads');

  test('is all that a model is registered from', () => {
    expect(places.uriFor(ADA)).toBe('s3://uploads/mlflow/user-ada/');
    expect(places.ownPrefix('s3://uploads/mlflow/user-ada/0/run/artifacts/model', ADA)).toBe(
      'mlflow/user-ada/0/run/artifacts/model/',
    );
  });

  test.each([
    's3://uploads/mlflow/user-ada/',
    's3://uploads/mlflow/user-ada/../user-eve/model',
    's3://uploads/mlflow/user-adam/model',
    's3://uploads/mlflow/user-eve/model',
    's3://other/mlflow/user-ada/model',
    'file:///etc',
    'models:/credit/1',
    '',
  ])('%s is refused', (source) => {
    expect(() => places.ownPrefix(source, ADA)).toThrow(
      /cannot be registered: a model is registered from the caller's own place/,
    );
  });
});

describe('files of a version', () => {
  const version = { ...registered(1, {}, ['MLmodel', 'data/a.csv', 'data/b/c.csv']), model: 'credit' };
  const views = {
    model: async (name: string) => ({ model: name }),
    access: async (model: string) => ({ model, mode: 'open', grants: [] }),
    version: async () => version,
  } as unknown as ModelViews;
  const artifacts = new Artifacts(
    views,
    async ({ artifactPrefix }, path) => `https://s3.test/${artifactPrefix}${path}`,
  );

  test('are listed folder by folder', async () => {
    const names = async (path: string) =>
      (await artifacts.list(path, CALLER)).files.map(({ path: name, is_dir }) => name + (is_dir ? '/' : ''));
    expect(await names('models/credit/1')).toEqual(['data/', 'model.onnx', 'MLmodel']);
    expect(await names('models/credit/1/data')).toEqual(['b/', 'a.csv']);
    expect(await names('models/credit/1/none')).toEqual([]);
  });

  test('are read by a link, if they are the version’s', async () => {
    expect(await artifacts.read('models/credit/1/data/a.csv', CALLER)).toEqual({
      kind: 'link',
      url: expect.stringMatching(/models\/credit\/\w+\/data\/a\.csv$/),
    });
    await expect(artifacts.read('models/credit/1/../../other', CALLER)).rejects.toThrow(/there is no file/);
    await expect(artifacts.read('elsewhere', CALLER)).rejects.toThrow(/artifacts are at models/);
  });

  test('are not for whoever may not read the model', async () => {
    const restricted = { ...views, access: async (model: string) => ({ model, mode: 'restricted', grants: [] }) };
    const closed = new Artifacts(restricted as unknown as ModelViews, async () => 'x');
    await expect(closed.read('models/credit/1/MLmodel', CALLER)).rejects.toThrow(/is restricted/);
  });
});
