import type { Golden } from './models';

export const BATCH_ROWS = 1000;

/** The golden rows over and over. */
export const batchTensor = ({ rows }: Golden): Float32Array =>
  Float32Array.from(Array.from({ length: BATCH_ROWS }, (_, at) => rows[at % rows.length] ?? []).flat());
