import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { policySchema } from '../../lambdas/registry/contract';
import { describeFile } from '../../lambdas/upload/domain/root-digest';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { UploadWorld } from './fakes';
import { fixture, signingPolicy, withStatement } from './signed-folders';

/** Written by test/oracles/model_signatures.py with OpenSSF's own model_signing. */
const [first] = fixture<{ signatures: [{ publicKey: string; signature: string }] }>('signed.json').signatures;
const MODEL = readFileSync(join(__dirname, '../../examples/diabetes-progression/versions/1/model.onnx'));
const CONTENT = {
  'contender.yaml': 'task: regression\n',
  'nested/Zürich.txt': 'umlauts and folders\n',
  'nested.txt': 'a name that sorts beside the folder\n',
  'model.onnx': MODEL,
};
const trusting = (publicKey: string) => signingPolicy({ keys: [{ name: 'key 1', publicKey }] });

describe('uploads with a signature', () => {
  const UPLOADED: Record<string, string | Buffer> = { 'model.sig': first.signature, ...CONTENT };
  const FOLDER = 'inbox/credit/signed';
  let world: UploadWorld;
  const arrive = (...names: string[]) => {
    for (const name of names) world.put(`${FOLDER}/${name}`, UPLOADED[name] ?? '');
    return registerUpload('bucket', `${FOLDER}/${names.at(-1)}`, world);
  };
  beforeEach(() => {
    world = new UploadWorld();
    world.policyInForce = policySchema.parse({ signing: trusting(first.publicKey) });
  });
  const versionOf = (number: number) => world.registrations.versions.get('credit')?.[number - 1];

  test('a signature is on record, and no part of the root digest', async () => {
    expect(await arrive(...Object.keys(UPLOADED))).toMatchObject({ outcome: 'registered', version: 1 });
    expect(versionOf(1)).toMatchObject({ signing: { status: 'verified', key: 'key 1' } });
    const statement = JSON.parse(Buffer.from(JSON.parse(first.signature).dsseEnvelope.payload, 'base64').toString());
    expect(versionOf(1)?.rootDigest).toBe(statement.subject[0].digest.sha256);
    expect([...world.stored.keys()]).toContain(`models/credit/${versionOf(1)?.rootDigest}/model.sig`);
  });

  test('git’s files may lie beside, unless the manifest makes the version of them', async () => {
    world.put(`${FOLDER}/.gitattributes`, 'answer,truth\n');
    expect(await arrive(...Object.keys(UPLOADED))).toMatchObject({ outcome: 'registered' });
    expect(versionOf(1)).toMatchObject({ signing: { status: 'verified' } });
    const other = 'inbox/credit/other';
    for (const [name, content] of Object.entries(UPLOADED)) world.put(`${other}/${name}`, content);
    world.put(`${other}/.gitattributes`, 'other,truth\n');
    const manifest = 'task: regression\nevaluation: { data: .gitattributes, label: truth }\n';
    const key = world.put(`${other}/contender.yaml`, manifest);
    const digest = describeFile('contender.yaml', Buffer.from(manifest)).sha256;
    world.put(
      `${other}/model.sig`,
      withStatement(first.signature, ({ predicate }) => {
        for (const resource of predicate.resources) if (resource.name === 'contender.yaml') resource.digest = digest;
      }),
    );
    expect(await registerUpload('bucket', key, world)).toMatchObject({ outcome: 'rejected' });
    expect(versionOf(2)).toMatchObject({
      rejection: { message: expect.stringContaining('does not sign .gitattributes (its ignore_paths leave it out)') },
    });
  });

  test('one that does not sign the upload rejects it', async () => {
    UPLOADED['nested.txt'] = 'something else';
    expect(await arrive(...Object.keys(UPLOADED))).toMatchObject({ outcome: 'rejected' });
    expect(versionOf(1)).toMatchObject({ rejection: { code: 'bad-signature' } });
    UPLOADED['nested.txt'] = 'a name that sorts beside the folder\n';
  });

  test('a folder is whole when all that its signature names is there, in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(Object.keys(CONTENT), { minLength: 4 }), async (order) => {
        world = new UploadWorld();
        world.policyInForce = policySchema.parse({ signing: trusting(first.publicKey) });
        await arrive('model.sig');
        const outcomes: string[] = [];
        for (const name of order) outcomes.push((await arrive(name)).outcome);
        expect(outcomes).toEqual([...order.slice(1).map(() => 'waiting'), 'registered']);
        expect(versionOf(1)).toMatchObject({ signing: { status: 'verified' } });
      }),
      { numRuns: 24 },
    );
  });

  test('what a signature names and never comes is told when the folder is rejected', async () => {
    const { 'nested.txt': _, ...rest } = UPLOADED;
    expect(await arrive(...Object.keys(rest))).toEqual({ outcome: 'waiting', missing: ['nested.txt'] });
  });

  test('without one a version is unsigned', async () => {
    const { 'model.sig': _, ...rest } = UPLOADED;
    expect(await arrive(...Object.keys(rest))).toMatchObject({ outcome: 'registered' });
    expect(versionOf(1)).toMatchObject({ signing: { status: 'unsigned' } });
  });

  test('a folder waits for the signature that a gate wants', async () => {
    world.policyInForce = policySchema.parse({ signing: trusting(first.publicKey), gates: [{ kind: 'signed' }] });
    const { 'model.sig': _, ...rest } = UPLOADED;
    expect(await arrive(...Object.keys(rest))).toEqual({ outcome: 'waiting', missing: ['model.sig'] });
    expect(await arrive('model.sig')).toMatchObject({ outcome: 'registered' });
    expect(versionOf(1)).toMatchObject({ signing: { status: 'verified' } });
  });

  test.each(['tier high', 'the name audited'])(
    'a folder waits for the signature that a gate of %s wants',
    async (what) => {
      const overlay = { gates: [{ kind: 'signed' }] };
      const policy = { signing: trusting(first.publicKey), tiers: { high: overlay }, named: { audited: overlay } };
      world.policyInForce = policySchema.parse(policy);
      const { 'contender.yaml': _, ...rest } = CONTENT;
      const declared = what === 'tier high' ? 'risk: high' : 'policy: audited';
      world.put(`${FOLDER}/contender.yaml`, `${CONTENT['contender.yaml']}${declared}\n`);
      expect(await arrive(...Object.keys(rest))).toEqual({ outcome: 'waiting', missing: ['model.sig'] });
      world.put(`${FOLDER}/contender.yaml`, `${CONTENT['contender.yaml']}risk: low\n`);
      expect(await arrive('model.onnx')).toMatchObject({ outcome: 'registered' });
    },
  );

  test('whoever declares a low risk still brings the signature that the least risk wants', async () => {
    world.policyInForce = policySchema.parse({ leastRisk: 'high', tiers: { high: { gates: [{ kind: 'signed' }] } } });
    world.put(`${FOLDER}/contender.yaml`, 'risk: low\n');
    expect(await arrive('model.onnx', 'nested.txt')).toEqual({ outcome: 'waiting', missing: ['model.sig'] });
    expect(await arrive(...Object.keys(CONTENT))).toEqual({ outcome: 'waiting', missing: ['model.sig'] });
  });

  test('a lone graph cannot bring one along', async () => {
    world.policyInForce = policySchema.parse({ gates: [{ kind: 'signed' }] });
    const key = world.put('inbox/credit/model.onnx', MODEL);
    expect(await registerUpload('bucket', key, world)).toMatchObject({ outcome: 'rejected' });
    expect(versionOf(1)).toMatchObject({
      rejection: { code: 'incomplete', message: expect.stringContaining('model.sig') },
    });
  });
});
