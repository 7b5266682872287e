import { generateKeyPairSync } from 'node:crypto';
import { policySchema, type SigningPolicy, type TrustedRoot } from '../../lambdas/registry/contract';
import { checkSigningPolicy } from '../../lambdas/registry/domain/check-signing-policy';
import { verifySignature } from '../../lambdas/upload/domain/verify-signature';
import { privateSigstore } from './private-sigstore';
import { type BundleJson, filesOf, fixture, forged, rejectionOf, resigned, signingPolicy } from './signed-folders';

/** Written by test/oracles/sigstore_signatures.py: signed and verified by OpenSSF's own model_signing, in a private Sigstore. */
const SIGSTORE = fixture<{
  files: Record<string, string>;
  identity: string;
  issuer: string;
  trustedRoot: TrustedRoot;
  signatures: Record<'rekor 1' | 'rekor 2', string>;
}>('sigstore.json');

const { identity, issuer, trustedRoot, signatures } = SIGSTORE;
const files = filesOf(SIGSTORE.files);
const LOGS = ['rekor 1', 'rekor 2'] as const;
/** Long after the certificates, which live for minutes, have ended. */
const YEARS_LATER = Date.UTC(2050, 0);

const trusting = (more: object = {}): SigningPolicy =>
  signingPolicy({ identities: [{ name: 'ci', identity, issuer, trustedRoot, ...more }] });
const verifyIn = (signature: string, signing = trusting()) =>
  verifySignature(signature, files, { signing, read: [], at: YEARS_LATER });
/** The trusted root with something else in it. */
const rootWith = (change: (root: TrustedRoot) => void): TrustedRoot => {
  const root: TrustedRoot = structuredClone(trustedRoot);
  change(root);
  return root;
};
const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const otherPublicKey = otherKey.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

interface Evidence {
  tlogEntries: { integratedTime: string; inclusionPromise?: unknown; canonicalizedBody: string; logIndex: string }[];
  timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] } | undefined;
}
const evidenceOf = ({ verificationMaterial }: BundleJson): Evidence => verificationMaterial as unknown as Evidence;

