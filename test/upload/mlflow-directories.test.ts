import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readMlmodel } from '../../lambdas/upload/domain/read-mlmodel';
import { UploadRejected } from '../../lambdas/upload/domain/rejected';
import { registerPrefix } from '../../lambdas/upload/register-prefix';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { ADA, UploadWorld } from './fakes';
import { model, value } from './onnx-bytes';

type Files = Readonly<Record<string, Uint8Array | string>>;

/** A directory that the real mlflow wrote: test/oracles/mlflow_models.py. */
const savedBy = (name: string): Record<string, Buffer> => {
  const folder = join(__dirname, '../oracles/fixtures/mlflow', name);
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
};

const register = (world: UploadWorld, key: string) => registerUpload('uploads', key, world);

const arrive = async (world: UploadWorld, files: Files, order: readonly string[] = Object.keys(files)) => {
  const outcomes: string[] = [];
  for (const path of order)
    outcomes.push((await register(world, world.put(`inbox/wage/run/${path}`, files[path] ?? ''))).outcome);
  return outcomes;
};

const versionsOf = (world: UploadWorld) => world.registrations.versions.get('wage') ?? [];

const registered = async (files: Files) => {
  const world = new UploadWorld();
  await arrive(world, files);
  return versionsOf(world).at(-1);
};

const number = (name: string, type: string) => expect.objectContaining({ name, type });

test.each([
  ['columns', [number('age', 'double'), number('income', 'double')]],
  ['tensor', []],
  ['bare', []],
  [
    'named-inputs',
    [
      { name: 'age', type: 'float', tensor: 'age' },
      { name: 'income', type: 'float', tensor: 'income' },
    ],
  ],
  ['external-data', []],
])(
  'a directory that mlflow.onnx saved with %s is a version with just what is known of its columns',
  async (name, columns) => {
    const version = await registered(savedBy(name));
    expect(version).toMatchObject({ runtime: { kind: 'onnx', file: 'model.onnx' }, signature: { columns } });
    expect(version && 'files' in version ? version.files.map(({ path }) => path).sort() : []).toEqual(
      Object.keys(savedBy(name)).sort(),
    );
  },
);

test.each(['columns', 'external-data', 'bare'])(
  'in whatever order the files of %s arrive, the last one makes the one version',
  async (name) => {
    const files = savedBy(name);
    const paths = Object.keys(files);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(paths, { minLength: paths.length }), async (order) => {
        const world = new UploadWorld();
        const outcomes = await arrive(world, files, order);
        expect(outcomes).toEqual([...Array(paths.length - 1).fill('waiting'), 'registered']);
      }),
      { numRuns: 30 },
    );
  },
);

test('a signature that MLflow could not infer says nothing', async () => {
  const files = savedBy('tensor');
  const text = String(files.MLmodel).replace(/inputs: '.*'/, `inputs: '[{"type": "any", "required": true}]'`);
  expect(text).toContain('"any"');
  expect(await registered({ ...files, MLmodel: text })).toMatchObject({ signature: { columns: [] } });
});

test('requirements that only python_env.yaml names are waited for, and named', async () => {
  const { 'requirements.txt': _, ...rest } = savedBy('columns');
  const world = new UploadWorld();
  await arrive(world, rest);
  expect(await register(world, 'inbox/wage/run/MLmodel')).toEqual({
    outcome: 'waiting',
    missing: ['requirements.txt'],
  });
});

test('contender.yaml adds what MLmodel does not say', async () => {
  const manifest = 'inputs: [{ name: age, min: 18 }, { name: income, unit: EUR }]\nowner: risk';
  const version = await registered({ 'contender.yaml': manifest, ...savedBy('columns') });
  expect(version).toMatchObject({
    manifest: { owner: 'risk' },
    signature: {
      columns: [
        { name: 'age', min: 18 },
        { name: 'income', unit: 'EUR' },
      ],
    },
  });
});

test('a model that MLflow logged with scikit-learn is rejected once, by name, and told the way', async () => {
  const files = savedBy('sklearn');
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(Object.keys(files), { minLength: Object.keys(files).length }),
      async (order) => {
        const world = new UploadWorld();
        await arrive(world, files, order);
        expect(new Set(versionsOf(world).map(({ uploadHash }) => uploadHash)).size).toBe(1);
      },
    ),
    { numRuns: 20 },
  );
  const version = await registered({ MLmodel: files.MLmodel ?? '' });
  expect(version).toMatchObject({
    rejection: {
      code: 'no-onnx-flavor',
      message: expect.stringMatching(/the flavors python_function, sklearn,.*mlflow\.onnx\.log_model/),
    },
  });
});

