import type { Latency } from '../../contract';
import { type GateOf, type JudgedVersion, NOT_RUN, type Said, shown } from './judged-version';

const BYTES_PER_MB = 1_048_576;
const unknownOf = (what: string): string =>
  `${what} is not known of a model at an endpoint; leave the gate out, or set it to warn`;

/** What was timed in the sandbox takes longer where a smaller function serves. */
const atScorer = (ms: number, { scorer }: Latency): { readonly value: number; readonly there: string } => {
  if (scorer === undefined || scorer.slowdown === 1) return { value: ms, there: '' };
  const { memoryMb, slowdown } = scorer;
  return {
    value: ms * slowdown,
    there: ` (${shown(ms)} ms there, ${shown(slowdown)} times as long with the scorer's ${memoryMb} MB)`,
  };
};

export const judgeLatency = (gate: GateOf<'latency'>, { findings }: JudgedVersion): Said => {
  const said = {
    gate: `${gate.percentile} of a request of ${gate.rows === 1 ? 'one row' : `${gate.rows} rows`}`,
    threshold: `≤ ${gate.maxMs} ms`,
  };
  if (findings === undefined) return { ...said, pass: false, why: NOT_RUN };
  const measured = gate.rows === 1 ? findings.latency.batch1 : findings.latency.batch100;
  if (measured === undefined) return { ...said, pass: false, why: 'the graph takes one row at a time' };
  const { value, there } = atScorer(measured[gate.percentile] * gate.rows, findings.latency);
  const where = findings.latency.roundTrip ? 'calls of the endpoint, network included' : 'runs in the sandbox';
  const why = `${shown(value)} ms over ${measured.runs} ${where}${there}`;
  return { ...said, value, pass: value <= gate.maxMs, why };
};

export const judgeLoad = (gate: GateOf<'load'>, { findings }: JudgedVersion): Said => {
  const said = { gate: 'time to load', threshold: `≤ ${gate.maxMs} ms` };
  if (findings === undefined) return { ...said, pass: false, why: NOT_RUN };
  const { loadMs } = findings.latency;
  if (loadMs === undefined) return { ...said, pass: false, why: unknownOf('how long it takes to load') };
  const { value, there } = atScorer(loadMs, findings.latency);
  return { ...said, value, pass: value <= gate.maxMs, why: `${shown(value)} ms in the sandbox${there}` };
};

export const judgeMemory = (gate: GateOf<'memory'>, { findings }: JudgedVersion): Said => {
  const said = { gate: 'memory at most', threshold: `≤ ${gate.maxMb} MB` };
  if (findings === undefined) return { ...said, pass: false, why: NOT_RUN };
  if (findings.peakMemoryBytes === undefined)
    return { ...said, pass: false, why: unknownOf('how much memory it holds') };
  const value = findings.peakMemoryBytes / BYTES_PER_MB;
  return { ...said, value, pass: value <= gate.maxMb, why: `${shown(value)} MB held by the model’s process` };
};
