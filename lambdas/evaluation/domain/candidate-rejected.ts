import { InvalidInput } from '../../kernel/errors';
import type { Rejection } from '../../registry/contract';

/** Why a candidate cannot be evaluated; each code has a row in the room's README. */
export type EvaluationRejectionCode =
  | 'graph-not-loaded'
  | 'signature-mismatch'
  | 'outputs-unreadable'
  | 'run-failed'
  | 'runtime-crashed'
  | 'out-of-memory'
  | 'timed-out'
  | 'file-too-large'
  | 'data-missing'
  | 'data-unreadable'
  | 'data-empty'
  | 'data-too-large'
  | 'data-column-missing'
  | 'data-value-invalid'
  | 'data-label-invalid'
  | 'golden-mismatch'
  | 'endpoint-missing'
  | 'endpoint-refused'
  | 'endpoint-failed'
  | 'row-too-large'
  | 'sandbox-failed'
  | 'sandbox-out-of-memory'
  | 'sandbox-timed-out';

/** Longest message that is kept: parts of it come out of the upload. */
const MAX_MESSAGE_LENGTH = 1500;

/** Without control characters: messages end in terminals and consoles. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, MAX_MESSAGE_LENGTH);

export const rejectionOf = (code: EvaluationRejectionCode, message: string): Rejection => ({
  code,
  message: printable(message),
});

/** Thrown by whatever finds that a candidate is not fit; it is recorded as rejected, with this for its reason. */
export class CandidateRejected extends InvalidInput {
  readonly rejection: Rejection;

  constructor(code: EvaluationRejectionCode, message: string, options?: { cause?: unknown }) {
    super(printable(message), options);
    this.rejection = rejectionOf(code, message);
  }
}