const saying = (inputs: object[] | undefined, outputs?: object[]): string =>
  JSON.stringify({
    flavors: { onnx: { data: 'model.onnx' } },
    signature: {
      ...(inputs ? { inputs: JSON.stringify(inputs) } : {}),
      ...(outputs ? { outputs: JSON.stringify(outputs) } : {}),
    },
  });
const column = (name: string, type = 'double') => ({ name, type });
const tensor = (dtype: string, shape: number[], name?: string) => ({
  type: 'tensor',
  'tensor-spec': { dtype, shape },
  ...(name ? { name } : {}),
});
const PAIR = { inputs: [value('age', [-1]), value('income', [-1])] };
const TEXT = { inputs: [value('x', [-1, 2], 8)] };

const CONTRADICTIONS: Array<[string, string, object, RegExp]> = [
  [
    'more columns',
    saying([column('a'), column('b'), column('c')]),
    {},
    /MLmodel names 3 .*model\.onnx takes FP32 \[-1, 2\]/,
  ],
  [
    'a text for a number',
    saying([column('a'), column('b', 'string')]),
    {},
    /MLmodel.*"b".*string.*model\.onnx takes FP32/,
  ],
  [
    'a number for a text',
    saying([column('a'), column('b', 'string')]),
    TEXT,
    /MLmodel.*"a".*double.*model\.onnx takes BYTES/,
  ],
  ['a time', saying([column('a'), column('b', 'datetime')]), {}, /MLmodel.*"b".*datetime/],
  ['other inputs', saying([column('age'), column('wage')]), PAIR, /MLmodel.*age, wage.*model\.onnx are age, income/],
  ['inputs without names', saying([{ type: 'double' }, { type: 'double' }]), PAIR, /without a name.*age, income/],
  ['another element type', saying([tensor('int64', [-1, 2])]), {}, /MLmodel.*int64 \[-1, 2\].*model\.onnx it is FP32/],
  ['another width', saying([tensor('float32', [-1, 3])]), {}, /\[-1, 3\], but in model\.onnx it is FP32 \[-1, 2\]/],
  ['another rank', saying([tensor('float32', [-1])]), {}, /\[-1\], but in model\.onnx it is FP32 \[-1, 2\]/],
  [
    'another input tensor',
    saying([tensor('float32', [-1, 2], 'z')]),
    {},
    /MLmodel names the inputs z.*model\.onnx are x/,
  ],
  ['another output', saying(undefined, [column('risk')]), {}, /MLmodel names the output "risk".*model\.onnx are y/],
  [
    'another output type',
    saying(undefined, [tensor('str', [-1, 2], 'y')]),
    {},
    /MLmodel.*"y" is str.*model\.onnx it is FP32/,
  ],
];

test.each(CONTRADICTIONS)(
  'a signature with %s than the graph is rejected, and both are named',
  async (_what, mlmodel, graph, words) => {
    expect(await registered({ MLmodel: mlmodel, 'model.onnx': model(graph) })).toMatchObject({
      rejection: { code: 'signature-mismatch', message: expect.stringMatching(words) },
    });
  },
);

test.each([
  ['float64, which mlflow.onnx casts', saying([tensor('float64', [-1, 2])]), {}],
  ['a variable dimension', saying([tensor('float32', [-1, -1], 'x')]), {}],
  ['texts of a length', saying([tensor('<U12', [-1, 2])]), TEXT],
  ['outputs without a name', saying(undefined, [{ type: 'long' }]), {}],
  ['columns without names', saying([{ type: 'double' }, { type: 'double' }]), {}],
  [
    'numbers for names',
    saying([
      { type: 'double', name: 0 },
      { type: 'double', name: 1 },
    ]),
    {},
  ],
])('a signature with %s agrees with the graph', async (_what, mlmodel, graph) => {
  expect(await registered({ MLmodel: mlmodel, 'model.onnx': model(graph) })).toMatchObject({
    runtime: { kind: 'onnx' },
  });
});

test('a number that may be absent is NaN then; a count that may be absent is not made up', async () => {
  const specs = [
    { ...column('a'), required: false },
    { ...column('b', 'long'), required: false },
  ];
  expect(await registered({ MLmodel: saying(specs), 'model.onnx': model() })).toMatchObject({
    signature: {
      columns: [
        { name: 'a', type: 'double', missing: 'nan' },
        { name: 'b', type: 'long' },
      ],
    },
  });
});

