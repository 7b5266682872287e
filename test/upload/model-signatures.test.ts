import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelSigningSchema, policySchema, type SigningPolicy } from '../../lambdas/registry/contract';
import type { SignedFile } from '../../lambdas/upload/domain/signing/signed-parts';
import { verifySignature } from '../../lambdas/upload/domain/verify-signature';
import {
  filesOf,
  fixture,
  forged,
  rejectionOf,
  resigned,
  type StatementJson,
  signingPolicy,
  withStatement,
} from './signed-folders';

interface SignedCase {
  readonly curve: string;
  readonly publicKey: string;
  readonly signature: string;
}

/** Written by test/oracles/model_signatures.py with OpenSSF's own model_signing. */
const SIGNED = fixture<{
  files: Record<string, string>;
  signatures: SignedCase[];
  otherwise: (SignedCase & { name: string })[];
  ignoring: SignedCase;
}>('signed.json');

const MODEL = readFileSync(join(__dirname, '../../examples/diabetes-progression/versions/1/model.onnx'));
const CONTENT: Record<string, string | Buffer> = {
  'contender.yaml': 'task: regression\n',
  'nested/Zürich.txt': 'umlauts and folders\n',
  'nested.txt': 'a name that sorts beside the folder\n',
  'model.onnx': MODEL,
};
const files = filesOf(CONTENT);
const [first, second] = SIGNED.signatures as [SignedCase, SignedCase];
const trusting = (...publicKeys: string[]): SigningPolicy =>
  signingPolicy({ keys: publicKeys.map((publicKey, at) => ({ name: `key ${at + 1}`, publicKey })) });
const verifyBy = (signature: string, given: readonly SignedFile[], signing: SigningPolicy, read: string[] = []) =>
  verifySignature(signature, given, { signing, read, at: 0 });
