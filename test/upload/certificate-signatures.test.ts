import { generateKeyPairSync } from 'node:crypto';
import { policySchema } from '../../lambdas/registry/contract';
import { checkSigningPolicy } from '../../lambdas/registry/domain/check-signing-policy';
import { verifySignature } from '../../lambdas/upload/domain/verify-signature';
import { filesOf, fixture, forged, rejectionOf, resigned, signingPolicy } from './signed-folders';

interface CertifiedCase {
  readonly name: string;
  /** What model_signing itself says: `verified`, or its error. */
  readonly oracle: string;
  readonly roots: string;
  readonly signature: string;
}

/** Written by test/oracles/certificate_signatures.py with OpenSSF's own model_signing. */
const CERTIFIED = fixture<{
  at: number;
  files: Record<string, string>;
  cases: CertifiedCase[];
  roots: Record<'ended' | 'noAuthority' | 'noCertifying' | 'limited', string>;
}>('certified.json');

const files = filesOf(CERTIFIED.files);
const DAY_MS = 86_400_000;
const caseOf = (name: string): CertifiedCase => {
  const found = CERTIFIED.cases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`certified.json has no case "${name}"`);
  return found;
};
const good = caseOf('P-256');
const trusting = (roots: string, identity?: string) =>
  signingPolicy({ certificates: [{ name: 'pki', roots, ...(identity === undefined ? {} : { identity }) }] });
const verifyAt = (signature: string, signing = trusting(good.roots), at = CERTIFIED.at) =>
  verifySignature(signature, files, { signing, read: [], at });

