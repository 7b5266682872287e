import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policySchema } from '../../lambdas/registry/contract';
import { archives } from '../../lambdas/upload/adapters/archive-reader';
import type { AcceptedCandidate, Registered, RejectedCandidate, UploadObject } from '../../lambdas/upload/ports';
import { type RegisterUploadPorts, registerUpload } from '../../lambdas/upload/register-upload';

const EXAMPLE = join(__dirname, '../../examples/living-wage/versions/1');
const read = (file: string): Buffer => readFileSync(join(EXAMPLE, file));

const pinned = (key: string, body: Buffer) => ({ key, size: body.length, id: `"${body.length}"`, putAt: 1000 });

/** A bucket, a registry and a clock in memory. */
class World implements RegisterUploadPorts {
  readonly objects = new Map<string, Buffer>();
  readonly stored = new Map<string, Buffer>();
  readonly accepted: AcceptedCandidate[] = [];
  readonly rejected: RejectedCandidate[] = [];
  private readonly known = new Map<string, number>();
  readonly maxFileBytes = 1_000_000;
  readonly hosting = { deployment: 'test', sagemaker: 'off' } as const;
  readonly now = () => 1000;

  put(key: string, body: Buffer | string): void {
    this.objects.set(key, Buffer.from(body));
  }

  readonly uploads = {
    list: async (prefix: string): Promise<UploadObject[]> =>
      [...this.objects]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, body]) => ({ ...pinned(key, body), path: key.slice(prefix.length) })),
    find: async (key: string, path: string) => {
      const body = this.objects.get(key);
      return body && { ...pinned(key, body), path };
    },
    read: async ({ key }: UploadObject) => this.objects.get(key) ?? Buffer.alloc(0),
  };
  readonly archives = archives;
  readonly incompleteAfter = 'PT1H';
  readonly policies = { policy: async () => ({ policy: policySchema.parse({}) }) };
  readonly waiting = { note: async () => undefined, forget: async () => undefined, due: async function* () {} };
  readonly artifacts = { put: async (key: string, bytes: Uint8Array) => void this.stored.set(key, Buffer.from(bytes)) };
  readonly registrations = {
    findUpload: async (hash: string) => this.known.get(hash),
    findRejection: async () => undefined,
    findSlot: async (slot: string) =>
      slot === 'abcdefghijklmnop'
        ? {
            slot,
            model: 'wage',
            uploader: { kind: 'person' as const, id: 'ada', name: 'Ada' },
            openedAt: 0,
            expiresAt: 2000,
          }
        : undefined,
    register: async (candidate: AcceptedCandidate): Promise<Registered> => {
      this.accepted.push(candidate);
      return this.number(candidate.uploadHash, 'registered');
    },
    reject: async (candidate: RejectedCandidate): Promise<Registered> => {
      this.rejected.push(candidate);
      return this.number(candidate.uploadHash, 'rejected');
    },
  };

  private number(hash: string, outcome: Registered['outcome']): Registered {
    this.known.set(hash, this.known.size + 1);
    return { outcome, version: this.known.size };
  }
}

const FILES = ['contender.yaml', 'evaluation.csv', 'model.onnx'];

test.each([
  ['model.pkl', 'runs code when it is read'],
  ['weights/best.PT', 'runs code when it is read'],
  ['predict.py', 'is a program'],
  ['libs/custom.so.1', 'is a program'],
])('a folder with %s is rejected once, whatever else arrives', async (name, words) => {
  const world = new World();
  for (const file of [name, ...FILES]) {
    world.put(`inbox/wage/v1/${file}`, file === name ? 'x' : read(file));
    await registerUpload('uploads', `inbox/wage/v1/${file}`, world);
  }
  expect(world.accepted).toEqual([]);
  expect(new Set(world.rejected.map(({ uploadHash }) => uploadHash)).size).toBe(1);
  expect(world.rejected[0]?.rejection).toEqual({
    code: 'executable',
    message: expect.stringMatching(`^${name} ${words}.*export the model to ONNX`),
  });
});