const without = (path: string): SignedFile[] => files.filter(({ file }) => file.path !== path);
const otherwise = (name: string): SignedCase => {
  const found = SIGNED.otherwise.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no signature of ${name} in signed.json`);
  return found;
};

describe('signatures as model_signing writes them', () => {
  test.each(SIGNED.signatures)('by a key on $curve', async ({ publicKey, signature }) => {
    const others = SIGNED.signatures.map((other) => other.publicKey).filter((key) => key !== publicKey);
    expect(await verifyBy(signature, files, trusting(...others, publicKey))).toEqual({
      status: 'verified',
      key: 'key 3',
    });
  });

  test.each(['files by blake2', 'shards', 'shards by blake2'])('of %s', async (name) => {
    const { publicKey, signature } = otherwise(name);
    expect(await verifyBy(signature, files, trusting(publicKey))).toEqual({ status: 'verified', key: 'key 1' });
    const changed = [...without('nested.txt'), ...filesOf({ 'nested.txt': 'a name that sorts beside a folder!!\n' })];
    const rejection = await rejectionOf(() => verifyBy(signature, changed, trusting(publicKey)));
    expect(rejection).toMatchObject({ code: 'bad-signature', message: expect.stringContaining('signs nested.txt') });
  });

  test('of blake3, which is not computed here, are told how to sign instead', async () => {
    const { publicKey, signature } = otherwise('files by blake3');
    expect(await rejectionOf(() => verifyBy(signature, files, trusting(publicKey)))).toEqual({
      code: 'bad-signature',
      message: 'model.sig signs digests by blake3, which are not computed here; sign by sha256, the default, or blake2',
    });
  });

  test('by a key that the policy does not have say only that the digests are right', async () => {
    const hint = expect.stringMatching(/^[0-9a-f]{64}$/);
    const unknown = { status: 'unknown-key', hint };
    expect(await verifyBy(first.signature, files, trusting(second.publicKey))).toEqual(unknown);
    expect(await verifyBy(first.signature, files, trusting())).toEqual(unknown);
  });
});

describe('files that a signature leaves out', () => {
  const gitFile = filesOf({ '.gitattributes': '*.onnx filter=lfs' });

  test('may lie in the upload when they are git’s', async () => {
    const signing = trusting(first.publicKey);
    expect(await verifyBy(first.signature, [...files, ...gitFile], signing)).toMatchObject({ status: 'verified' });
  });

  test('may not, when the version is made of them', async () => {
    const rejection = await rejectionOf(() =>
      verifyBy(first.signature, [...files, ...gitFile], trusting(first.publicKey), ['.gitattributes']),
    );
    expect(rejection?.message).toContain('does not sign .gitattributes (its ignore_paths leave it out)');
  });

  test('may not, whatever the signer chose to ignore', async () => {
    const { signature, publicKey } = SIGNED.ignoring;
    const rejection = await rejectionOf(() => verifyBy(signature, files, trusting(publicKey)));
    expect(rejection).toEqual({
      code: 'bad-signature',
      message:
        'model.sig does not sign contender.yaml (its ignore_paths leave it out); sign the folder again without ignoring it, or upload without it',
    });
    const rest = without('contender.yaml');
    expect(await verifyBy(signature, rest, trusting(publicKey))).toMatchObject({ status: 'verified' });
  });

  test('may not be empty ones that shards cannot sign', async () => {
    const { publicKey, signature } = otherwise('shards');
    const given = [...files, ...filesOf({ empty: '' })];
    const rejection = await rejectionOf(() => verifyBy(signature, given, trusting(publicKey)));
    expect(rejection?.message).toContain('signs by shards, of which the empty empty has none; sign by files');
  });
});

/** Another statement that is signed by a known key all the same: what is checked of statements must not rest on the signature. */
const { publicKey: ownPublicKey, privateKey: ownKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const own = trusting(String(ownPublicKey.export({ type: 'spki', format: 'pem' })));
const signedAs = (change: (statement: StatementJson) => void, from: SignedCase = first): string =>
  forged(withStatement(from.signature, change), (bundle) => {
    bundle.verificationMaterial = { publicKey: { hint: '' } };
    resigned(bundle, ownKey);
  });
const rootOf = (resources: StatementJson['predicate']['resources']): string =>
  createHash('sha256')
    .update(Buffer.concat(resources.map(({ digest }) => Buffer.from(digest, 'hex'))))
    .digest('hex');
/** Resources changed, and the root with them. */
const withResources = (change: (resources: StatementJson['predicate']['resources']) => void): string =>
  signedAs(({ predicate, subject }) => {
    change(predicate.resources);
    if (subject[0]) subject[0].digest.sha256 = rootOf(predicate.resources);
  });
const renamed = (from: string, to: string): string =>
  withResources((resources) => {
    for (const resource of resources) if (resource.name === from) resource.name = to;
  });

describe('what does not sign the upload is refused, even if a known key signed it', () => {
  const changed = filesOf({ 'model.onnx': 'another' });

  test('what is signed by that key otherwise is taken', async () => {
    expect(
      await verifyBy(
        signedAs(() => undefined),
        files,
        own,
      ),
    ).toMatchObject({ status: 'verified' });
  });

  test.each<[string, string, readonly SignedFile[], string]>([
    ['a file is changed', first.signature, [...without('model.onnx'), ...changed], 'signs model.onnx with the digest'],
    [
      'a file is missing',
      first.signature,
      without('contender.yaml'),
      'signs contender.yaml, which is not in the upload',
    ],
    ['a file is added', first.signature, [...files, ...filesOf({ 'more.csv': '1' })], 'does not sign more.csv'],
    ['the list lacks a file', withResources((resources) => resources.pop()), files, 'does not sign nested.txt'],
    [
      'the list names more than there is',
      withResources((resources) => resources.push({ name: 'x', algorithm: 'sha256', digest: 'ab'.repeat(32) })),
      files,
      'signs x, which is not in the upload',
    ],
    [
      'a file is named twice',
      withResources((resources) => resources.push({ ...(resources[0] as (typeof resources)[0]) })),
      files,
      'names contender.yaml twice',
    ],
    ['a path says the same in another way', renamed('nested.txt', './nested.txt'), files, 'signs ./nested.txt, which'],
    ['a path goes up', renamed('nested.txt', 'nested/../nested.txt'), files, 'signs nested/../nested.txt, which'],
    ['a path begins at the root', renamed('nested.txt', '/nested.txt'), files, 'signs /nested.txt, which'],
    [
      'the root is another’s',
      signedAs(({ subject }) => {
        if (subject[0]) subject[0].digest.sha256 = 'b'.repeat(64);
      }),
      files,
      'has a root digest that is not that of the files',
    ],
    [
      'there are two subjects',
      signedAs(({ subject }) => subject.push({ name: 'x', digest: { sha256: 'b'.repeat(64) } })),
      files,
      'is no statement of model signing 1.0 (subject: ',
    ],
    [
      'a digest is by another hash than all',
      withResources((resources) => {
        if (resources[0]) resources[0].algorithm = 'blake2b';
      }),
      files,
      'signs contender.yaml by blake2b, but says that all is by sha256',
    ],
    [
      'shards are tiny',
      signedAs(({ predicate }) =>
        Object.assign(predicate.serialization, { method: 'shards', shard_size: 1e-9 * 1e9, hash_type: 'sha256' }),
      ),
      [...files, ...filesOf({ large: 'x'.repeat(100_000) })],
      'signs by shards of 1 bytes, over 20000 of them',
    ],
    [
      'the method is unknown',
      signedAs(({ predicate }) => Object.assign(predicate.serialization, { method: 'tensors' })),
      files,
      'signs by the method "tensors", which is not known here',
    ],
    [
      'another statement',
      signedAs((statement) => Object.assign(statement, { predicateType: 'https://slsa.dev/provenance/v1' })),
      files,
      'is no statement of model signing 1.0 (predicateType: ',
    ],
    [
      'a statement of before 1.0',
      signedAs((statement) => Object.assign(statement, { predicateType: 'https://model_signing/Digests/v0.1' })),
      files,
      'is by a model_signing before 1.0; sign again with model_signing 1.0 or later',
    ],
    ['no JSON', 'no', files, 'is no Sigstore bundle'],
    ['another format', '{"mediaType":"text/plain"}', files, 'is no Sigstore bundle'],
    ['far too long', ' '.repeat(5_000_000), files, 'has 5000000 characters, over the limit'],
    [
      'the payload is of another type',
      forged(first.signature, ({ dsseEnvelope }) => {
        dsseEnvelope.payloadType = 'text/plain';
      }),
      files,
      'is no Sigstore bundle with a signed statement (dsseEnvelope.payloadType: ',
    ],
    [
      'the envelope has two signatures',
      forged(first.signature, ({ dsseEnvelope }) => {
        dsseEnvelope.signatures.push({ sig: 'AAAA' });
      }),
      files,
      'dsseEnvelope.signatures: exactly one signature',
    ],
    [
      'there is another message beside it',
      forged(first.signature, (bundle) => {
        bundle.messageSignature = { signature: 'AAAA' };
      }),
      files,
      'messageSignature: a statement in dsseEnvelope, and no message beside it',
    ],
    [
      'there are two signers to choose from',
      forged(first.signature, ({ verificationMaterial }) => {
        verificationMaterial.certificate = { rawBytes: 'AAAA' };
      }),
      files,
      'verificationMaterial: a key, a certificate or a chain of them, and only one of these',
    ],
  ])('%s', async (_, signature, given, words) => {
    const signing = { ...own, keys: [...own.keys, ...trusting(first.publicKey).keys] };
    expect(await rejectionOf(() => verifyBy(signature, given, signing))).toEqual({
      code: 'bad-signature',
      message: expect.stringContaining(words),
    });
  });

  test('a statement that somebody else signed under the name of a known key', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signature = forged(first.signature, (bundle) => resigned(bundle, privateKey));
    expect(await rejectionOf(() => verifyBy(signature, files, trusting(first.publicKey)))).toMatchObject({
      message: expect.stringMatching(/names the key key 1, which did not make it/),
    });
  });
});

test('a policy takes elliptic-curve keys only, and says so', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
  const parse = (publicKey: string) => policySchema.safeParse({ signing: { keys: [{ name: 'key', publicKey }] } });
  expect(parse(String(rsa)).error?.message).toContain('elliptic-curve public key');
  expect(parse('x').success).toBe(false);
  expect(parse(first.publicKey).success).toBe(true);
  expect(createPublicKey(first.publicKey).asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
});

test('records and policies of before certificates stay readable', () => {
  for (const stored of [
    { status: 'verified', key: 'release' },
    { status: 'unknown-key', hint: 'certificate' },
  ])
    expect(modelSigningSchema.parse(stored)).toEqual(stored);
  const keys = [{ name: 'release', publicKey: first.publicKey }];
  expect(policySchema.parse({ signing: { keys } }).signing).toEqual({ keys, certificates: [], identities: [] });
});
