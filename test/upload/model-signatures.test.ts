import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ArtifactFile, policySchema, type SigningPolicy } from '../../lambdas/registry/contract';
import { verifySignature } from '../../lambdas/upload/domain/verify-signature';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { UploadWorld } from './fakes';

/** Written by test/oracles/model_signatures.py with OpenSSF's own model_signing. */
const SIGNED: {
  files: Record<string, string>;
  signatures: { curve: string; publicKey: string; signature: string }[];
} = JSON.parse(readFileSync(join(__dirname, 'fixtures/signed.json'), 'utf8'));

const files: ArtifactFile[] = Object.entries(SIGNED.files).map(([path, sha256]) => ({ path, size: 1, sha256 }));
const [first, second] = SIGNED.signatures as [(typeof SIGNED.signatures)[0], (typeof SIGNED.signatures)[0]];
const trusting = (...publicKeys: string[]): SigningPolicy => ({
  keys: publicKeys.map((publicKey, at) => ({ name: `key ${at + 1}`, publicKey })),
});
const rejection = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as { rejection?: { code: string; message: string } }).rejection;
  }
  return undefined;
};

describe('signatures as model_signing writes them', () => {
  test.each(SIGNED.signatures)('by a key on $curve', ({ publicKey, signature }) => {
    const others = SIGNED.signatures.map((other) => other.publicKey).filter((key) => key !== publicKey);
    expect(verifySignature(signature, files, trusting(...others, publicKey))).toEqual({
      status: 'verified',
      key: 'key 3',
    });
  });

  test('by a key that the policy does not have say only that the digests are right', () => {
    const hint = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(verifySignature(first.signature, files, trusting(second.publicKey))).toEqual({
      status: 'unknown-key',
      hint,
    });
    expect(verifySignature(first.signature, files, trusting())).toEqual({ status: 'unknown-key', hint });
  });
});

/** The bundle with another payload under the same signature, or another signature. */
const forged = (change: (bundle: Record<string, never>) => void): string => {
  const bundle = JSON.parse(first.signature);
  change(bundle);
  return JSON.stringify(bundle);
};
const withStatement = (change: (statement: Record<string, never>) => void): string =>
  forged((bundle) => {
    const { dsseEnvelope } = bundle as unknown as { dsseEnvelope: { payload: string } };
    const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString());
    change(statement);
    dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  });

describe('what does not sign the upload is refused', () => {
  const other = { path: 'model.onnx', size: 1, sha256: 'a'.repeat(64) };
  test.each<[string, string, readonly ArtifactFile[], string]>([
    [
      'a file is changed',
      first.signature,
      [...files.filter((f) => f.path !== other.path), other],
      'signs model.onnx with the digest',
    ],
    ['a file is missing', first.signature, files.slice(1), `signs ${files[0]?.path}, which is not in the upload`],
    ['a file is added', first.signature, [...files, { ...other, path: 'more.csv' }], 'does not sign more.csv'],
    ['no JSON', 'no', files, 'is no Sigstore bundle'],
    ['another format', '{"mediaType":"text/plain"}', files, 'is no Sigstore bundle'],
    [
      'another statement',
      withStatement((statement) => Object.assign(statement, { predicateType: 'https://slsa.dev/provenance/v1' })),
      files,
      'is no statement of model signing',
    ],
    [
      'a statement that was changed, and the files with it',
      withStatement((statement) => {
        const { predicate, subject } = statement as unknown as {
          predicate: { resources: { name: string; digest: string }[] };
          subject: { digest: { sha256: string } }[];
        };
        for (const resource of predicate.resources) if (resource.name === other.path) resource.digest = other.sha256;
        if (subject[0]) subject[0].digest.sha256 = 'b'.repeat(64);
      }),
      [...files.filter((f) => f.path !== other.path), other],
      'has a root digest that is not that of the files',
    ],
  ])('%s', (_, signature, given, words) => {
    expect(rejection(() => verifySignature(signature, given, trusting(first.publicKey)))).toEqual({
      code: 'bad-signature',
      message: expect.stringContaining(words),
    });
  });

  test('a statement that somebody else signed under the name of a known key', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signature = forged((bundle) => {
      const { dsseEnvelope } = bundle as unknown as {
        dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
      };
      const payload = Buffer.from(dsseEnvelope.payload, 'base64');
      const { payloadType } = dsseEnvelope;
      const bytes = Buffer.concat([
        Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
        payload,
      ]);
      dsseEnvelope.signatures = [{ sig: sign('sha256', bytes, privateKey).toString('base64') }];
    });
    expect(rejection(() => verifySignature(signature, files, trusting(first.publicKey)))?.message).toMatch(
      /names the key key 1, which did not make it/,
    );
  });
});

