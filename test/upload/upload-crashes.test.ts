import { expireUploads } from '../../lambdas/upload/expire-uploads';
import { registerPrefix } from '../../lambdas/upload/register-prefix';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { dieEverywhere, type Scenario } from '../faults/die-everywhere';
import { tarGzOf } from './archive-bytes';
import { ADA, SLOT_ID, slotOf, UploadWorld } from './fakes';
import { model } from './onnx-bytes';

const HOUR = 3_600_000;
const FOLDER = 'inbox/wage/v1/';
const SLOT = `inbox/wage/slot-${SLOT_ID}/`;
const LOGGED = 'mlflow/user-ada/0/run/artifacts/model/';
const WHOLE = { 'contender.yaml': 'task: regression', 'model.onnx': model() };
const WRONG = { ...WHOLE, 'contender.yaml': 'task: guessing' };
const LACKING = { ...WHOLE, 'contender.yaml': 'golden: { data: golden.csv }' };

type Files = Readonly<Record<string, Uint8Array | string>>;
type Work<R> = Scenario<UploadWorld, R>['run'];

const holding = (files: Files, prefix = FOLDER) => {
  const world = new UploadWorld();
  world.registrations.slots.set(SLOT_ID, slotOf('wage'));
  for (const [path, body] of Object.entries(files)) world.put(prefix + path, body);
  return world;
};

const versionsOf = (world: UploadWorld) => world.registrations.versions.get('wage') ?? [];

/** Whatever is on record has all its files, under the digests that it names. */
const check = (world: UploadWorld) => {
  for (const version of versionsOf(world)) {
    if (!('files' in version)) continue;
    for (const { path } of version.files) expect(world.stored.has(version.artifactPrefix + path)).toBe(true);
  }
};

const outcome = (world: UploadWorld) => ({
  versions: versionsOf(world).map((version) => ('rejection' in version ? version.rejection : version.rootDigest)),
  uploaders: versionsOf(world).map(({ uploader }) => uploader.id),
  waiting: [...world.waiting.notes.values()],
  stored: [...world.stored.keys()].sort(),
});

const scenario = <R>(open: Scenario<UploadWorld, R>['open'], run: Work<R>): Scenario<UploadWorld, R> => ({
  open,
  run,
  check,
  outcome,
});

const arrive =
  (key: string): Work<unknown> =>
  (world, fuse) =>
    registerUpload('uploads', key, fuse.ports(world));

test.each([
  ['a folder', () => holding(WHOLE), `${FOLDER}model.onnx`, 'registrations.register'],
  ['a folder in a slot', () => holding(WHOLE, SLOT), `${SLOT}model.onnx`, 'registrations.findSlot'],
  ['a folder that is rejected', () => holding(WRONG), `${FOLDER}model.onnx`, 'registrations.reject'],
  ['a folder that waits', () => holding(LACKING), `${FOLDER}model.onnx`, 'waiting.note'],
  ['a lone graph', () => holding({ 'm.onnx': model() }, 'inbox/wage/'), 'inbox/wage/m.onnx', 'uploads.find'],
  [
    'an archive',
    async () => holding({ 'm.tar.gz': await tarGzOf(WHOLE) }, 'inbox/wage/'),
    'inbox/wage/m.tar.gz',
    'archives.unpack',
  ],
] as const)(
  'the arrival of %s may die at any call, twice, and leads to what it leads to',
  async (_, open, key, call) => {
    expect(await dieEverywhere(scenario(open, arrive(key)), { inARow: 2 })).toContain(call);
  },
);

/** Folders whose deadline is over: one lacks a file, one is whole by now, one is gone. */
const overdue = async (): Promise<UploadWorld> => {
  const world = holding(LACKING);
  for (const [path, body] of Object.entries(LACKING)) {
    world.put(`inbox/wage/late/${path}`, body);
    world.put(`inbox/wage/gone/${path}`, body);
  }
  for (const folder of ['v1', 'late', 'gone'])
    await registerUpload('uploads', `inbox/wage/${folder}/model.onnx`, world);
  world.at += HOUR;
  world.objects.set('inbox/wage/late/golden.csv', { body: Buffer.from('x,label\n1,2\n'), id: '"g"', putAt: 1000 });
  for (const path of Object.keys(LACKING)) world.objects.delete(`inbox/wage/gone/${path}`);
  return world;
};

test('the sweep of deadlines may die at any call, and the next one completes it', async () => {
  const sweep: Work<unknown> = (world, fuse) => expireUploads(fuse.ports(world));
  const calls = await dieEverywhere(scenario(overdue, sweep));
  expect(calls).toEqual(
    expect.arrayContaining(['waiting.due[]', 'waiting.forget', 'registrations.register', 'registrations.reject']),
  );
});

test.each([
  ['is taken', WHOLE, 'registrations.register'],
  ['is rejected', WRONG, 'registrations.reject'],
  ['is not whole', LACKING, 'uploads.list'],
])(
  'what a client registers by its prefix and %s may die at any call, and is answered the same',
  async (_, files, call) => {
    const request = { model: 'wage', bucket: 'uploads', prefix: LOGGED, actor: ADA };
    const calls = await dieEverywhere(
      {
        ...scenario(
          () => holding(files, LOGGED),
          (world, fuse) => registerPrefix(request, fuse.ports(world)),
        ),
        outcome: (world, { outcome: _, ...answer }) => ({ ...outcome(world), answer }),
      },
      { inARow: 2 },
    );
    expect(calls).toContain(call);
  },
);
