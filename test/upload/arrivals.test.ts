import fc from 'fast-check';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { SLOT_ID, slotOf, UploadWorld } from './fakes';
import { external, model } from './onnx-bytes';

const GRAPH = model();
const WHOLE: Readonly<Record<string, Uint8Array | string>> = {
  'contender.yaml': 'evaluation: { data: evaluation.csv, label: y }\ngolden: { data: golden.csv }\nowner: risk',
  'evaluation.csv': 'x,y\n1,0\n',
  'golden.csv': 'x\n1\n',
  'model.onnx': GRAPH,
};

const register = (world: UploadWorld, key: string) => registerUpload('uploads', key, world);

/** Puts the files one by one, and tells of each as soon as it is there. @returns what was said to each */
const arrive = async (
  world: UploadWorld,
  files: Readonly<Record<string, Uint8Array | string>>,
  order: readonly string[],
  prefix = 'inbox/wage/v1/',
): Promise<string[]> => {
  const outcomes: string[] = [];
  for (const path of order) {
    const key = world.put(prefix + path, files[path] ?? '');
    outcomes.push((await register(world, key)).outcome);
  }
  return outcomes;
};

const orderOf = (files: object) => fc.shuffledSubarray(Object.keys(files), { minLength: Object.keys(files).length });

test('in whatever order files and their events come, and however often, a whole upload is one version', async () => {
  const events = fc.array(fc.constantFrom(...Object.keys(WHOLE)), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(orderOf(WHOLE), events, async (order, again) => {
      const world = new UploadWorld();
      const outcomes = await arrive(world, WHOLE, order);
      expect(outcomes.slice(0, -1).every((outcome) => outcome === 'waiting')).toBe(true);
      expect(outcomes.at(-1)).toBe('registered');
      for (const path of again) expect((await register(world, `inbox/wage/v1/${path}`)).outcome).toBe('duplicate');
      expect(world.registrations.versions.get('wage')).toHaveLength(1);
    }),
  );
});

const BROKEN: Array<[string, Record<string, Uint8Array | string>, string]> = [
  ['its manifest has an unknown key', { ...WHOLE, 'contender.yaml': 'colour: blue' }, 'bad-manifest'],
  ['its graph is cut off', { ...WHOLE, 'model.onnx': GRAPH.slice(0, 20) }, 'not-onnx'],
  ['it has two graphs', { ...WHOLE, 'other.onnx': GRAPH }, 'no-model-file'],
  ['one of its files is too large', { ...WHOLE, 'evaluation.csv': Buffer.alloc(1001) }, 'too-large'],
];

test.each(BROKEN)('an upload is rejected once when %s, whatever still arrives', async (_what, files, code) => {
  await fc.assert(
    fc.asyncProperty(orderOf(files), async (order) => {
      const world = new UploadWorld();
      world.maxFileBytes = 1000;
      await arrive(world, files, order);
      for (const path of order) await register(world, `inbox/wage/v1/${path}`);
      const rejected = (world.registrations.versions.get('wage') ?? []).filter((version) => 'rejection' in version);
      expect(rejected.map(({ rejection }) => rejection.code)).toEqual([code]);
    }),
    { numRuns: 40 },
  );
});

test('a manifest that was mended is judged anew', async () => {
  const world = new UploadWorld();
  const files = { ...WHOLE, 'contender.yaml': 'colour: blue' };
  await arrive(world, files, Object.keys(files));
  const key = world.put('inbox/wage/v1/contender.yaml', 'owner: risk');
  expect(await register(world, key)).toMatchObject({ outcome: 'registered', version: 2 });
});

test('a model that was exported again in the same folder is judged anew, even if it is as broken', async () => {
  const world = new UploadWorld();
  const files = { 'contender.yaml': '', 'model.onnx': GRAPH.slice(0, 20) };
  expect(await arrive(world, files, Object.keys(files))).toEqual(['waiting', 'rejected']);
  expect(await arrive(world, files, ['model.onnx'])).toEqual(['rejected']);
  expect(await arrive(world, { 'model.onnx': GRAPH }, ['model.onnx'])).toEqual(['registered']);
});

test('the same bytes in another folder are the version that they were', async () => {
  const world = new UploadWorld();
  await arrive(world, WHOLE, Object.keys(WHOLE));
  const again = await arrive(world, WHOLE, Object.keys(WHOLE), 'inbox/wage/v2/');
  expect(again.at(-1)).toBe('duplicate');
  expect(world.registrations.versions.get('wage')).toHaveLength(1);
});

test('tensors beside the graph are waited for, and become files of the version', async () => {
  const world = new UploadWorld();
  const files = {
    'contender.yaml': '',
    'model.onnx': model({ initializers: [external('weights.bin')] }),
    'weights.bin': 'weights',
  };
  expect(await arrive(world, files, Object.keys(files))).toEqual(['waiting', 'waiting', 'registered']);
  expect([...world.stored.keys()].filter((key) => key.endsWith('weights.bin'))).toHaveLength(1);
});

