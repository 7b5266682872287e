import { X509Certificate } from 'node:crypto';
import type { X509Certificate as Structure } from '@sigstore/core';

/** A certificate of X.509, with what chains and signers are judged by. */
export interface Certificate {
  readonly x509: X509Certificate;
  /** As RFC 4514 writes it: the most specific part first. */
  readonly subject: string;
  readonly issuer: string;
  /** E-mail addresses, host names and URIs among its alternative names. */
  readonly names: readonly string[];
  /** UTC milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** By basic constraints, and by key usage where that is limited. */
  readonly isAuthority: boolean;
  /** How many authorities may come below it; undefined for any number. */
  readonly pathLength: number | undefined;
  /** Undefined where it does not limit the use of its key. */
  readonly keyUsage: { readonly digitalSignature: boolean } | undefined;
  /** Object ids of the extended key usage; undefined where it has none. */
  readonly purposes: readonly string[] | undefined;
  readonly signatureAlgorithm: string;
  readonly extensions: readonly { readonly oid: string; readonly critical: boolean }[];
  /** URL of the OpenID provider, where Sigstore's authority made it. */
  readonly oidcIssuer: string | undefined;
}

const ALTERNATIVE_NAMES = '2.5.29.17';
const EMAIL_HOST_URI: ReadonlySet<number> = new Set([1, 2, 6]);
const OIDC_ISSUER = '1.3.6.1.4.1.57264.1.8';
const OIDC_ISSUER_V1 = '1.3.6.1.4.1.57264.1.1';

const LONGEST_NAME = 500;
const MOST_NAMES = 20;

/** A name that is cut is equal to none. */
const cut = (name: string): string => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name);

/** What is no printable ASCII has no place in these names: it would look like another, or steer a terminal. */
const printable = (bytes: Buffer): string => cut(bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '\ufffd'));

/** node:crypto writes a part a line, each escaped as RFC 2253 does, the most general first. Marks that turn or hide text are made visible. */
const distinguishedName = (lines: string | undefined): string =>
  cut(
    (lines ?? '')
      .split('\n')
      .reverse()
      .join(',')
      .replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd'),
  );

const namesOf = (structure: Structure): string[] =>
  (structure.extension(ALTERNATIVE_NAMES)?.valueObj.subs[0]?.subs ?? [])
    .filter(({ tag }) => tag.isContextSpecific() && EMAIL_HOST_URI.has(tag.number))
    .map(({ value }) => printable(value))
    .slice(0, MOST_NAMES);

const oidcIssuerOf = (structure: Structure): string | undefined => {
  const value = structure.extension(OIDC_ISSUER)?.valueObj.subs[0]?.value ?? structure.extension(OIDC_ISSUER_V1)?.value;
  return value && printable(value);
};

const extensionsOf = (structure: Structure): Certificate['extensions'] => {
  const found = structure.extensions.map((extension) => {
    const oid = extension.subs[0]?.toOID() ?? '';
    // DER leaves `critical` out where it is false.
    return { oid, critical: extension.subs.length === 3 && extension.subs[1]?.toBoolean() === true };
  });
  if (new Set(found.map(({ oid }) => oid)).size !== found.length)
    throw new Error('it has an extension twice, which RFC 5280 forbids');
  return found;
};

const usageOf = (structure: Structure): Certificate['keyUsage'] => {
  const usage = structure.extKeyUsage;
  return usage && { digitalSignature: usage.digitalSignature };
};

/** @throws Error when it is none, or one that RFC 5280 does not admit */
export const readCertificate = async (der: Uint8Array): Promise<Certificate> => {
  // Loaded by those alone who read certificates. A file of ours in its place would have the bundler keep all that it imports apart, zod too.
  const core = await import('@sigstore/core');
  const x509 = new X509Certificate(der);
  // What node:crypto read, without anything behind it.
  const raw = Buffer.from(x509.raw);
  const structure = core.X509Certificate.parse(raw);
  const pathLength = structure.extBasicConstraints?.pathLenConstraint;
  return {
    x509,
    subject: distinguishedName(x509.subject),
    issuer: distinguishedName(x509.issuer),
    names: namesOf(structure),
    notBefore: structure.notBefore.getTime(),
    notAfter: structure.notAfter.getTime(),
    isAuthority: x509.ca,
    pathLength: pathLength === undefined ? undefined : Number(pathLength),
    keyUsage: usageOf(structure),
    purposes: x509.keyUsage,
    signatureAlgorithm: core.ASN1Obj.parseBuffer(raw).subs[1]?.subs[0]?.toOID() ?? '',
    extensions: extensionsOf(structure),
    oidcIssuer: oidcIssuerOf(structure),
  };
};

export const isSame = (a: Certificate, b: Certificate): boolean => a.x509.raw.equals(b.x509.raw);

/** How messages name it. */
export const nameOf = ({ subject, names }: Certificate): string => subject || names[0] || 'without a name';