describe.each(LOGS)('a signature that is logged in %s', (log) => {
  const signature = signatures[log];

  test('is by the identity that the policy names, however long ago', async () => {
    expect(await verifyIn(signature)).toEqual({
      status: 'verified',
      key: 'ci',
      signer: { kind: 'identity', identity, issuer },
    });
  });

  test('with the trusted root for all identities', async () => {
    const signing = signingPolicy({ identities: [{ name: 'ci', identity, issuer }], trustedRoot });
    expect(await verifyIn(signature, signing)).toMatchObject({ status: 'verified', key: 'ci' });
  });

  test.each([
    ['another identity', { identity: `${identity}.3` }],
    ['the start of the identity', { identity: identity.slice(0, -1) }],
    ['a pattern that the library would take for an expression', { identity: '.+' }],
    ['another folder', { identity: 'https://git.bank.example/*/.ci/sign.yml@refs/tags/v1.2' }],
    ['another provider', { issuer: 'https://idp.example' }],
  ])('is not by %s, and the record says by whom', async (_, more) => {
    expect(await verifyIn(signature, trusting(more))).toEqual({
      status: 'unknown-key',
      hint: expect.stringMatching(/^[0-9a-f]{64}$/),
      signer: { kind: 'identity', identity, issuer },
      vouchedBy: 'ci',
    });
  });

  test('is by one of many releases', async () => {
    const releases = identity.replace('v1.2', '*');
    expect(await verifyIn(signature, trusting({ identity: releases }))).toMatchObject({ status: 'verified' });
  });

  test('is by nobody whom the policy knows, without its Sigstore', async () => {
    const unknown = { status: 'unknown-key', signer: { kind: 'identity', identity, issuer } };
    const said = await verifyIn(signature, signingPolicy({}));
    expect(said).toMatchObject(unknown);
    expect(said).not.toHaveProperty('vouchedBy');
  });

  test('counts under the second of two trusted roots, as after a change of keys', async () => {
    const stale = rootWith(({ tlogs }) => {
      for (const tlog of tlogs) tlog.publicKey.rawBytes = otherPublicKey;
    });
    const entry = { identity, issuer };
    const signing = signingPolicy({
      identities: [
        { name: 'before', ...entry, trustedRoot: stale },
        { name: 'after', ...entry, trustedRoot },
      ],
    });
    expect(await verifyIn(signature, signing)).toMatchObject({ status: 'verified', key: 'after' });
  });

  test.each<[string, string, RegExp]>([
    [
      'its log entry is missing',
      forged(signature, (bundle) => {
        evidenceOf(bundle).tlogEntries = [];
      }),
      /expected 1 tlog entries, got 0|timestamp/,
    ],
    [
      'its log entry is another’s',
      forged(signature, (bundle) => {
        const other = JSON.parse(signatures[log === 'rekor 1' ? 'rekor 2' : 'rekor 1']);
        evidenceOf(bundle).tlogEntries = evidenceOf(other).tlogEntries;
      }),
      /tlog|signature/i,
    ],
    [
      'its log entry says something else',
      forged(signature, (bundle) => {
        const [entry] = evidenceOf(bundle).tlogEntries;
        if (entry) entry.canonicalizedBody = Buffer.from('{"kind":"dsse","apiVersion":"0.0.1"}').toString('base64');
      }),
      /inclusion|tlog|body|kind/i,
    ],
    [
      'its log entry is no JSON',
      forged(signature, (bundle) => {
        const [entry] = evidenceOf(bundle).tlogEntries;
        if (entry) entry.canonicalizedBody = Buffer.from('{').toString('base64');
      }),
      /inclusion|canonicalized body/i,
    ],
    [
      'its evidence of time is missing',
      forged(signature, (bundle) => {
        const evidence = evidenceOf(bundle);
        for (const entry of evidence.tlogEntries) delete entry.inclusionPromise;
        evidence.timestampVerificationData = { rfc3161Timestamps: [] };
      }),
      /expected 1 timestamps, got 0/,
    ],
    [
      'its timestamp is of another signature',
      forged(signature, (bundle) => {
        const other = JSON.parse(signatures[log === 'rekor 1' ? 'rekor 2' : 'rekor 1']);
        evidenceOf(bundle).timestampVerificationData = evidenceOf(other).timestampVerificationData;
      }),
      /timestamp could not be verified/,
    ],
  ])('is refused when %s', async (_, changed, words) => {
    const rejection = await rejectionOf(() => verifyIn(changed));
    expect(rejection).toMatchObject({ code: 'bad-signature', message: expect.stringMatching(words) });
    expect(rejection?.message).toContain('certified by the Sigstore of "ci" in the policy, but not as that demands');
  });

  test.each<[string, TrustedRoot, RegExp]>([
    [
      'the certificate is in none of the logs that are trusted',
      rootWith(({ ctlogs }) => {
        for (const ctlog of ctlogs) ctlog.publicKey.rawBytes = otherPublicKey;
      }),
      /SCT verification failed/,
    ],
    [
      'the signature is in none of the logs that are trusted',
      rootWith(({ tlogs }) => {
        for (const tlog of tlogs) tlog.publicKey.rawBytes = otherPublicKey;
      }),
      /inclusion promise|checkpoint/,
    ],
    [
      'the authority had ended when it certified',
      rootWith(({ certificateAuthorities }) => {
        for (const authority of certificateAuthorities) authority.validFor = { end: '2020-01-01T00:00:00Z' };
      }),
      /Failed to verify certificate chain/,
    ],
    [
      'nobody is trusted to say when',
      rootWith((root) => {
        root.timestampAuthorities = [];
      }),
      /timestamp/i,
    ],
  ])('is refused when %s', async (_, root, words) => {
    const rejection = await rejectionOf(() => verifyIn(signature, trusting({ trustedRoot: root })));
    expect(rejection?.message).toMatch(words);
  });

  test('is refused when another key made it, whoever is trusted', async () => {
    const changed = forged(signature, (bundle) => resigned(bundle, otherKey.privateKey));
    for (const signing of [trusting(), signingPolicy({})])
      expect((await rejectionOf(() => verifyIn(changed, signing)))?.message).toContain(
        'is not by the key of its certificate',
      );
  });
});