describe('a signature by certificate counts', () => {
  test.each([
    'P-256',
    'P-384',
    'P-521',
    'code signing',
    'code signing alone',
    'a heap of certificates',
    'one of several roots',
  ])('%s, as model_signing says too', async (name) => {
    const { signature, roots, oracle } = caseOf(name);
    expect(oracle).toBe('verified');
    expect(await verifyAt(signature, trusting(roots))).toMatchObject({ status: 'verified', key: 'pki' });
  });

  test('with who signed on record', async () => {
    expect(await verifyAt(good.signature)).toEqual({
      status: 'verified',
      key: 'pki',
      signer: {
        kind: 'certificate',
        subject: 'CN=Model signing,O=Bank\\, AG,C=DE',
        names: ['models@bank.example', 'https://bank.example/ci'],
        issuer: 'CN=Issuing,O=Bank\\, AG,C=DE',
        serial: expect.stringMatching(/^[0-9a-f]+$/),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
  });

  test('an issuing authority may be trusted alone, which OpenSSL is not asked for', async () => {
    const { signature, roots, oracle } = caseOf('an issuing authority alone');
    expect(oracle).not.toBe('verified');
    expect(await verifyAt(signature, trusting(roots))).toMatchObject({ status: 'verified' });
  });
});

describe('who must have signed', () => {
  test.each([
    'models@bank.example',
    'https://bank.example/ci',
    'https://bank.example/*',
    '*@bank.example',
    'CN=Model signing,O=Bank\\, AG,C=DE',
    'CN=*,O=Bank\\, AG,C=DE',
  ])('%s did', async (identity) => {
    expect(await verifyAt(good.signature, trusting(good.roots, identity))).toMatchObject({ status: 'verified' });
  });

  test.each([
    'models@bank.exampl',
    'odels@bank.example',
    'MODELS@BANK.EXAMPLE',
    'https://*/ci/more',
    'https://bank.example/c.',
    'https:*',
    'CN=*,C=DE',
    '*',
  ])('%s did not, and the record says who did and who vouches for that', async (identity) => {
    expect(await verifyAt(good.signature, trusting(good.roots, identity))).toMatchObject({
      status: 'unknown-key',
      vouchedBy: 'pki',
      signer: { subject: 'CN=Model signing,O=Bank\\, AG,C=DE' },
    });
  });

  test('the first entry that names them counts', async () => {
    const signing = signingPolicy({
      certificates: [
        { name: 'others', roots: caseOf('an issuing authority alone').roots, identity: 'others@bank.example' },
        { name: 'models', roots: good.roots, identity: 'models@bank.example' },
      ],
    });
    expect(await verifyAt(good.signature, signing)).toMatchObject({ status: 'verified', key: 'models' });
  });
});

describe('what a trusted authority certified, and may not count, is refused', () => {
  test.each([
    ['a leaf that has ended', /CN=Ended,.* is valid from .* to 2026-05-31T12:00:00Z, and it is 2026-06-01T12:00:00Z/],
    ['a leaf that is yet to come', /CN=Early,.* is valid from 2026-06-02T12:00:00Z to/],
    ['an authority that has ended', /CN=Ended issuing,.* is valid from .* to 2026-05-31T12:00:00Z/],
    ['a leaf that certifies', /CN=Model signing,.* is no authority's \(basic constraints CA:TRUE/],
    ['an authority too many', /CN=Issuing,.* admits 0 authorities below it, and there are 1/],
    ['an authority without keyCertSign', /CN=No certifying,.* is no authority's \(.*keyCertSign/],
    ['an authority for servers', /CN=For servers,.* is for other purposes than code signing/],
    ['an authority with limited names', /CN=Limited,.* limits the names that it certifies/],
    ['a leaf that may not sign', /CN=Model signing,.* may not sign \(key usage without digitalSignature\)/],
    ['a leaf that does not say', /CN=Model signing,.* does not say that it may sign/],
    ['a leaf for servers', /CN=Server,.* is for other purposes than code signing/],
    [
      'a critical extension nobody knows',
      /CN=Odd,.* critical extension that is not known here \(1.3.6.1.4.1.99999.1\)/,
    ],
  ])('%s', async (name, words) => {
    const { signature, roots } = caseOf(name);
    const rejection = await rejectionOf(() => verifyAt(signature, trusting(roots)));
    expect(rejection).toMatchObject({ code: 'bad-signature', message: expect.stringMatching(words) });
    expect(rejection?.message).toMatch(/"pki" of the policy would vouch for, but .*; sign again with a certificate/);
  });

  test('model_signing, which judges at the start of the leaf’s validity, takes some of these', () => {
    const taken = CERTIFIED.cases.filter(({ oracle }) => oracle === 'verified').map(({ name }) => name);
    expect(taken).toEqual(
      expect.arrayContaining(['a leaf that has ended', 'an authority that has ended', 'a leaf for servers']),
    );
  });

  test('a root that has ended vouches for nothing any more', async () => {
    const later = CERTIFIED.at + 400 * DAY_MS;
    const rejection = await rejectionOf(() => verifyAt(good.signature, trusting(good.roots), later));
    expect(rejection?.message).toMatch(/is valid from .* to 2027-06-01T12:00:00Z, and it is 2027-07-06T12:00:00Z/);
  });
});

describe('what no trusted authority certified is by nobody whom the policy knows', () => {
  test.each(['a leaf named like the root', 'a namesake of the root', 'another authority', 'a chain with a gap'])(
    '%s',
    async (name) => {
      const { signature, roots, oracle } = caseOf(name);
      expect(oracle).not.toBe('verified');
      const said = await verifyAt(signature, trusting(roots));
      expect(said).toMatchObject({ status: 'unknown-key', signer: { kind: 'certificate' } });
      expect(said).not.toHaveProperty('vouchedBy');
    },
  );

  test('without certificates in the policy everybody is', async () => {
    expect(await verifyAt(good.signature, signingPolicy({}))).toMatchObject({ status: 'unknown-key' });
  });
});

describe('a signature that is not by the key of its certificate is refused, whoever certified that', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  test.each([
    ['by another key', forged(good.signature, (bundle) => resigned(bundle, privateKey))],
    [
      'with another leaf before it',
      forged(good.signature, (bundle) => {
        const other = JSON.parse(caseOf('code signing').signature).verificationMaterial.x509CertificateChain
          .certificates;
        bundle.verificationMaterial.x509CertificateChain = { certificates: other };
      }),
    ],
    [
      'of no bytes',
      forged(good.signature, ({ dsseEnvelope }) => {
        dsseEnvelope.signatures = [{ sig: '' }];
      }),
    ],
  ])('%s', async (_, signature) => {
    for (const signing of [trusting(good.roots), signingPolicy({})]) {
      const rejection = await rejectionOf(() => verifyAt(signature, signing));
      expect(rejection).toMatchObject({
        code: 'bad-signature',
        message: expect.stringContaining('is not by the key of its certificate'),
      });
    }
  });

  test('what is no certificate is refused', async () => {
    const signature = forged(good.signature, (bundle) => {
      bundle.verificationMaterial.x509CertificateChain = { certificates: [{ rawBytes: 'AAAA' }] };
    });
    expect((await rejectionOf(() => verifyAt(signature)))?.message).toContain(
      'holds a certificate that cannot be read',
    );
  });

  test('a tangle of certificates costs no more than a chain', async () => {
    const [leaf, issuing] = JSON.parse(good.signature).verificationMaterial.x509CertificateChain.certificates;
    const signature = forged(good.signature, (bundle) => {
      bundle.verificationMaterial.x509CertificateChain = { certificates: [leaf, ...Array(9).fill(issuing)] };
    });
    expect(await verifyAt(signature)).toMatchObject({ status: 'verified' });
  });
});

describe('a policy takes certificates of authorities only', () => {
  const messageOf = async (roots: string): Promise<string | undefined> => {
    const parsed = policySchema.safeParse({ signing: { certificates: [{ name: 'pki', roots }] } });
    if (!parsed.success)
      return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    try {
      await checkSigningPolicy(parsed.data.signing, CERTIFIED.at);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  test.each([
    ['no PEM', 'x', /^signing.certificates.0.roots: no certificate in PEM/],
    ['PEM of something else', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', /no certificate in PEM/],
    ['damaged PEM', good.roots.replace('MII', 'AAA'), /a certificate in this PEM cannot be read/],
    ['a private key', `${good.roots}-----BEGIN EC PRIVATE KEY-----`, /holds a private key/],
    ['no authority', CERTIFIED.roots.noAuthority, /certificate 1 \(.*Model signing\) is no authority's/],
    ['no authority behind one', good.roots + CERTIFIED.roots.noAuthority, /certificate 2 \(/],
    [
      'a root that has ended',
      CERTIFIED.roots.ended,
      /signing.certificates.0.roots: CN=Root that has ended,.* is valid from .* to 2026-05-31/,
    ],
    [
      'a root that may not certify',
      CERTIFIED.roots.noCertifying,
      /certificate 1 \(.*CN=Root\) is no authority's \(.*keyCertSign/,
    ],
    ['limits on names', CERTIFIED.roots.limited, /limits the names that it certifies \(name constraints\)/],
  ])('%s is refused', async (_, roots, words) => {
    expect(await messageOf(roots)).toMatch(words);
  });

  test('several roots are taken', async () => {
    expect(await messageOf(caseOf('one of several roots').roots)).toBeUndefined();
  });

  test('a root that has ended since stays readable', () => {
    expect(() => trusting(CERTIFIED.roots.ended)).not.toThrow();
  });

  test('a name twice is refused', async () => {
    const entry = { name: 'pki', roots: good.roots };
    const signing = signingPolicy({ certificates: [entry, entry] });
    await expect(checkSigningPolicy(signing, CERTIFIED.at)).rejects.toThrow(/the name "pki" is given twice/);
  });

  test('more "*" than three are refused', () => {
    expect(() => trusting(good.roots, '*a*b*c*')).toThrow(/at most three/);
  });
});
