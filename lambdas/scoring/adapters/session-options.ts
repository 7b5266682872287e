import type { InferenceSession } from 'onnxruntime-node';

/** ONNX Runtime's severity 3: warnings about a model's graph are not for the log of every cold start. */
const LOG_ERRORS_ONLY = 3;

/** How graphs are run; `threads` within an operator: the vCPUs of the function. */
export const sessionOptions = (threads: number): InferenceSession.SessionOptions => ({
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: LOG_ERRORS_ONLY,
  // Spinning threads would burn the CPU share of a function between requests.
  extra: { session: { intra_op: { allow_spinning: '0' } } },
});