test.each(LOGS)('a Sigstore without a log of signatures is trusted by its timestamps (%s)', async (log) => {
  const root = rootWith((each) => Object.assign(each, { tlogs: [] }));
  const unlogged = forged(signatures[log], (bundle) => {
    evidenceOf(bundle).tlogEntries = [];
  });
  expect(await verifyIn(unlogged, trusting({ trustedRoot: root }))).toMatchObject({ status: 'verified' });
});

test('bundles of before 0.3, with a chain and a promise of the log, count too', async () => {
  const { trustedRoot: root, signFolder } = await privateSigstore(issuer);
  const signature = await signFolder(files, 'https://ci.bank.example/sign');
  const entry = { identity: 'https://ci.bank.example/sign', trustedRoot: root };
  expect(await verifyIn(signature, trusting(entry))).toMatchObject({
    status: 'verified',
    signer: { kind: 'identity', identity: 'https://ci.bank.example/sign', issuer },
  });
  expect(await verifyIn(signature, trusting({ ...entry, trustedRoot }))).toMatchObject({ status: 'unknown-key' });
});

describe('a trusted root', () => {
  const messageOf = async (root: unknown, at = Date.now()): Promise<string | undefined> => {
    const entry = { name: 'ci', identity, issuer, trustedRoot: root };
    const parsed = policySchema.safeParse({ signing: { identities: [entry] } });
    if (!parsed.success)
      return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    try {
      await checkSigningPolicy(parsed.data.signing, at);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('that a Sigstore publishes is taken', async () => {
    expect(
      await messageOf(trustedRoot, Date.parse(trustedRoot.certificateAuthorities[0]?.validFor?.start ?? '')),
    ).toBeUndefined();
  });

  test.each<[string, unknown, RegExp]>([
    [
      'something else',
      { mediaType: 'text/plain' },
      /identities.0.trustedRoot.mediaType: the media type of a trusted root/,
    ],
    [
      'none',
      undefined,
      /identities.0.trustedRoot: no trusted root to verify it by; put the content of the trusted_root.json/,
    ],
    [
      'no certificate',
      rootWith(({ certificateAuthorities: [authority] }) => {
        if (authority) authority.certChain.certificates = [{ rawBytes: 'AAAA' }];
      }),
      /trustedRoot.certificateAuthorities.0.certChain.certificates.0.rawBytes: a certificate, DER in base64/,
    ],
    [
      'no key',
      rootWith(({ tlogs: [tlog] }) => {
        if (tlog) tlog.publicKey.rawBytes = 'AAAA';
      }),
      /trustedRoot.tlogs.0.publicKey.rawBytes: a public key, DER in base64/,
    ],
    [
      'a chain without its root',
      rootWith(({ timestampAuthorities: [authority] }) => {
        authority?.certChain.certificates.pop();
      }),
      /timestampAuthorities.0.certChain.certificates: the chain must end in its self-signed root/,
    ],
    [
      'nothing that tells the time',
      rootWith((root) => Object.assign(root, { tlogs: [], timestampAuthorities: [] })),
      /trustedRoot.tlogs: neither a transparency log nor a timestamp authority/,
    ],
    [
      'authorities that have all ended',
      rootWith(({ certificateAuthorities: [authority] }) => {
        if (authority) authority.validFor = { end: '2020-01-01T00:00:00Z' };
      }),
      /signing.identities.0.trustedRoot: every certificate authority of it has ended/,
    ],
  ])('with %s is refused', async (_, root, words) => {
    expect(await messageOf(root)).toMatch(words);
  });

  test('an identity for each root, over what a policy holds, is refused', async () => {
    const identities = Array.from({ length: 20 }, (_, at) => ({ name: `ci ${at}`, identity, issuer, trustedRoot }));
    const padded = identities.map((entry) => ({
      ...entry,
      trustedRoot: { ...trustedRoot, tlogs: Array(10).fill(trustedRoot.tlogs[0]) },
    }));
    await expect(checkSigningPolicy(signingPolicy({ identities: padded }), Date.now())).rejects.toThrow(
      /over the limit of 100000; put one trusted root into signing.trustedRoot/,
    );
  });
});
