import type { ModelSigning, Signer } from '../contract';

/** Who it was, for people. */
export const signerText = (signer: Signer): string => {
  if (signer.kind === 'identity') return `${signer.identity}, vouched for by ${signer.issuer}`;
  const names = signer.names.length > 0 ? ` (${signer.names.join(', ')})` : '';
  return `${signer.subject}${names}, certified by ${signer.issuer}`;
};

type Unknown = Extract<ModelSigning, { status: 'unknown-key' }>;

const strangerText = ({ hint, signer, vouchedBy }: Unknown): string => {
  if (signer === undefined) return `by a key that the policy does not have (${hint})`;
  const who = signerText(signer);
  if (vouchedBy === undefined) return `under an authority that the policy does not trust, which says: ${who}`;
  return `by somebody whom the policy does not name: ${who}; known by the roots of "${vouchedBy}"`;
};

/** What `model.sig` of a version says, for people: `by release: CN=…`. */
export const signingText = (signing: ModelSigning): string => {
  switch (signing.status) {
    case 'verified':
      return `by ${signing.key}${signing.signer ? `: ${signerText(signing.signer)}` : ''}`;
    case 'unknown-key':
      return strangerText(signing);
    case 'unsigned':
      return 'none';
  }
};