test.each([
  [
    'other names than contender.yaml',
    'inputs: [{ name: b }, { name: a }]',
    'signature-mismatch',
    /contender\.yaml names the inputs b, a, but MLmodel a, b/,
  ],
  ['another graph than contender.yaml', 'model: other.onnx', 'bad-manifest', /model: other\.onnx, but MLmodel/],
])('an MLmodel with %s is rejected', async (_what, manifest, code, words) => {
  const files = { MLmodel: saying([column('a'), column('b')]), 'other.onnx': model(), 'model.onnx': model() };
  expect(await registered({ ...files, 'contender.yaml': manifest })).toMatchObject({
    rejection: { code, message: expect.stringMatching(words) },
  });
});

test.each([
  [
    'a signature that is no JSON',
    'flavors: { onnx: { data: m.onnx } }\nsignature: { inputs: "[" }',
    /line 2: signature\.inputs: is no JSON/,
  ],
  [
    'a graph outside',
    'flavors: { onnx: { data: ../m.onnx } }',
    /line 1: flavors\.onnx\.data: leaves the model directory/,
  ],
  ['an absolute graph', 'flavors: { onnx: { data: "C:\\\\m.onnx" } }', /leaves the model directory/],
  ['no graph', 'flavors: { onnx: {} }', /flavors\.onnx\.data/],
  ['no flavors', 'mlflow_version: 3', /flavors/],
  ['YAML that is none', 'flavors: [', /MLmodel line 1/],
])('an MLmodel with %s is a fault of the directory, with its line', (_what, text, words) => {
  expect(() => readMlmodel(text)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(words),
      rejection: expect.objectContaining({ code: 'bad-mlmodel' }),
    }),
  );
});

test('whatever stands in MLmodel is read or refused, never an accident', () => {
  const json = fc.json({ maxDepth: 3 });
  fc.assert(
    fc.property(json, json, fc.json({ maxDepth: 4 }), (inputs, outputs, other) => {
      const flavors = { onnx: { data: 'm.onnx' }, python_function: { env: JSON.parse(other) } };
      try {
        readMlmodel(JSON.stringify({ flavors, signature: { inputs, outputs } }));
      } catch (error) {
        if (!(error instanceof UploadRejected)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

const PREFIX = 'mlflow/1/models/m-1/artifacts/';
const request = { model: 'wage', bucket: 'uploads', prefix: PREFIX, actor: ADA };
const leave = (world: UploadWorld, files: Files) => {
  for (const [path, body] of Object.entries(files)) world.put(PREFIX + path, body);
};

test('what lies below a prefix is registered for who asks, and is known when asked again', async () => {
  const world = new UploadWorld();
  leave(world, savedBy('columns'));
  expect(await registerPrefix(request, world)).toEqual({ outcome: 'registered', version: 1 });
  expect(versionsOf(world)[0]).toMatchObject({ uploader: ADA, source: { key: PREFIX } });
  expect(await registerPrefix(request, world)).toEqual({ outcome: 'known', version: 1 });
  // Another model of the same bytes is a version of its own.
  expect(await registerPrefix({ ...request, model: 'credit' }, world)).toEqual({ outcome: 'registered', version: 1 });
});

test('what trained it is on record as it was said when the bytes were registered first', async () => {
  const world = new UploadWorld();
  leave(world, savedBy('columns'));
  const run = { id: 'r1', datasets: [{ name: 'loans', digest: '1a2b3c4d' }], code: { repo: 'git://risk' } };
  await registerPrefix({ ...request, run }, world);
  await registerPrefix({ ...request, run: { ...run, id: 'r2' } }, world);
  expect(versionsOf(world).map((version) => version.run)).toEqual([run]);
});

test('a prefix that is not whole waits, and nothing is recorded; one with a fault is rejected with why', async () => {
  const world = new UploadWorld();
  const { 'model.onnx': graph = Buffer.alloc(0), ...rest } = savedBy('columns');
  leave(world, rest);
  expect(await registerPrefix(request, world)).toEqual({ outcome: 'waiting', missing: ['model.onnx'] });
  expect(versionsOf(world)).toEqual([]);
  leave(world, { 'model.onnx': graph.subarray(0, 30) });
  const rejection = { code: 'not-onnx', message: expect.stringMatching(/truncated/) };
  expect(await registerPrefix(request, world)).toEqual({ outcome: 'rejected', version: 1, rejection });
  expect(await registerPrefix(request, world)).toEqual({ outcome: 'known', version: 1, rejection });
});

test('an empty prefix is the mistake of who asks', async () => {
  await expect(registerPrefix(request, new UploadWorld())).rejects.toThrow(/nothing lies below s3:\/\/uploads\/mlflow/);
});