test('a policy takes elliptic-curve keys only, and says so', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
  const parse = (publicKey: string) => policySchema.safeParse({ signing: trusting(publicKey) });
  expect(parse(String(rsa)).error?.message).toContain('elliptic-curve public key');
  expect(parse('x').success).toBe(false);
  expect(parse(first.publicKey).success).toBe(true);
  expect(createPublicKey(first.publicKey).asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
});

describe('uploads with a signature', () => {
  const MODEL = readFileSync(join(__dirname, '../../examples/diabetes-progression/versions/1/model.onnx'));
  const CONTENT: Record<string, string | Buffer> = {
    'model.sig': first.signature,
    'contender.yaml': 'task: regression\n',
    'nested/Zürich.txt': 'umlauts and folders\n',
    'nested.txt': 'a name that sorts beside the folder\n',
    'model.onnx': MODEL,
  };
  const FOLDER = 'inbox/credit/signed';
  let world: UploadWorld;
  const arrive = (...names: string[]) => {
    for (const name of names) world.put(`${FOLDER}/${name}`, CONTENT[name] ?? '');
    return registerUpload('bucket', `${FOLDER}/${names.at(-1)}`, world);
  };
  beforeEach(() => {
    world = new UploadWorld();
    world.policyInForce = policySchema.parse({ signing: trusting(first.publicKey) });
  });
  const versionOf = (number: number) => world.registrations.versions.get('credit')?.[number - 1];

  test('a signature is on record, and no part of the root digest', async () => {
    expect(await arrive(...Object.keys(CONTENT))).toMatchObject({ outcome: 'registered', version: 1 });
    expect(versionOf(1)).toMatchObject({ signing: { status: 'verified', key: 'key 1' } });
    const statement = JSON.parse(Buffer.from(JSON.parse(first.signature).dsseEnvelope.payload, 'base64').toString());
    expect(versionOf(1)?.rootDigest).toBe(statement.subject[0].digest.sha256);
    expect([...world.stored.keys()]).toContain(`models/credit/${versionOf(1)?.rootDigest}/model.sig`);
  });

  test('one that does not sign the upload rejects it', async () => {
    CONTENT['nested.txt'] = 'something else';
    expect(await arrive(...Object.keys(CONTENT))).toMatchObject({ outcome: 'rejected' });
    expect(versionOf(1)).toMatchObject({ rejection: { code: 'bad-signature' } });
    CONTENT['nested.txt'] = 'a name that sorts beside the folder\n';
  });

  test('without one a version is unsigned', async () => {
    const { 'model.sig': _, ...rest } = CONTENT;
    expect(await arrive(...Object.keys(rest))).toMatchObject({ outcome: 'registered' });
    expect(versionOf(1)).toMatchObject({ signing: { status: 'unsigned' } });
  });

  test('a folder waits for the signature that a gate wants', async () => {
    world.policyInForce = policySchema.parse({ signing: trusting(first.publicKey), gates: [{ kind: 'signed' }] });
    const { 'model.sig': _, ...rest } = CONTENT;
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
      const { 'model.sig': _, 'contender.yaml': __, ...rest } = CONTENT;
      const declared = what === 'tier high' ? 'risk: high' : 'policy: audited';
      world.put(`${FOLDER}/contender.yaml`, `${CONTENT['contender.yaml']}${declared}\n`);
      expect(await arrive(...Object.keys(rest))).toEqual({ outcome: 'waiting', missing: ['model.sig'] });
      world.put(`${FOLDER}/contender.yaml`, `${CONTENT['contender.yaml']}risk: low\n`);
      expect(await arrive('model.onnx')).toMatchObject({ outcome: 'registered' });
    },
  );

  test('whoever declares a low risk still brings the signature that the least risk wants', async () => {
    world.policyInForce = policySchema.parse({ leastRisk: 'high', tiers: { high: { gates: [{ kind: 'signed' }] } } });
    const { 'model.sig': _, ...rest } = CONTENT;
    world.put(`${FOLDER}/contender.yaml`, 'risk: low\n');
    expect(await arrive('model.onnx', 'nested.txt')).toEqual({ outcome: 'waiting', missing: ['model.sig'] });
    expect(await arrive(...Object.keys(rest))).toEqual({ outcome: 'waiting', missing: ['model.sig'] });
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
