import { parse } from 'yaml';
import { generatedFiles } from '../../lambdas/mlflow/domain/generated-files';
import { mlmodelSignature } from '../../lambdas/mlflow/domain/mlmodel-signature';
import { type AcceptedVersion, columnSchema, type Signature } from '../../lambdas/registry/contract';
import { readMlmodel } from '../../lambdas/upload/domain/read-mlmodel';
import { registered } from '../evaluation/versions';
import { ADA, RegistryWorld } from './registry-world';

const columns = (...types: readonly string[]) => types.map((type, i) => columnSchema.parse({ name: `c${i}`, type }));
const tensor = (shape: readonly number[], datatype = 'FP32', name = 'x') => ({ name, datatype, shape: [...shape] });
const signature = (
  inputs: readonly object[],
  given: readonly object[] = [],
  outputs: readonly object[] = [tensor([-1, 1], 'FP32', 'y')],
) => ({ inputs, outputs, columns: given }) as unknown as Signature;
const WIDE = [tensor([-1], 'INT64', 'label'), tensor([-1, 2], 'FP32', 'probabilities')];

const unnamed = (dtype: string, shape: readonly number[]) => [{ type: 'tensor', 'tensor-spec': { dtype, shape } }];
const named = (name: string, dtype: string, shape: readonly number[]) => ({
  name,
  type: 'tensor',
  'tensor-spec': { dtype, shape },
});
const column = (name: string, type: string) => ({ name, type, required: true });

test.each([
  [
    'columns by name where the answer is a frame',
    signature([tensor([-1, 3])], columns('double', 'float', 'integer')),
    [column('c0', 'double'), column('c1', 'double'), column('c2', 'long')],
  ],
  [
    'one tensor where the answer is wider than a frame holds',
    signature([tensor([-1, 2])], columns('double', 'double'), WIDE),
    unnamed('float64', [-1, 2]),
  ],
  ['one tensor of unnamed columns', signature([tensor([-1, 2])]), unnamed('float64', [-1, 2])],
  [
    'whole numbers, of which a frame would stay one',
    signature([tensor([-1, 2])], columns('long', 'long')),
    unnamed('float64', [-1, 2]),
  ],
  [
    'whole numbers that the graph takes',
    signature([tensor([-1, 1], 'INT64')], columns('integer')),
    [column('c0', 'long')],
  ],
  ['texts', signature([tensor([-1, 1], 'BYTES')], columns('string')), [column('c0', 'string')]],
  [
    'flags among numbers, which make a frame of objects',
    signature([tensor([-1, 2])], columns('double', 'boolean')),
    unnamed('float64', [-1, 2]),
  ],
  [
    'columns that are encoded before the graph sees them',
    signature(
      [tensor([-1, 4])],
      [
        columnSchema.parse({ name: 'a' }),
        columnSchema.parse({ name: 'r', type: 'string', levels: ['n', 's', 'w'], encode: 'one-hot' }),
      ],
    ),
    unnamed('float64', [-1, 4]),
  ],
  [
    'a width that the columns alone tell',
    signature([tensor([-1, -1])], columns('double', 'double'), WIDE),
    unnamed('float64', [-1, 2]),
  ],
  ['a width that nothing tells', signature([tensor([-1, -1])]), undefined],
  ['doubles', signature([tensor([-1, 2], 'FP64')], [], WIDE), unnamed('float64', [-1, 2])],
  ['an image', signature([tensor([-1, 3, 8, 8])]), unnamed('float32', [-1, 3, 8, 8])],
  [
    'several tensors, by their names',
    signature([tensor([-1, 1], 'FP32', 'age'), tensor([-1, 1], 'BYTES', 'region')], columns('float', 'string')),
    [named('age', 'float32', [-1, 1]), named('region', 'object', [-1, 1])],
  ],
])('the signature of %s', (_, given, inputs) => {
  const made = mlmodelSignature(given);
  expect(made.inputs).toEqual(inputs);
  expect(made.outputs.map((spec) => spec.name)).toEqual(given.outputs.map(({ name }) => name));
});

