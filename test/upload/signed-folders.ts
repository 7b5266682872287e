import type { KeyObject } from 'node:crypto';
import { sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policySchema, type SigningPolicy } from '../../lambdas/registry/contract';
import { describeFile } from '../../lambdas/upload/domain/root-digest';
import type { SignedFile } from '../../lambdas/upload/domain/signing/signed-parts';

export const fixture = <T>(name: string): T => JSON.parse(readFileSync(join(__dirname, 'fixtures', name), 'utf8'));

export const filesOf = (content: Readonly<Record<string, string | Uint8Array>>): SignedFile[] =>
  Object.entries(content).map(([path, text]) => {
    const bytes = Buffer.from(text);
    return { file: describeFile(path, bytes), bytes };
  });

export const signingPolicy = (signing: unknown): SigningPolicy => policySchema.parse({ signing }).signing;

/** The rejection that a check ends with; undefined when it ends well. */
export const rejectionOf = async (run: () => Promise<unknown>) => {
  try {
    await run();
  } catch (error) {
    const { rejection } = error as { rejection?: { code: string; message: string } };
    if (rejection === undefined) throw error;
    return rejection;
  }
  return undefined;
};

export interface BundleJson {
  verificationMaterial: Record<string, unknown>;
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid?: string }[] };
  [key: string]: unknown;
}

export interface StatementJson {
  _type: string;
  predicateType: string;
  subject: { name: string; digest: { sha256: string } }[];
  predicate: {
    serialization: Record<string, unknown>;
    resources: { name: string; digest: string; algorithm: string }[];
  };
}

/** The bundle changed. */
export const forged = (signature: string, change: (bundle: BundleJson) => void): string => {
  const bundle: BundleJson = JSON.parse(signature);
  change(bundle);
  return JSON.stringify(bundle);
};

export const statementOf = ({ dsseEnvelope }: BundleJson): StatementJson =>
  JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString());

/** Another statement under the same signature. */
export const withStatement = (signature: string, change: (statement: StatementJson) => void): string =>
  forged(signature, (bundle) => {
    const statement = statementOf(bundle);
    change(statement);
    bundle.dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  });

/** Signed again, by another key. */
export const resigned = (bundle: BundleJson, key: KeyObject): void => {
  const { payload: text, payloadType } = bundle.dsseEnvelope;
  const payload = Buffer.from(text, 'base64');
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
  const sig = sign('sha256', Buffer.concat([Buffer.from(head), payload]), key).toString('base64');
  bundle.dsseEnvelope.signatures = [{ sig }];
};