test('a lone pickle is rejected, and never read', async () => {
  const world = new World();
  world.put('inbox/wage/model.pkl', 'x');
  const readNothing = { ...world.uploads, read: () => Promise.reject(new Error('it was read')) };
  const ports = Object.assign(Object.create(world), { uploads: readNothing });
  expect(await registerUpload('uploads', 'inbox/wage/model.pkl', ports)).toMatchObject({ outcome: 'rejected' });
  expect(world.rejected[0]?.rejection.code).toBe('executable');
});

test.each([FILES, [...FILES].reverse(), ['evaluation.csv', 'model.onnx', 'contender.yaml']])(
  'files that arrive as %s, %s, %s are registered once, with the last',
  async (...order) => {
    const world = new World();
    const outcomes: string[] = [];
    for (const file of order) {
      world.put(`inbox/wage/v1/${file}`, read(file));
      outcomes.push((await registerUpload('uploads', `inbox/wage/v1/${file}`, world)).outcome);
    }
    expect(outcomes).toEqual(['waiting', 'waiting', 'registered']);
    for (const file of order)
      expect((await registerUpload('uploads', `inbox/wage/v1/${file}`, world)).outcome).toBe('duplicate');
    const [candidate] = world.accepted;
    expect(candidate).toMatchObject({ uploader: { kind: 'unknown' }, runtime: { kind: 'onnx', file: 'model.onnx' } });
    expect([...world.stored.keys()].sort()).toEqual(
      FILES.map((file) => `models/wage/${candidate?.rootDigest}/${file}`),
    );
  },
);

test('what arrives in a live slot is by the hand that opened it; in a foreign model it is not', async () => {
  const world = new World();
  for (const file of FILES) world.put(`inbox/wage/slot-abcdefghijklmnop/${file}`, read(file));
  for (const file of FILES) world.put(`inbox/other/slot-abcdefghijklmnop/${file}`, read(file));
  await registerUpload('uploads', 'inbox/wage/slot-abcdefghijklmnop/model.onnx', world);
  await registerUpload('uploads', 'inbox/other/slot-abcdefghijklmnop/model.onnx', world);
  expect(world.accepted.map(({ uploader }) => uploader.kind)).toEqual(['person', 'unknown']);
});

test('a file over the limit is rejected before a byte of it is read', async () => {
  const world = new World();
  world.put('inbox/wage/big.onnx', Buffer.alloc(1_000_001));
  world.uploads.read = async () => {
    throw new Error('it was read');
  };
  await registerUpload('uploads', 'inbox/wage/big.onnx', world);
  expect(world.rejected[0]?.rejection).toMatchObject({
    code: 'too-large',
    message: expect.stringMatching(/1000001 bytes, over the limit of 1000000/) as string,
  });
});

test('a manifest that answers with no output of the graph is rejected, and says which there are', async () => {
  const world = new World();
  world.put('inbox/wage/v1/model.onnx', read('model.onnx'));
  world.put('inbox/wage/v1/contender.yaml', 'output: { respond: [risk] }');
  expect((await registerUpload('uploads', 'inbox/wage/v1/contender.yaml', world)).outcome).toBe('rejected');
  expect(world.rejected[0]?.rejection).toMatchObject({
    code: 'signature-mismatch',
    message: expect.stringMatching(/output\.respond: \[risk\], .* model\.onnx are label, probabilities/) as string,
  });
});

test('a broken graph is rejected with the digest of what came', async () => {
  const world = new World();
  world.put('inbox/wage/model.onnx', 'no graph');
  expect(await registerUpload('uploads', 'inbox/wage/model.onnx', world)).toMatchObject({
    outcome: 'rejected',
    version: 1,
  });
  expect(world.rejected[0]).toMatchObject({
    rejection: { code: 'not-onnx' },
    rootDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
});

test('what fails on the way is not a rejection: the queue tries again', async () => {
  const world = new World();
  world.put('inbox/wage/model.onnx', read('model.onnx'));
  world.artifacts.put = async () => {
    throw new Error('S3 is away');
  };
  await expect(registerUpload('uploads', 'inbox/wage/model.onnx', world)).rejects.toThrow('S3 is away');
  expect(world.rejected).toEqual([]);
});
