import type { Rejection } from '../../registry/contract';

/** Why an upload cannot become a version; each code has a row in the room's README. */
export type UploadRejectionCode =
  | 'not-onnx'
  | 'too-large'
  | 'record-too-large'
  | 'too-many-datasets'
  | 'bad-manifest'
  | 'no-model-file'
  | 'external-data-outside'
  | 'unsupported-graph'
  | 'signature-mismatch'
  | 'no-endpoint'
  | 'sagemaker-off'
  | 'executable'
  | 'bad-mlmodel'
  | 'no-onnx-flavor'
  | 'bad-archive'
  | 'unsafe-archive'
  | 'incomplete'
  | 'bad-signature'
  | 'unknown-policy';

/** Far above any manifest that a person writes, and any signature that a version has room for. */
export const MAX_DESCRIPTION_BYTES = 1_048_576;

/** Names in a message come from the upload: a hostile one must not outgrow the version's item or its event. */
const MAX_MESSAGE = 4000;

/** Thrown by checks; the upload is recorded as rejected, with this for its reason. */
export class UploadRejected extends Error {
  readonly rejection: Rejection;

  constructor(code: UploadRejectionCode, message: string) {
    super(message);
    this.name = 'UploadRejected';
    this.rejection = { code, message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message };
  }
}
