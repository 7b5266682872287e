import type { ErrorCode } from '../../kernel/errors';

/** Errors by the names that MLflow's clients act on. */
export const STATUS_OF = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  TEMPORARILY_UNAVAILABLE: 503,
} as const;
export type MlflowCode = keyof typeof STATUS_OF;

/** Something that cannot be done, in MLflow's words: `{error_code, message}`. */
export class Refusal extends Error {
  constructor(
    readonly errorCode: MlflowCode,
    message: string,
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

/** Clients try again what is 408, 429 or 5xx: nothing is refused with those. */
export const MLFLOW_CODES: Readonly<Record<ErrorCode, MlflowCode>> = {
  'invalid-input': 'INVALID_PARAMETER_VALUE',
  unauthenticated: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  'not-found': 'RESOURCE_DOES_NOT_EXIST',
  conflict: 'RESOURCE_CONFLICT',
  gone: 'RESOURCE_DOES_NOT_EXIST',
  'too-large': 'INVALID_PARAMETER_VALUE',
  unsupported: 'INVALID_PARAMETER_VALUE',
  throttled: 'REQUEST_LIMIT_EXCEEDED',
  'not-ready': 'TEMPORARILY_UNAVAILABLE',
  'upstream-failed': 'TEMPORARILY_UNAVAILABLE',
  internal: 'INTERNAL_ERROR',
};

export const invalid = (message: string): Refusal => new Refusal('INVALID_PARAMETER_VALUE', message);
export const missing = (message: string): Refusal => new Refusal('RESOURCE_DOES_NOT_EXIST', message);
