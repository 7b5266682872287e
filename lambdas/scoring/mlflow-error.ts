import type { ErrorCode } from '../kernel/errors';

/** The one table from our errors to the names that MLflow's clients know. */
const MLFLOW_CODE: Readonly<Record<ErrorCode, string>> = {
  'invalid-input': 'BAD_REQUEST',
  unauthenticated: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  'not-found': 'RESOURCE_DOES_NOT_EXIST',
  conflict: 'RESOURCE_CONFLICT',
  gone: 'RESOURCE_DOES_NOT_EXIST',
  'too-large': 'INVALID_PARAMETER_VALUE',
  unsupported: 'INVALID_PARAMETER_VALUE',
  throttled: 'REQUEST_LIMIT_EXCEEDED',
  'not-ready': 'TEMPORARILY_UNAVAILABLE',
  'upstream-failed': 'INTERNAL_ERROR',
  internal: 'INTERNAL_ERROR',
};

/** An error as MLflow's clients read it; never with a stack trace. */
export const mlflowError = (
  code: ErrorCode,
  message: string,
): { readonly error_code: string; readonly message: string } => ({
  error_code: MLFLOW_CODE[code],
  message,
});
