import type { CertificateEntry, ModelSigning } from '../../../registry/contract';
import { type Certificate, nameOf, readCertificate } from '../../../registry/domain/certificate';
import { digestOfKey } from '../../../registry/domain/certificate-faults';
import { certificatesIn } from '../../../registry/schemas/pem-certificates';
import { bad } from './bad-signature';
import { judgeTrust } from './certificate-path';
import { isSignedBy, type SignedBundle } from './read-bundle';
import { hintOf, isIdentity, signerOf } from './signer-identity';

/** @throws UploadRejected `bad-signature` */
export const certificateIn = async (der: Buffer): Promise<Certificate> => {
  try {
    return await readCertificate(der);
  } catch (error) {
    throw bad(`holds a certificate that cannot be read (${(error as Error).message})`, 'sign again with another');
  }
};

/** The signature must be by the key of the certificate that comes with it, whoever that is. @throws UploadRejected `bad-signature` */
export const checkSignedBy = (leaf: Certificate, bundle: SignedBundle): void => {
  const digest = digestOfKey(leaf);
  if (digest === undefined)
    throw bad(
      `is by the certificate ${nameOf(leaf)}, whose key is none of model signing's`,
      'sign with an elliptic-curve key (P-256, P-384 or P-521)',
    );
  if (!isSignedBy(leaf.x509.publicKey, digest, bundle))
    throw bad(`is not by the key of its certificate ${nameOf(leaf)}`, 'sign the folder again with that key');
};

const anchorsOf = ({ roots }: CertificateEntry): Promise<Certificate[]> =>
  Promise.all(certificatesIn(roots).map(({ raw }) => readCertificate(raw)));

/**
 * A signature by certificate: by its key, certified by authorities of the policy that were valid, as it was, when the version is registered. No
 * timestamp says when somebody signed.
 * @param at of registration; UTC milliseconds
 * @throws UploadRejected `bad-signature` when it is not by that key, or authorities that the policy trusts certified it and may not
 */
export const verifyByCertificate = async (
  bundle: SignedBundle,
  chain: { readonly leaf: Buffer; readonly offered: readonly Buffer[] },
  entries: readonly CertificateEntry[],
  at: number,
): Promise<ModelSigning> => {
  const leaf = await certificateIn(chain.leaf);
  const offered = await Promise.all(chain.offered.map(certificateIn));
  checkSignedBy(leaf, bundle);
  const signer = signerOf(leaf);
  const judged = await Promise.all(
    entries.map(async (entry) => ({
      entry,
      trust: judgeTrust({ leaf, offered, anchors: await anchorsOf(entry), at }),
    })),
  );
  const vouching = judged.filter(({ trust }) => trust.status === 'trusted').map(({ entry }) => entry);
  const names = [leaf.subject, ...leaf.names];
  const by = vouching.find(
    ({ identity }) => identity === undefined || names.some((name) => isIdentity(identity, name)),
  );
  if (by !== undefined) return { status: 'verified', key: by.name, signer };
  const hint = hintOf(leaf);
  if (vouching[0]) return { status: 'unknown-key', hint, signer, vouchedBy: vouching[0].name };
  for (const { entry, trust } of judged)
    if (trust.status === 'faulty')
      throw bad(
        `is by ${nameOf(leaf)}, whom "${entry.name}" of the policy would vouch for, but ${trust.fault}`,
        'sign again with a certificate that is in order',
      );
  return { status: 'unknown-key', hint, signer };
};
