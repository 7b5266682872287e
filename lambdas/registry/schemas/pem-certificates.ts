import { X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in its order. @throws Error when one cannot be read */
export const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(BLOCK) ?? []).map((block) => new X509Certificate(block));

const faultOf = (certificate: X509Certificate, at: number): string | undefined =>
  certificate.ca
    ? undefined
    : `certificate ${at + 1} (${certificate.subject.replaceAll('\n', ', ')}) is no authority's (basicConstraints CA:TRUE, and keyCertSign if keyUsage is limited); put the certificate of who issued it, or the root`;

const readable = (pem: string): X509Certificate[] | undefined => {
  try {
    return certificatesIn(pem);
  } catch {
    return undefined;
  }
};

/** What keeps a PEM text from being trusted authorities, whatever the time; undefined when nothing does. */
export const faultOfRoots = (pem: string): string | undefined => {
  if (pem.includes('PRIVATE KEY'))
    return 'this holds a private key, which everybody who may read the policy would see; put certificates only, and take that key out of use';
  const found = readable(pem);
  if (found === undefined) return 'a certificate in this PEM cannot be read; write it with "openssl x509 -in <file>"';
  if (found.length === 0)
    return 'no certificate in PEM (-----BEGIN CERTIFICATE-----); write it with "openssl x509 -in <file>"';
  return found.map(faultOf).find((fault) => fault !== undefined);
};

/** Of DER. */
export const certificateOf = (base64: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
};

export const isSelfSigned = (certificate: X509Certificate): boolean =>
  certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
