import type { Signer } from '../../../registry/contract';
import type { Certificate } from '../../../registry/domain/certificate';

const pattern = (identity: string): RegExp =>
  new RegExp(
    `^${identity
      .split('*')
      .map((literal) => literal.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^/@,]+')}$`,
  );

/** Whether a name is the one that a policy demands, in which `*` stands for one or more characters other than `/`, `@` and `,`. */
export const isIdentity = (demanded: string, name: string): boolean =>
  demanded.includes('*') ? pattern(demanded).test(name) : demanded === name;

const sha256Of = ({ x509 }: Certificate): string => x509.fingerprint256.replaceAll(':', '').toLowerCase();

/** How records point at a certificate. */
export const hintOf = sha256Of;

export const signerOf = (certificate: Certificate): Signer => ({
  kind: 'certificate',
  subject: certificate.subject,
  names: [...certificate.names],
  issuer: certificate.issuer,
  serial: certificate.x509.serialNumber.toLowerCase(),
  sha256: sha256Of(certificate),
});
