import { DynamoSlots } from '../../../lambdas/upload/adapters/dynamo-slots';
import { DynamoWaitingUploads } from '../../../lambdas/upload/adapters/dynamo-waiting-uploads';
import { expireUploads } from '../../../lambdas/upload/expire-uploads';
import { registerPrefix } from '../../../lambdas/upload/register-prefix';
import { registerUpload } from '../../../lambdas/upload/register-upload';
import { dieEverywhere, type Scenario } from '../../faults/die-everywhere';
import type { Fuse } from '../../faults/fuse';
import { ADA, SLOT_ID, slotOf } from '../../upload/fakes';
import { exampleFiles } from '../world';
import { isWrite, RegistryAccount } from './registry-account';
import { uploadPorts } from './upload-ports';

type Files = Readonly<Record<string, Uint8Array | string>>;
const HOUR = 3_600_000;
const LOGGED = 'mlflow/user-ada/0/run/artifacts/model/';
const WHOLE: Files = exampleFiles(1);
const MANIFEST = Buffer.from(WHOLE['contender.yaml'] ?? '').toString();
const WRONG: Files = { ...WHOLE, 'contender.yaml': 'task: guessing\n' };
const LACKING: Files = { ...WHOLE, 'contender.yaml': `${MANIFEST}\ngolden: { data: golden.csv }\n` };
const TRAINED: Files = {
  ...WHOLE,
  'contender.yaml': MANIFEST.replace('code: { repo:', 'code: { commit: abc, repo:'),
};

const portsOf = (account: RegistryAccount, fuse: Fuse, at?: number) => uploadPorts(account, account.process(fuse), at);

const outcome = async (account: RegistryAccount) => ({
  versions: (await account.versions()).map(({ status, uploader, rootDigest }) => [status, uploader.kind, rootDigest]),
  keys: (await account.items()).map(({ pk, sk }) => (pk.startsWith('UPLOAD#') ? 'UPLOAD' : `${pk} ${sk}`)).sort(),
  artifacts: await account.keysOf(account.artifacts),
  events: (await account.events('wage')).map(({ type, version }) => [type, version]),
});

const scenario = <R>(
  prepare: (account: RegistryAccount) => Promise<unknown>,
  run: Scenario<RegistryAccount, R>['run'],
): Scenario<RegistryAccount, R> => ({
  open: async () => {
    const account = await RegistryAccount.open();
    await prepare(account);
    return account;
  },
  run,
  check: (account) => account.check(),
  outcome,
  close: (account) => account.close(),
  hasEffect: isWrite,
});

jest.setTimeout(180_000);

test.each([
  ['is accepted', TRAINED, 'REGISTERED'],
  ['is rejected', WRONG, 'REJECTED'],
  ['waits', LACKING, undefined],
])('the registration of a folder that %s may die at any command', async (_, files, status) => {
  const seen: unknown[] = [];
  const arrival = scenario(
    (account) => account.upload(files, 'inbox/wage/upload/'),
    (account, fuse) => registerUpload(account.uploads, 'inbox/wage/upload/contender.yaml', portsOf(account, fuse)),
  );
  const calls = await dieEverywhere({
    ...arrival,
    outcome: async (account) => {
      const { versions, ...rest } = await outcome(account);
      seen.push(versions[0]?.[0]);
      return { versions, ...rest };
    },
  });
  expect(new Set(seen)).toEqual(new Set([status]));
  expect(calls).toEqual(expect.arrayContaining(['ListObjectsV2Command', 'TransactWriteItemsCommand']));
});

test('an upload of bytes that are a version already may die at any command, and is on record once', async () => {
  const told: unknown[] = [];
  const repeated = scenario(
    async (account) => {
      await account.upload(WHOLE, 'inbox/wage/first/');
      await registerUpload(account.uploads, 'inbox/wage/first/model.onnx', uploadPorts(account, account.process()));
      await account.upload(WHOLE, 'inbox/wage/upload/');
    },
    (account, fuse) => registerUpload(account.uploads, 'inbox/wage/upload/model.onnx', portsOf(account, fuse)),
  );
  await dieEverywhere({
    ...repeated,
    outcome: async (account, { outcome: word }) => {
      told.push(word);
      return outcome(account);
    },
  });
  expect(new Set(told)).toEqual(new Set(['duplicate']));
});

test('a push may die at any command of its registration, and its slot is told', async () => {
  const slots = (account: RegistryAccount) => new DynamoSlots(account.process().table);
  const pushed = scenario(
    async (account) => {
      await account.upload(WHOLE, `inbox/wage/slot-${SLOT_ID}/`);
      await slots(account).open(slotOf('wage', { expiresAt: Date.now() + HOUR }));
    },
    (account, fuse) => registerUpload(account.uploads, `inbox/wage/slot-${SLOT_ID}/model.onnx`, portsOf(account, fuse)),
  );
  await dieEverywhere({
    ...pushed,
    outcome: async (account) => {
      const slot = (await slots(account).find(SLOT_ID))?.status;
      expect(slot).toEqual({ status: 'REGISTERED', version: 1 });
      return outcome(account);
    },
  });
});

test.each([
  ['rejects', LACKING, 'REJECTED'],
  ['registers', { ...LACKING, 'golden.csv': 'age,truth\n1,above\n' }, 'REGISTERED'],
] as const)('the sweep that %s what was overdue may die at any command', async (_, files, status) => {
  const overdue = scenario(
    async (account) => {
      const prefix = 'inbox/wage/upload/';
      await account.upload(files, prefix);
      const note = { model: 'wage', bucket: account.uploads, prefix, dueAt: 1, missing: ['golden.csv'] };
      await new DynamoWaitingUploads(account.process().table).note(note);
    },
    async (account, fuse) => {
      const swept = await expireUploads(portsOf(account, fuse, Date.now() + 2 * HOUR));
      for (const { result } of swept) if (result.outcome === 'failed') throw result.error;
    },
  );
  await dieEverywhere({
    ...overdue,
    outcome: async (account) => {
      const { versions, ...rest } = await outcome(account);
      expect(versions.map(([is]) => is)).toEqual([status]);
      return { versions, ...rest };
    },
  });
});

test('what a client registers by its prefix may die at any command', async () => {
  const request = (bucket: string) => ({ model: 'wage', bucket, prefix: LOGGED, actor: ADA });
  const registered = scenario(
    (account) => account.upload(WHOLE, LOGGED),
    (account, fuse) => registerPrefix(request(account.uploads), portsOf(account, fuse)),
  );
  await dieEverywhere({
    ...registered,
    outcome: async (account, { outcome: _, ...answer }) => ({ ...(await outcome(account)), answer }),
  });
});
