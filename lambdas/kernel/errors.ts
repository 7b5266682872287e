/** What went wrong, in the words of the domain. Every adapter and use case throws one of these, never a bare SDK error. */
export type ErrorCode =
  | 'invalid-input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'unsupported'
  | 'throttled'
  | 'not-ready'
  | 'upstream-failed'
  | 'internal';

/** The one table from error to HTTP status; a new code without a status does not compile. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  'invalid-input': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  unsupported: 415,
  throttled: 429,
  'not-ready': 503,
  'upstream-failed': 502,
  internal: 500,
};

/** Base of all errors that may reach a user. `message` says what happened, where, and what to change. */
export abstract class ContenderError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class InvalidInput extends ContenderError {
  readonly code = 'invalid-input';
}
export class Unauthenticated extends ContenderError {
  readonly code = 'unauthenticated';
}
export class Forbidden extends ContenderError {
  readonly code = 'forbidden';
}
export class NotFound extends ContenderError {
  readonly code = 'not-found';
}
/** The row moved on since it was read, or the state does not admit the change. */
export class Conflict extends ContenderError {
  readonly code = 'conflict';
}
export class Gone extends ContenderError {
  readonly code = 'gone';
}
export class TooLarge extends ContenderError {
  readonly code = 'too-large';
}
export class Unsupported extends ContenderError {
  readonly code = 'unsupported';
}
export class Throttled extends ContenderError {
  readonly code = 'throttled';
}
export class NotReady extends ContenderError {
  readonly code = 'not-ready';
}
export class UpstreamFailed extends ContenderError {
  readonly code = 'upstream-failed';
}
/** A model gave a score that is no finite number; where the request held missing values, they are the likely cause. */
export class NonFiniteScore extends UpstreamFailed {}
export class Internal extends ContenderError {
  readonly code = 'internal';
}