test('a lone graph that keeps tensors beside itself is told to come as a folder', async () => {
  const world = new UploadWorld();
  const key = world.put('inbox/wage/model.onnx', model({ initializers: [external('weights.bin')] }));
  expect((await register(world, key)).outcome).toBe('rejected');
  expect(world.registrations.versions.get('wage')?.[0]).toMatchObject({
    rejection: { code: 'external-data-outside', message: expect.stringMatching(/upload a folder/) as string },
  });
});

test('a graph in a folder waits for its manifest', async () => {
  const world = new UploadWorld();
  expect(await register(world, world.put('inbox/wage/v1/model.onnx', GRAPH))).toEqual({
    outcome: 'waiting',
    missing: ['contender.yaml or MLmodel'],
  });
});

test('what is gone when its event comes is no upload', async () => {
  expect((await register(new UploadWorld(), 'inbox/wage/model.onnx')).outcome).toBe('ignored');
  expect((await register(new UploadWorld(), 'inbox/wage/v1/model.onnx')).outcome).toBe('ignored');
});

test('a hosted model needs no graph, only its endpoint and its inputs', async () => {
  const world = new UploadWorld();
  const manifest = 'runtime: sagemaker\nendpoint: risk-1\ninputs: [{ name: age }]';
  expect((await register(world, world.put('inbox/wage/v1/contender.yaml', manifest))).outcome).toBe('registered');
  expect(world.registrations.versions.get('wage')?.[0]).toMatchObject({
    runtime: { kind: 'sagemaker', endpoint: 'risk-1' },
  });
});

test('more files than an upload may have are refused before one is read', async () => {
  const world = new UploadWorld();
  world.uploads.read = () => Promise.reject(new Error('it was read'));
  for (let i = 0; i < 65; i++) world.put(`inbox/wage/v1/part-${i}`, 'x');
  await register(world, 'inbox/wage/v1/part-0');
  expect(world.registrations.versions.get('wage')?.[0]).toMatchObject({ rejection: { code: 'too-large' } });
});

test('a file that is replaced while it is read fails the event: the next one judges what is there then', async () => {
  const world = new UploadWorld();
  const key = world.put('inbox/wage/model.onnx', GRAPH);
  const { find } = world.uploads;
  world.uploads.find = async (...at) => {
    const found = await find(...at);
    world.put(key, 'other bytes');
    return found;
  };
  await expect(register(world, key)).rejects.toThrow(/replaced/);
  expect(world.registrations.versions.size).toBe(0);
});

test.each([
  ['live', 2000, slotOf('wage'), 'person'],
  ['expired', 2001, slotOf('wage'), 'unknown'],
  ['of another model', 0, slotOf('credit'), 'unknown'],
  ['of the model in another spelling', 0, slotOf('WAGE'), 'person'],
  ['unheard of', 0, undefined, 'unknown'],
])('an upload into a slot that is %s has the right hand', async (_what, at, slot, kind) => {
  const world = new UploadWorld();
  world.at = at;
  if (slot) world.registrations.slots.set(SLOT_ID, slot);
  await arrive(world, WHOLE, Object.keys(WHOLE), `inbox/wage/slot-${SLOT_ID}/`);
  expect(world.registrations.versions.get('wage')?.[0]).toMatchObject({ uploader: { kind } });
});

test('who opened the slot stays the uploader when the event comes after it has closed', async () => {
  const world = new UploadWorld();
  world.registrations.slots.set(SLOT_ID, slotOf('wage'));
  const prefix = `inbox/wage/slot-${SLOT_ID}/`;
  for (const [path, body] of Object.entries(WHOLE)) world.put(prefix + path, body);
  world.at = 2001;
  expect((await register(world, `${prefix}model.onnx`)).outcome).toBe('registered');
  expect(world.registrations.versions.get('wage')?.[0]).toMatchObject({ uploader: { kind: 'person' }, at: 2001 });
});

test('one file that came after the slot had closed makes the hand unknown, also to an event from before', async () => {
  const world = new UploadWorld();
  world.registrations.slots.set(SLOT_ID, slotOf('wage'));
  const prefix = `inbox/wage/slot-${SLOT_ID}/`;
  for (const [path, body] of Object.entries(WHOLE)) world.put(prefix + path, body);
  world.at = 2001;
  world.put(`${prefix}golden.csv`, 'x\n2\n');
  await register(world, `${prefix}model.onnx`);
  expect(world.registrations.versions.get('wage')?.[0]).toMatchObject({ uploader: { kind: 'unknown' } });
});

test('what is stored are the bytes that were hashed, under their digest', async () => {
  const world = new UploadWorld();
  await arrive(world, WHOLE, Object.keys(WHOLE));
  const version = world.registrations.versions.get('wage')?.[0];
  expect(version).toMatchObject({ artifactPrefix: `models/wage/${version?.rootDigest}/` });
  expect(Object.fromEntries(world.stored)).toEqual(
    Object.fromEntries(
      Object.entries(WHOLE).map(([path, body]) => [`models/wage/${version?.rootDigest}/${path}`, Buffer.from(body)]),
    ),
  );
});
