import * as z from 'zod';
import type { LossBaseline } from '../../registry/contract';
import { logMeanExp } from './mixture';
import { wilsonUpper } from './wilson';

/** Bets r; λ = r/(1 − m). For 0/1 loss each is the likelihood ratio of a worse error rate. */
const BETS = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2] as const;
/** λ from here on, as a share of its bound 1/m, can lose everything in one row. */
const LARGEST_SHARE = 0.95;
/** The one bet, as a share of its bound, of a stream whose m is so high that none of the others is allowed. */
const FALLBACK_SHARE = 0.5;
/** Classes with fewer baseline rows share one stream. */
const MIN_CLASS_ROWS = 100;
/** Below so many baseline rows the baseline is shown as provisional; its Wilson bound is wide all the same. */
export const FIRM_BASELINE_ROWS = 2000;
/** Loss that is tolerated before it counts as drift: a tenth more than the baseline. */
const TOLERANCE = 1.1;
/** m stays below 1, so that there is room for a worse loss. */
const M_MAX = 0.95;

const OVERALL = 'overall';
const POOLED = 'other classes';

const streamSchema = z.object({
  name: z.string(),
  /** Null hypothesis: mean loss ≤ m. */
  m: z.number(),
  lambdas: z.array(z.number()),
  /** ln M of each λ over the batches judged so far. */
  logM: z.array(z.number()),
});
type Stream = z.infer<typeof streamSchema>;

/** ln factors gathered by an open batch: stream by stream, λ by λ. */
const batchSchema = z.object({ rows: z.number().int(), sums: z.array(z.array(z.number())) });
type Batch = z.infer<typeof batchSchema>;

/** All that the detector remembers; a few kilobytes whatever the traffic. */
export const detectorStateSchema = z.object({
  threshold: z.number(),
  baselineRows: z.number().int(),
  streams: z.array(streamSchema).min(1),
  /** By cohort: start of the batch's season, in UTC milliseconds, as text. */
  open: z.record(z.string(), batchSchema),
  /** Start of the last cohort that was judged; −1 before the first. */
  lastClosed: z.number(),
  batches: z.number().int(),
});
export type DetectorState = z.infer<typeof detectorStateSchema>;

const streamOf = (name: string, mean: number, rows: number): Stream => {
  const m = Math.min(M_MAX, Math.max(TOLERANCE * mean, wilsonUpper(mean, rows)));
  const allowed = BETS.map((r) => r / (1 - m)).filter((lambda) => lambda < LARGEST_SHARE / m);
  const lambdas = allowed.length > 0 ? allowed : [FALLBACK_SHARE / m];
  return { name, m, lambdas, logM: lambdas.map(() => 0) };
};

const pool = (classes: LossBaseline['perClass']): LossBaseline['perClass'] => {
  const large = classes.filter((c) => c.rows >= MIN_CLASS_ROWS);
  const small = classes.filter((c) => c.rows < MIN_CLASS_ROWS && c.rows > 0);
  if (small.length === 0) return large;
  const rows = small.reduce((sum, c) => sum + c.rows, 0);
  const mean = small.reduce((sum, c) => sum + c.mean * c.rows, 0) / rows;
  return [...large, { class: POOLED, rows, mean }];
};

/** A detector whose null is the baseline: m = max(1.1 · p̂, one-sided 95 % Wilson bound), for all rows and for each true class. */
export const openDetector = (baseline: LossBaseline, threshold: number): DetectorState => ({
  threshold,
  baselineRows: baseline.rows,
  streams: [
    streamOf(OVERALL, baseline.mean, baseline.rows),
    ...pool(baseline.perClass).map((c) => streamOf(c.class, c.mean, c.rows)),
  ],
  open: {},
  lastClosed: -1,
  batches: 0,
});

export interface DetectorRow {
  /** Start of the season in which the prediction was made, in UTC milliseconds. */
  readonly cohort: number;
  readonly loss: number;
  readonly trueClass?: string;
}

const emptyBatch = (streams: readonly Stream[]): Batch => ({
  rows: 0,
  sums: streams.map((stream) => stream.lambdas.map(() => 0)),
});

/** Whether losses of a true class go into a class's stream, or into that of the pooled ones. */
const belongs = (stream: Stream, trueClass: string, streams: readonly Stream[]): boolean =>
  stream.name === trueClass || (stream.name === POOLED && !streams.some((other) => other.name === trueClass));

const concerns = (stream: Stream, row: DetectorRow, streams: readonly Stream[]): boolean => {
  if (stream.name === OVERALL) return true;
  return row.trueClass !== undefined && belongs(stream, row.trueClass, streams);
};

const addRow = (batch: Batch, row: DetectorRow, streams: readonly Stream[]): Batch => ({
  rows: batch.rows + 1,
  sums: batch.sums.map((sums, s) => {
    const stream = streams[s];
    if (stream === undefined || !concerns(stream, row, streams)) return sums;
    return sums.map((sum, l) => sum + Math.log1p((stream.lambdas[l] ?? 0) * (row.loss - stream.m)));
  }),
});

