import { InvalidInput } from '../../kernel/errors';
import type { SigningPolicy, TrustedRoot } from '../contract';
import { certificateOf, certificatesIn } from '../schemas/pem-certificates';
import { readCertificate } from './certificate';
import { faultOfAnchor } from './certificate-faults';

/** A policy is one item of DynamoDB (400 KB) and part of one event (256 KB). */
const MAX_BYTES = 100_000;

const faultOfRoots = async (pem: string, at: number): Promise<string | undefined> => {
  try {
    const anchors = await Promise.all(certificatesIn(pem).map(({ raw }) => readCertificate(raw)));
    return anchors.map((anchor) => faultOfAnchor(anchor, at)).find((fault) => fault !== undefined);
  } catch (error) {
    // OpenSSL reads what RFC 5280 does not admit.
    return `a certificate that cannot be read (${(error as Error).message})`;
  }
};

/** Authorities that have ended still vouch for what was signed before; one must go on. */
const isOver = ({ certificateAuthorities }: TrustedRoot, at: number): boolean =>
  certificateAuthorities.every(({ validFor, certChain }) => {
    const ended = validFor?.end !== undefined && Date.parse(validFor.end) < at;
    return (
      ended || certChain.certificates.some(({ rawBytes }) => Date.parse(certificateOf(rawBytes)?.validTo ?? '') < at)
    );
  });

const OVER =
  'every certificate authority of it has ended, so that nothing signed from now on could be verified; put the current trusted_root.json';

const faultsOfCertificates = async ({ certificates }: SigningPolicy, at: number): Promise<string[]> => {
  const faults = await Promise.all(certificates.map(({ roots }) => faultOfRoots(roots, at)));
  return faults.flatMap((fault, entry) =>
    fault === undefined ? [] : [`signing.certificates.${entry}.roots: ${fault}; put a root that is in order`],
  );
};

const faultsOfTrustedRoots = ({ identities, trustedRoot }: SigningPolicy, at: number): string[] =>
  [
    ...identities.map((identity, entry) => ({ root: identity.trustedRoot, path: `identities.${entry}.trustedRoot` })),
    { root: trustedRoot, path: 'trustedRoot' },
  ].flatMap(({ root, path }) => (root !== undefined && isOver(root, at) ? [`signing.${path}: ${OVER}`] : []));

const faultsOfNames = ({ keys, certificates, identities }: SigningPolicy): string[] => {
  const names = [...keys, ...certificates, ...identities].map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined
    ? []
    : [`signing: the name "${twice}" is given twice, so that records would not say who signed; choose another`];
};

/**
 * What a schema cannot see of whose signatures count: time. A policy in force stays readable when its roots have ended.
 * @param at when it is put in force; UTC milliseconds
 * @throws InvalidInput with the place and what to change
 */
export const checkSigningPolicy = async (signing: SigningPolicy, at: number): Promise<void> => {
  const bytes = Buffer.byteLength(JSON.stringify(signing));
  const tooLarge =
    bytes > MAX_BYTES
      ? [
          `signing: ${bytes} bytes, over the limit of ${MAX_BYTES}; put one trusted root into signing.trustedRoot, for all identities`,
        ]
      : [];
  const faults = [
    ...tooLarge,
    ...faultsOfNames(signing),
    ...(await faultsOfCertificates(signing, at)),
    ...faultsOfTrustedRoots(signing, at),
  ];
  if (faults.length > 0) throw new InvalidInput(`the body is not as it should be: ${faults.join('; ')}`);
};
