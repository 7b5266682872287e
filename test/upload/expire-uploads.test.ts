import fc from 'fast-check';
import { expireUploads } from '../../lambdas/upload/expire-uploads';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { ADA, SLOT_ID, slotOf, UploadWorld } from './fakes';
import { model } from './onnx-bytes';

const HOUR = 3_600_000;
const FOLDER = 'inbox/wage/v1/';
const MANIFEST = 'golden: { data: golden.csv }';

const arrive = (world: UploadWorld, path: string, body: Uint8Array | string, folder = FOLDER) =>
  registerUpload('uploads', world.put(folder + path, body), world);
const sweep = async (world: UploadWorld) => (await expireUploads(world)).map(({ result }) => result.outcome);
const versionsOf = (world: UploadWorld) => world.registrations.versions.get('wage') ?? [];

/** A folder that lacks its golden data, whose last file came at 1000. */
const incomplete = async (folder = FOLDER): Promise<UploadWorld> => {
  const world = new UploadWorld();
  await arrive(world, 'contender.yaml', MANIFEST, folder);
  await arrive(world, 'model.onnx', model(), folder);
  return world;
};

test('a folder that stays incomplete is rejected once its deadline is over, with what was missing', async () => {
  const world = await incomplete();
  world.at = 1000 + HOUR - 1;
  expect(await sweep(world)).toEqual([]);
  world.at = 1000 + HOUR;
  expect(await sweep(world)).toEqual(['rejected']);
  expect(versionsOf(world)).toMatchObject([
    { rejection: { code: 'incomplete', message: expect.stringMatching(/not whole PT1H after.*lacks golden\.csv/) } },
  ]);
  // Neither the next sweep nor an event that comes again makes another one.
  expect(await sweep(world)).toEqual([]);
  expect(await registerUpload('uploads', `${FOLDER}model.onnx`, world)).toMatchObject({
    outcome: 'duplicate',
    version: 1,
  });
  expect(versionsOf(world)).toHaveLength(1);
});

test('a folder that nothing describes is told what would', async () => {
  const world = new UploadWorld();
  await arrive(world, 'model.onnx', model());
  world.at = 1000 + HOUR;
  await sweep(world);
  expect(versionsOf(world)).toMatchObject([
    { rejection: { message: expect.stringMatching(/contender\.yaml or MLmodel/) } },
  ]);
});

test('every file that arrives begins the wait anew', async () => {
  const world = await incomplete();
  world.at = 1000 + HOUR / 2;
  await arrive(world, 'extra.csv', 'x');
  world.at = 1000 + HOUR;
  expect(await sweep(world)).toEqual([]);
  world.at = 1000 + HOUR / 2 + HOUR;
  expect(await sweep(world)).toEqual(['rejected']);
});

test('a file whose event has not come yet counts all the same', async () => {
  const world = await incomplete();
  world.at = 1000 + HOUR / 2;
  world.put(`${FOLDER}extra.csv`, 'x');
  world.at = 1000 + HOUR;
  expect(await sweep(world)).toEqual(['waiting']);
  expect(await sweep(world)).toEqual([]);
});

test('a folder that is whole when its deadline is over is registered, though its event was lost', async () => {
  const world = await incomplete();
  world.put(`${FOLDER}golden.csv`, 'x\n1\n');
  world.at = 1000 + HOUR;
  expect(await sweep(world)).toEqual(['registered']);
  expect(await sweep(world)).toEqual([]);
});

test('what was deleted meanwhile is forgotten', async () => {
  const world = await incomplete();
  world.objects.clear();
  world.at = 1000 + HOUR;
  expect(await sweep(world)).toEqual(['gone']);
  expect(await sweep(world)).toEqual([]);
  expect(versionsOf(world)).toEqual([]);
});

test('what is missing can still come after the rejection: the folder is judged anew', async () => {
  const world = await incomplete();
  world.at = 1000 + HOUR;
  await sweep(world);
  expect(await arrive(world, 'golden.csv', 'x\n1\n')).toMatchObject({ outcome: 'registered', version: 2 });
});

test('the last file and its event, at any moment of the sweep, never leave a rejection after the registration', async () => {
  const moments = ['list', 'find', 'reject'] as const;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...moments), fc.integer({ min: 1, max: 3 }), async (moment, call) => {
      const world = await incomplete();
      world.at = 1000 + HOUR;
      let calls = 0;
      let isIn = false;
      const last = async () => {
        if (++calls !== call || isIn) return;
        isIn = true;
        await arrive(world, 'golden.csv', 'x\n1\n');
      };
      const { list } = world.uploads;
      const { findUpload, reject } = world.registrations;
      if (moment === 'list')
        world.uploads.list = async (...at) => {
          const found = await list(...at);
          await last();
          return found;
        };
      if (moment === 'find')
        world.registrations.findUpload = async (hash) => {
          await last();
          return findUpload.call(world.registrations, hash);
        };
      if (moment === 'reject')
        world.registrations.reject = async (candidate) => {
          await last();
          return reject.call(world.registrations, candidate);
        };
      await sweep(world);
      const registered = versionsOf(world).map((version) => !('rejection' in version));
      expect(registered).toEqual(isIn ? [true] : [false]);
    }),
    { numRuns: 30 },
  );
});

test('one upload that fails does not keep the others waiting', async () => {
  const world = await incomplete();
  await arrive(world, 'contender.yaml', MANIFEST, 'inbox/wage/v2/');
  world.at = 1000 + HOUR;
  const { list } = world.uploads;
  world.uploads.list = (prefix, limit) =>
    prefix === FOLDER ? Promise.reject(new Error('S3 is away')) : list(prefix, limit);
  expect(await sweep(world)).toEqual(['failed', 'rejected']);
  world.uploads.list = list;
  expect(await sweep(world)).toEqual(['rejected']);
});

test('who opened a slot is the uploader of what stayed incomplete in it', async () => {
  const world = new UploadWorld();
  world.registrations.slots.set(SLOT_ID, slotOf('wage'));
  await arrive(world, 'contender.yaml', MANIFEST, `inbox/wage/slot-${SLOT_ID}/`);
  world.at = 1000 + HOUR;
  await sweep(world);
  expect(versionsOf(world)).toMatchObject([{ uploader: ADA, slot: SLOT_ID, rejection: { code: 'incomplete' } }]);
});
