import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { initializeCA, initializeCTLog, initializeTLog } from '@sigstore/mock';
import type { TrustedRoot } from '../../lambdas/registry/contract';
import { rootDigest } from '../../lambdas/upload/domain/root-digest';
import type { SignedFile } from '../../lambdas/upload/domain/signing/signed-parts';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const OIDC_ISSUER = '1.3.6.1.4.1.57264.1.8';

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const base64 = (bytes: ArrayBufferView): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
const digest = (bytes: string | Uint8Array, encoding: 'hex' | 'base64' = 'hex'): string =>
  createHash('sha256').update(bytes).digest(encoding);

const statementOf = (files: readonly SignedFile[]): Buffer => {
  const described = files.map(({ file }) => file);
  return Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'model', digest: { sha256: rootDigest(described) } }],
      predicateType: 'https://model_signing/signature/v1.0',
      predicate: {
        serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: ['model.sig'] },
        resources: [...described]
          .sort((a, b) => (a.path < b.path ? -1 : 1))
          .map(({ path, sha256 }) => ({ name: path, algorithm: 'sha256', digest: sha256 })),
      },
    }),
  );
};

/** As Rekor 1 answers. */
interface LogEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: { readonly signedEntryTimestamp: string };
}

/** A log as a trusted root lists it. */
const logOf = (publicKey: Buffer): TrustedRoot['tlogs'][0] => ({
  baseUrl: 'https://log.bank.example',
  hashAlgorithm: 'SHA2_256',
  publicKey: { rawBytes: base64(publicKey), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: {} },
  logId: { keyId: digest(publicKey, 'base64') },
});

/** A Sigstore of this moment: an authority, a log of certificates and one of signatures. */
export const privateSigstore = async (issuer: string) => {
  const ctlog = await initializeCTLog(keyPair());
  const authority = await initializeCA(keyPair(), ctlog);
  const tlog = await initializeTLog('https://log.bank.example', keyPair());
  const trustedRoot: TrustedRoot = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    certificateAuthorities: [{ certChain: { certificates: [{ rawBytes: base64(authority.rootCertificate) }] } }],
    tlogs: [logOf(tlog.publicKey)],
    ctlogs: [logOf(ctlog.publicKey)],
    timestampAuthorities: [],
  };

  /** `model.sig` of a folder, by whom the authority takes its word for. */
  const signFolder = async (files: readonly SignedFile[], identity: string): Promise<string> => {
    const { publicKey, privateKey } = keyPair();
    const certificate = await authority.issueCertificate({
      publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
      subjectAltName: identity,
      extensions: [{ oid: OIDC_ISSUER, value: issuer }],
    });
    const rawBytes = base64(certificate);
    const payload = statementOf(files);
    const head = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `;
    const sig = sign('sha256', Buffer.concat([Buffer.from(head), payload]), privateKey).toString('base64');
    const dsseEnvelope = { payload: payload.toString('base64'), payloadType: PAYLOAD_TYPE, signatures: [{ sig }] };
    const hash = (value: string) => ({ algorithm: 'sha256', value });
    const verifier = Buffer.from(`-----BEGIN CERTIFICATE-----\n${rawBytes}\n-----END CERTIFICATE-----\n`).toString(
      'base64',
    );
    const logged: Record<string, LogEntry> = await tlog.log({
      apiVersion: '0.0.1',
      kind: 'dsse',
      spec: {
        envelopeHash: hash(digest(JSON.stringify(dsseEnvelope))),
        payloadHash: hash(digest(payload)),
        signatures: [{ signature: sig, verifier }],
      },
    });
    const [entry] = Object.values(logged);
    if (entry === undefined) throw new Error('the log answered nothing');
    const tlogEntry = {
      logIndex: String(entry.logIndex),
      logId: { keyId: Buffer.from(entry.logID, 'hex').toString('base64') },
      kindVersion: { kind: 'dsse', version: '0.0.1' },
      integratedTime: String(entry.integratedTime),
      inclusionPromise: { signedEntryTimestamp: entry.verification.signedEntryTimestamp },
      canonicalizedBody: entry.body,
    };
    return JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
      verificationMaterial: {
        x509CertificateChain: { certificates: [{ rawBytes }] },
        tlogEntries: [tlogEntry],
      },
      dsseEnvelope,
    });
  };
  return { trustedRoot, signFolder };
};
