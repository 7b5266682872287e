import type { IdentityEntry, ModelSigning, Signer, SigningPolicy, TrustedRoot } from '../../../registry/contract';
import { type Certificate, nameOf } from '../../../registry/domain/certificate';
import { faultOfSigner } from '../../../registry/domain/certificate-faults';
import { certificateOf } from '../../../registry/schemas/pem-certificates';
import { bad } from './bad-signature';
import type { SignedBundle } from './read-bundle';
import { hintOf, isIdentity } from './signer-identity';
import { certificateIn, checkSignedBy } from './verify-certificate';

interface TrustedEntry extends IdentityEntry {
  readonly trustedRoot: TrustedRoot;
}

/** Whether an authority of the root made the certificate, at whatever time. */
const isCertifiedUnder = ({ certificateAuthorities }: TrustedRoot, { x509 }: Certificate): boolean =>
  certificateAuthorities
    .flatMap(({ certChain }) => certChain.certificates.map(({ rawBytes }) => certificateOf(rawBytes)))
    .some((authority) => authority !== undefined && x509.verify(authority.publicKey));

/** Loaded by those uploads alone that need it. */
const loadSigstore = async () => ({
  ...(await import('@sigstore/bundle')),
  ...(await import('@sigstore/protobuf-specs')),
  ...(await import('@sigstore/verify')),
});
type Sigstore = Awaited<ReturnType<typeof loadSigstore>>;

/**
 * What is not as the root demands; undefined when its Sigstore certified, logged and timed the signature. Logs count where the root has
 * any; of when it was signed there must be evidence in any case.
 */
const faultUnder = (root: TrustedRoot, bundle: SignedBundle, sigstore: Sigstore): string | undefined => {
  try {
    const verifier = new sigstore.Verifier(sigstore.toTrustMaterial(sigstore.TrustedRoot.fromJSON(root)), {
      tlogThreshold: root.tlogs.length > 0 ? 1 : 0,
      ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0,
      timestampThreshold: 1,
    });
    verifier.verify(sigstore.toSignedEntity(sigstore.bundleFromJSON(JSON.parse(bundle.text))));
    return undefined;
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message}: ${cause.message}` : message;
  }
};

/** Sigstore certifies one identity at a time; a certificate with more is nobody's. */
const signerOf = ({ names, oidcIssuer }: Certificate): Extract<Signer, { kind: 'identity' }> | undefined => {
  const [identity] = names;
  if (identity === undefined || names.length > 1 || oidcIssuer === undefined) return undefined;
  return { kind: 'identity', identity, issuer: oidcIssuer };
};

/**
 * A signature by an identity of Sigstore, verified with the trusted roots of the policy alone: nothing is fetched.
 * @throws UploadRejected `bad-signature` when a Sigstore that the policy trusts certified it, and its evidence is not in order
 */
export const verifyBySigstore = async (
  bundle: SignedBundle,
  der: Buffer,
  signing: SigningPolicy,
): Promise<ModelSigning> => {
  const leaf = await certificateIn(der);
  checkSignedBy(leaf, bundle);
  const signer = signerOf(leaf);
  const unknown = { status: 'unknown-key' as const, hint: hintOf(leaf), ...(signer ? { signer } : {}) };
  const vouching = signing.identities.flatMap((entry): TrustedEntry[] => {
    const trustedRoot = entry.trustedRoot ?? signing.trustedRoot;
    return trustedRoot !== undefined && isCertifiedUnder(trustedRoot, leaf) ? [{ ...entry, trustedRoot }] : [];
  });
  const [first] = vouching;
  if (first === undefined) return unknown;
  const matching = vouching.filter(
    ({ identity, issuer }) => issuer === signer?.issuer && isIdentity(identity, signer.identity),
  );
  // Entries may have different trusted roots, such as one of before a log's key was replaced.
  const asked = matching.length > 0 ? matching : vouching;
  const sigstore = await loadSigstore();
  const faults = asked.map((entry) => ({
    entry,
    fault: faultOfSigner(leaf) ?? faultUnder(entry.trustedRoot, bundle, sigstore),
  }));
  const by = faults.find(({ fault }) => fault === undefined)?.entry;
  if (by === undefined)
    throw bad(
      `is by ${nameOf(leaf)}, certified by the Sigstore of "${first.name}" in the policy, but not as that demands (${faults[0]?.fault})`,
      'sign again, and change nothing in what the signer writes',
    );
  if (signer === undefined || matching.length === 0) return { ...unknown, vouchedBy: by.name };
  return { status: 'verified', key: by.name, signer };
};