/** The cohort that a row joins: its own season's, or, when that is closed already, the oldest that is not. */
export const cohortFor = (
  cohort: number,
  { open, lastClosed }: { readonly open: Readonly<Record<string, unknown>>; readonly lastClosed: number },
  batchMs: number,
): string => {
  if (cohort > lastClosed) return String(cohort);
  const oldest = Object.keys(open)
    .map(Number)
    .sort((a, b) => a - b)[0];
  return String(oldest ?? lastClosed + batchMs);
};

/** Adds losses; within a batch factors multiply, so neither order nor chunking matters. `batchMs`: length of a season. */
export const addLosses = (state: DetectorState, rows: readonly DetectorRow[], batchMs: number): DetectorState => {
  const open = { ...state.open };
  for (const row of rows) {
    const key = cohortFor(row.cohort, { open, lastClosed: state.lastClosed }, batchMs);
    open[key] = addRow(open[key] ?? emptyBatch(state.streams), row, state.streams);
  }
  return { ...state, open };
};

/** Judges one batch: M → max(M, 1) · product of its factors. The restart happens only here. */
export const judgeBatch = (state: DetectorState, cohort: number): DetectorState => {
  const { [String(cohort)]: batch, ...open } = state.open;
  if (batch === undefined) return state;
  const streams = state.streams.map((stream, s) => ({
    ...stream,
    logM: stream.logM.map((log, l) => Math.max(log, 0) + (batch.sums[s]?.[l] ?? 0)),
  }));
  return { ...state, streams, open, lastClosed: Math.max(state.lastClosed, cohort), batches: state.batches + 1 };
};

interface Maturity {
  /** Length of a season, in milliseconds. */
  readonly batchMs: number;
  readonly matureAfterMs: number;
}

/** Cohorts whose season is over and whose outcomes are mature, oldest first. */
export const dueCohorts = (
  open: Readonly<Record<string, unknown>>,
  now: number,
  { batchMs, matureAfterMs }: Maturity,
): number[] =>
  Object.keys(open)
    .map(Number)
    .filter((cohort) => cohort + batchMs + matureAfterMs <= now)
    .sort((a, b) => a - b);

/**
 * ln factors of losses of which only number and mean are known. 1 + λ(x − m) is linear and ln concave, so that losses of 0 and 1
 * with the same mean give the smallest sum: exact for 0/1 loss, and never more evidence than there was for another.
 */
const tallied = ({ m, lambdas }: Stream, { rows, mean }: { rows: number; mean: number }): number[] =>
  lambdas.map((lambda) => rows * (mean * Math.log1p(lambda * (1 - m)) + (1 - mean) * Math.log1p(-lambda * m)));

const tallyFor = (stream: Stream, tally: LossBaseline, streams: readonly Stream[]): { rows: number; mean: number } => {
  if (stream.name === OVERALL) return tally;
  const own = tally.perClass.filter((c) => belongs(stream, c.class, streams));
  const rows = own.reduce((sum, c) => sum + c.rows, 0);
  return { rows, mean: rows === 0 ? 0 : own.reduce((sum, c) => sum + c.mean * c.rows, 0) / rows };
};

/** A detector for a baseline that has grown: batches that are open are weighed anew against it, evidence starts afresh. */
export const reopenDetector = (
  baseline: LossBaseline,
  threshold: number,
  { open, lastClosed, batches }: { open: Readonly<Record<string, LossBaseline>>; lastClosed: number; batches: number },
): DetectorState => {
  const state = openDetector(baseline, threshold);
  const weighed = Object.entries(open).map(([cohort, tally]) => {
    const sums = state.streams.map((stream) => tallied(stream, tallyFor(stream, tally, state.streams)));
    return [cohort, { rows: tally.rows, sums }] as const;
  });
  return { ...state, open: Object.fromEntries(weighed), lastClosed, batches };
};

export interface DetectorEvidence {
  /** ln of the mixed evidence, and ln A; the alarm is at logMix ≥ logThreshold. */
  readonly logMix: number;
  readonly logThreshold: number;
  readonly alarmed: boolean;
  /** The stream with the largest evidence: what has become worse. */
  readonly largestStream: string;
  readonly batches: number;
  readonly provisional: boolean;
}

/**
 * Mixes streams with equal weights, and λ within each. P(false alarm within N batches) ≤ N/A.
 * Source: Shin, Ramdas, Rinaldo, "E-detectors".
 */
export const evidenceOf = (state: DetectorState): DetectorEvidence => {
  const logs = state.streams.map((stream) => logMeanExp(stream.logM));
  const largest = logs.indexOf(Math.max(...logs));
  const logMix = logMeanExp(logs);
  const logThreshold = Math.log(state.threshold);
  return {
    logMix,
    logThreshold,
    alarmed: logMix >= logThreshold,
    largestStream: state.streams[largest]?.name ?? OVERALL,
    batches: state.batches,
    provisional: state.baselineRows < FIRM_BASELINE_ROWS,
  };
};
