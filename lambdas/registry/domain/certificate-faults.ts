import { CURVE_DIGESTS } from '../contract';
import { type Certificate, nameOf } from './certificate';

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const ANY_PURPOSE = '2.5.29.37.0';
const NAME_CONSTRAINTS = '2.5.29.30';

/** Extensions that are evaluated here, or that limit nothing here: others that are critical must be refused (RFC 5280, 4.2). */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  '2.5.29.14', // subject key identifier
  '2.5.29.15', // key usage
  '2.5.29.17', // subject alternative name
  '2.5.29.18', // issuer alternative name
  '2.5.29.19', // basic constraints
  '2.5.29.31', // CRL distribution points
  '2.5.29.32', // certificate policies: any will do
  '2.5.29.35', // authority key identifier
  '2.5.29.37', // extended key usage
]);

/** Digests for which two texts of one signature can be made. */
const BROKEN_SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2',
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.3.14.3.2.29': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
  '1.2.840.10040.4.3': 'SHA-1',
};
const LEAST_RSA_BITS = 2048;

const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** @param at UTC milliseconds */
export const faultOfTime = (certificate: Certificate, at: number): string | undefined => {
  const { notBefore, notAfter } = certificate;
  if (at >= notBefore && at <= notAfter) return undefined;
  return `${nameOf(certificate)} is valid from ${moment(notBefore)} to ${moment(notAfter)}, and it is ${moment(at)}`;
};

const faultOfExtensions = (certificate: Certificate): string | undefined => {
  const { extensions } = certificate;
  if (extensions.some(({ oid }) => oid === NAME_CONSTRAINTS))
    return `${nameOf(certificate)} limits the names that it certifies (name constraints), which is not evaluated here; trust the issuing authority below it directly`;
  const unknown = extensions.find(({ oid, critical }) => critical && !KNOWN_EXTENSIONS.has(oid));
  return unknown && `${nameOf(certificate)} has a critical extension that is not known here (${unknown.oid})`;
};

const faultOfPurpose = (certificate: Certificate): string | undefined => {
  const { purposes } = certificate;
  if (purposes === undefined || purposes.includes(CODE_SIGNING) || purposes.includes(ANY_PURPOSE)) return undefined;
  return `${nameOf(certificate)} is for other purposes than code signing (extended key usage ${purposes.join(', ')})`;
};

const faultOfSignatureAlgorithm = (certificate: Certificate): string | undefined => {
  const broken = BROKEN_SIGNATURES[certificate.signatureAlgorithm];
  return broken && `${nameOf(certificate)} is certified with ${broken}, which can be forged`;
};

const faultOfKey = (certificate: Certificate): string | undefined => {
  const bits = certificate.x509.publicKey.asymmetricKeyDetails?.modulusLength;
  if (bits === undefined || bits >= LEAST_RSA_BITS) return undefined;
  return `${nameOf(certificate)} has an RSA key of ${bits} bits, under ${LEAST_RSA_BITS}`;
};

/** What keeps a certificate that is trusted from certifying others; undefined when nothing does. */
export const faultOfAnchor = (certificate: Certificate, at: number): string | undefined => {
  if (!certificate.isAuthority)
    return `${nameOf(certificate)} is no authority's (basic constraints CA:TRUE, and keyCertSign if key usage is limited)`;
  return faultOfTime(certificate, at) ?? faultOfExtensions(certificate) ?? faultOfKey(certificate);
};

/** As of one that is trusted; besides, others vouch for it, and for what. */
export const faultOfIntermediate = (certificate: Certificate, at: number): string | undefined =>
  faultOfAnchor(certificate, at) ?? faultOfPurpose(certificate) ?? faultOfSignatureAlgorithm(certificate);

/** What keeps a certificate's key from signing models, of which model_signing demands digitalSignature or code signing. */
export const faultOfSigner = (certificate: Certificate): string | undefined => {
  const { keyUsage, purposes } = certificate;
  if (keyUsage?.digitalSignature === false)
    return `${nameOf(certificate)} may not sign (key usage without digitalSignature)`;
  if (keyUsage === undefined && purposes === undefined)
    return `${nameOf(certificate)} does not say that it may sign (neither key usage digitalSignature nor extended key usage codeSigning)`;
  return faultOfPurpose(certificate) ?? faultOfExtensions(certificate);
};

/** As `faultOfSigner`; besides, others vouch for it now. */
export const faultOfLeaf = (certificate: Certificate, at: number): string | undefined =>
  faultOfTime(certificate, at) ?? faultOfSigner(certificate) ?? faultOfSignatureAlgorithm(certificate);

/** Digest that goes with its key; undefined for keys that model signing does not take. */
export const digestOfKey = ({ x509 }: Certificate): string | undefined =>
  CURVE_DIGESTS[x509.publicKey.asymmetricKeyDetails?.namedCurve ?? ''];
