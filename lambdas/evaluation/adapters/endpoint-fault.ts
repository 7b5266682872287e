import { ContenderError, UpstreamFailed } from '../../kernel/errors';
import { CandidateRejected, type EvaluationRejectionCode } from '../domain/candidate-rejected';

/** As the SDK tells it: `OriginalStatusCode` of a ModelError is the container's own. */
interface Cause {
  readonly name?: string;
  readonly message?: string;
  readonly OriginalStatusCode?: number;
}

interface Verdict {
  readonly code: EvaluationRejectionCode;
  readonly advice: string;
}

const MISSING: Verdict = {
  code: 'endpoint-missing',
  advice: 'bring it into service before a version that needs it is uploaded',
};
const REFUSED: Verdict = {
  code: 'endpoint-refused',
  advice: 'tag it contender:deployment = <name of this deployment>, then upload the version anew',
};
const FAILED: Verdict = { code: 'run-failed', advice: 'send the container these rows yourself, and mend the model' };

/** Answers of a container that is overloaded, or restarts. */
const PASSING_STATUS = new Set([429, 502, 503, 504]);
const TIMED_OUT = /timed out/i;

/** What a fault says about the version; undefined where it passes by itself. */
const verdictOf = ({ name, message = '', OriginalStatusCode = 0 }: Cause): Verdict | undefined => {
  switch (name) {
    case 'ValidationError':
    case 'ValidationException':
      return /not found|could not find/i.test(message) ? MISSING : FAILED;
    case 'AccessDeniedException':
      return REFUSED;
    case 'ModelError':
      if (TIMED_OUT.test(message)) return { code: 'timed-out', advice: 'make the model faster: a call has 60 s' };
      return PASSING_STATUS.has(OriginalStatusCode) ? undefined : FAILED;
    default:
      return undefined;
  }
};

/**
 * A failed call of an endpoint: what it says about the version, or that nothing can be said now.
 * @param doing what the call was for, such as `scoring rows 1–100 of evaluation.csv`
 */
export const endpointFault = (error: unknown, doing: string): CandidateRejected | UpstreamFailed => {
  if (!(error instanceof ContenderError)) throw error;
  const verdict = error.cause instanceof Error ? verdictOf(error.cause as Cause) : undefined;
  const said = `${error.message} (while ${doing})`;
  if (verdict === undefined) return new UpstreamFailed(said, { cause: error });
  return new CandidateRejected(verdict.code, `${said}; ${verdict.advice}`, { cause: error });
};
