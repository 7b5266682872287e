import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { openSlotSchema } from '../../lambdas/upload/contract';
import { expireUploads } from '../../lambdas/upload/expire-uploads';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { tarGzOf, zipOf } from './archive-bytes';
import { ADA, SLOT_ID, slotOf, UploadWorld } from './fakes';
import { external, model } from './onnx-bytes';

const PREFIX = `inbox/wage/slot-${SLOT_ID}/`;
const HOUR = 3_600_000;
const GRAPH = model();
type Files = Readonly<Record<string, Uint8Array | string>>;

const announce = (files: Files) =>
  Object.entries(files).map(([path, body]) => ({
    path,
    size: Buffer.byteLength(body),
    sha256: createHash('sha256').update(body).digest('hex'),
  }));

/** A world with a slot for these files. */
const opened = (files: Files): UploadWorld => {
  const world = new UploadWorld();
  world.registrations.slots.set(SLOT_ID, slotOf('wage', { files: announce(files) }));
  return world;
};
const arrive = (world: UploadWorld, path: string, body: Uint8Array | string) =>
  registerUpload('uploads', world.put(PREFIX + path, body), world);
const versionsOf = (world: UploadWorld) => world.registrations.versions.get('wage') ?? [];
const orderOf = (files: Files) => fc.shuffledSubarray(Object.keys(files), { minLength: Object.keys(files).length });

const LONE: Array<[string, () => Promise<Files> | Files]> = [
  ['a graph', () => ({ 'model.onnx': GRAPH })],
  ['a .zip of a graph', async () => ({ 'm.zip': await zipOf({ 'model.onnx': GRAPH }) })],
  ['a .tar.gz of a folder', async () => ({ 'm.tar.gz': await tarGzOf({ 'contender.yaml': '', 'a.onnx': GRAPH }) })],
];

test.each(LONE)('%s that was announced alone is an upload by itself', async (_what, filesOf) => {
  const files = await filesOf();
  const [[path, body] = ['', '']] = Object.entries(files);
  const world = opened(files);
  expect(await arrive(world, path, body)).toMatchObject({ outcome: 'registered', version: 1 });
  expect(versionsOf(world)).toMatchObject([{ uploader: ADA, slot: SLOT_ID }]);
});

const FOLDERS: Array<[string, Files]> = [
  ['a folder with a file that nothing names', { 'contender.yaml': '', 'm.onnx': GRAPH, 'notes.txt': 'x' }],
  [
    'a graph with its tensors, which nothing describes,',
    { 'm.onnx': model({ initializers: [external('w.bin')] }), 'w.bin': 'w' },
  ],
];

test.each(FOLDERS)('%s is whole when all that was announced is there, in whatever order', async (_what, files) => {
  await fc.assert(
    fc.asyncProperty(orderOf(files), async (order) => {
      const world = opened(files);
      const outcomes: string[] = [];
      for (const path of order) outcomes.push((await arrive(world, path, files[path] ?? '')).outcome);
      expect(outcomes).toEqual([...order.slice(1).map(() => 'waiting'), 'registered']);
      expect(versionsOf(world)).toMatchObject([{ uploader: ADA, files: order.map(() => expect.anything()) }]);
    }),
    { numRuns: 20 },
  );
});

test('what lacks something that was not announced either is rejected at once, for nothing else will come', async () => {
  const files = { 'contender.yaml': 'golden: { data: golden.csv }', 'm.onnx': GRAPH };
  const world = opened(files);
  await arrive(world, 'm.onnx', GRAPH);
  expect(await arrive(world, 'contender.yaml', files['contender.yaml'])).toMatchObject({ outcome: 'rejected' });
  expect(versionsOf(world)).toMatchObject([
    { rejection: { code: 'incomplete', message: expect.stringMatching(/lacks golden\.csv; upload everything/) } },
  ]);
});

test('a folder without any model is rejected at once, and told what would be one', async () => {
  const world = opened({ 'notes.txt': 'x', 'data.csv': 'y' });
  await arrive(world, 'notes.txt', 'x');
  await arrive(world, 'data.csv', 'y');
  expect(versionsOf(world)).toMatchObject([
    {
      rejection: {
        code: 'no-model-file',
        message: expect.stringMatching(/no \.onnx file, contender\.yaml or MLmodel/),
      },
    },
  ]);
});

test('other bytes than those that were announced are not taken; the right ones still may come', async () => {
  const files = { 'contender.yaml': '', 'm.onnx': GRAPH };
  const world = opened(files);
  const other = model({ initializers: [external('w.bin')] });
  const altered = Buffer.from(GRAPH);
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
  await arrive(world, 'contender.yaml', '');
  for (const wrong of [other, altered]) expect((await arrive(world, 'm.onnx', wrong)).outcome).toBe('waiting');
  expect(world.waiting.notes.get(PREFIX)?.missing).toEqual([expect.stringMatching(/^m\.onnx with the SHA-256/)]);
  expect((await arrive(world, 'm.onnx', GRAPH)).outcome).toBe('registered');
});

test('what does not come as announced is rejected once the deadline is over, with what is wrong', async () => {
  const files = { 'contender.yaml': '', 'm.onnx': GRAPH };
  const world = opened(files);
  await arrive(world, 'm.onnx', GRAPH.slice(1));
  await arrive(world, 'contender.yaml', '');
  world.at = 1000 + HOUR;
  await expireUploads(world);
  expect(versionsOf(world)).toMatchObject([
    {
      rejection: {
        code: 'incomplete',
        message: expect.stringMatching(/lacks m\.onnx with the \d+ bytes that were announced/),
      },
    },
  ]);
});

test('a file that somebody slipped into the slot makes the upload one by an unknown hand', async () => {
  const files = { 'contender.yaml': '', 'm.onnx': GRAPH };
  const world = opened(files);
  await arrive(world, 'slipped.txt', 'x');
  for (const path of Object.keys(files)) await arrive(world, path, files[path as keyof typeof files]);
  expect(versionsOf(world)).toMatchObject([{ uploader: { kind: 'unknown' } }]);
});

test('a path is announced once', () => {
  const file = { path: 'm.onnx', size: 1 };
  expect(openSlotSchema.safeParse({ files: [file] }).success).toBe(true);
  expect(openSlotSchema.safeParse({ files: [file, file] }).success).toBe(false);
});
