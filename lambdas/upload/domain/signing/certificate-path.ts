import { type Certificate, isSame, nameOf } from '../../../registry/domain/certificate';
import { faultOfAnchor, faultOfIntermediate, faultOfLeaf } from '../../../registry/domain/certificate-faults';

/** Certificates from the signer's to the one that is trusted. */
const LONGEST_PATH = 10;

/**
 * Whether trusted authorities vouch for a signer. `faulty`: they would, but for a fault, such as an end of validity;
 * `stranger`: no chain leads to any of them.
 */
export type Trust =
  | { readonly status: 'trusted' }
  | { readonly status: 'faulty'; readonly fault: string }
  | { readonly status: 'stranger' };

const isCertifiedBy = ({ x509 }: Certificate, issuer: Certificate): boolean => {
  if (x509.issuer !== issuer.x509.subject) return false;
  try {
    return x509.verify(issuer.x509.publicKey);
  } catch {
    return false;
  }
};

const isSelfIssued = ({ x509 }: Certificate): boolean => x509.subject === x509.issuer;

interface Search {
  readonly leaf: Certificate;
  /** That came with the signature; nothing vouches for them yet. */
  readonly offered: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  /** UTC milliseconds. */
  readonly at: number;
}

/** What forbids an authority to certify the last of the path. */
const faultOfIssuer = (issuer: Certificate, path: readonly Certificate[], { anchors, at }: Search) => {
  const below = path.slice(1).filter((certificate) => !isSelfIssued(certificate)).length;
  const own = anchors.includes(issuer) ? faultOfAnchor(issuer, at) : faultOfIntermediate(issuer, at);
  if (own !== undefined) return own;
  const { pathLength } = issuer;
  if (pathLength !== undefined && below > pathLength)
    return `${nameOf(issuer)} admits ${pathLength} authorities below it, and there are ${below}`;
  const last = path.at(-1);
  // Key identifiers and usage as OpenSSL compares them.
  if (last && !last.x509.checkIssued(issuer.x509))
    return `${nameOf(issuer)} is not the issuer that ${nameOf(last)} names`;
  return undefined;
};

/** The shortest chain from the leaf to an anchor; breadth first, each certificate once, so that no tangle of them costs more. */
const findPath = (search: Search, admits: (issuer: Certificate, path: readonly Certificate[]) => boolean) => {
  const { leaf, offered, anchors } = search;
  const seen = [leaf];
  const paths: Certificate[][] = [[leaf]];
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    const last = path.at(-1) ?? leaf;
    if (anchors.some((anchor) => isSame(anchor, last))) return path;
    if (path.length >= LONGEST_PATH) continue;
    for (const issuer of [...anchors, ...offered]) {
      if (seen.some((other) => isSame(other, issuer)) || !isCertifiedBy(last, issuer) || !admits(issuer, path))
        continue;
      seen.push(issuer);
      paths.push([...path, issuer]);
    }
  }
  return undefined;
};

/**
 * Judges by RFC 5280 what authorities say of a signer: signatures, names, validity, CA flag, path lengths, key usage, purposes, critical
 * extensions. Revocation is not looked up.
 */
export const judgeTrust = (search: Search): Trust => {
  const { leaf, at } = search;
  const sound = findPath(search, (issuer, path) => faultOfIssuer(issuer, path, search) === undefined);
  const found = sound ?? findPath(search, () => true);
  if (found === undefined) return { status: 'stranger' };
  const fault =
    faultOfLeaf(leaf, at) ??
    found
      .map((issuer, depth) => (depth === 0 ? undefined : faultOfIssuer(issuer, found.slice(0, depth), search)))
      .find((each) => each !== undefined);
  return fault === undefined ? { status: 'trusted' } : { status: 'faulty', fault };
};