const VERSION: AcceptedVersion = {
  ...registered(3, { inputs: [{ name: 'age' }, { name: 'income' }] }),
  registeredAt: 1e12,
};

test('the files are what registration itself reads as MLflow’s, and the same whenever they are asked for', () => {
  const files = generatedFiles(VERSION);
  expect([...files.keys()]).toEqual(['MLmodel', 'requirements.txt', 'conda.yaml', 'python_env.yaml']);
  const text = files.get('MLmodel') ?? '';
  expect(readMlmodel(text)).toMatchObject({
    data: 'model.onnx',
    inputs: [
      { name: 'age', type: 'double' },
      { name: 'income', type: 'double' },
    ],
  });
  expect(parse(text)).toMatchObject({
    flavors: { python_function: { loader_module: 'mlflow.onnx', data: 'model.onnx' } },
    metadata: {
      contender: { model: 'credit', version: 3, root_digest: VERSION.rootDigest, columns: ['age', 'income'] },
    },
    model_uuid: VERSION.rootDigest.slice(0, 32),
    utc_time_created: '2001-09-09 01:46:40.000000',
  });
  expect(generatedFiles({ ...VERSION, status: 'REGISTERED' } as AcceptedVersion)).toEqual(files);
});

test('what the version has of its own is not made up', () => {
  const file = (path: string) => ({ path, size: 1, sha256: 'a'.repeat(64) });
  const own = { ...VERSION, files: [...VERSION.files, file('requirements.txt')] };
  expect([...generatedFiles(own).keys()]).toEqual(['MLmodel', 'conda.yaml', 'python_env.yaml']);
  expect(generatedFiles({ ...VERSION, files: [...VERSION.files, file('MLmodel')] }).size).toBe(0);
});

describe('to clients', () => {
  const mount = 'mlflow-artifacts';
  const worldWith = async (changes: Parameters<RegistryWorld['version']>[2] = {}) => {
    const world = new RegistryWorld();
    await world.model('credit', 'open', 1);
    await world.version('credit', 1, changes);
    return world;
  };

  test('they lie beside the graph, and are answered at once', async () => {
    const world = await worldWith();
    const listing = await world.ask('GET artifacts', { mount, query: { path: 'models/credit/1' } });
    const files = listing.json.files as { path: string; file_size: number }[];
    expect(files.map(({ path }) => path)).toEqual([
      'model.onnx',
      'MLmodel',
      'requirements.txt',
      'conda.yaml',
      'python_env.yaml',
    ]);
    for (const { path, file_size } of files.slice(1)) {
      const { status, body } = await world.ask(`GET artifacts/models/credit/1/${path}`, { mount });
      expect([status, Buffer.byteLength(body)]).toEqual([200, file_size]);
    }
    expect((await world.ask('GET artifacts/models/credit/1/model.onnx', { mount })).status).toBe(302);
  });

  test('who may not read the model gets none of them', async () => {
    const world = new RegistryWorld();
    await world.model('secret', 'restricted', 1);
    await world.version('secret', 1);
    expect((await world.ask('GET artifacts/models/secret/1/MLmodel', { mount, as: ADA })).status).toBe(403);
  });

  test('a version on SageMaker says that it cannot be loaded, and its files are read one by one', async () => {
    const world = await worldWith({ runtime: { kind: 'sagemaker', endpoint: 'risk' } });
    const listing = await world.ask('GET artifacts', { mount, query: { path: 'models/credit/1' } });
    expect(listing.json.files.map(({ path }: { path: string }) => path)).toEqual(['model.onnx', 'MLmodel']);
    expect(await world.ask('GET artifacts/models/credit/1/MLmodel', { mount })).toMatchObject({
      status: 400,
      json: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message: expect.stringMatching(/runs on SageMaker and cannot be loaded/),
      },
    });
    expect((await world.ask('GET artifacts/models/credit/1/model.onnx', { mount })).status).toBe(302);
  });
});
