import { type GateOf, type JudgedVersion, NOT_RUN, type Said, shown } from './judged-version';

const BYTES_PER_MB = 1_048_576;
const unknownOf = (what: string): string =>
  `${what} is not known of a model at an endpoint; leave the gate out, or set it to warn`;

export const judgeLatency = (gate: GateOf<'latency'>, { findings }: JudgedVersion): Said => {
  const said = {
    gate: `${gate.percentile} of a request of ${gate.rows === 1 ? 'one row' : `${gate.rows} rows`}`,
    threshold: `≤ ${gate.maxMs} ms`,
  };
  const measured = gate.rows === 1 ? findings?.latency.batch1 : findings?.latency.batch100;
  if (measured === undefined) {
    const why = findings ? 'the graph takes one row at a time' : NOT_RUN;
    return { ...said, pass: false, why };
  }
  const value = measured[gate.percentile] * gate.rows;
  const where = findings?.latency.roundTrip ? 'calls of the endpoint, network included' : 'runs in the sandbox';
  return { ...said, value, pass: value <= gate.maxMs, why: `${shown(value)} ms over ${measured.runs} ${where}` };
};

export const judgeLoad = (gate: GateOf<'load'>, { findings }: JudgedVersion): Said => {
  const said = { gate: 'time to load', threshold: `≤ ${gate.maxMs} ms` };
  if (findings === undefined) return { ...said, pass: false, why: NOT_RUN };
  const value = findings.latency.loadMs;
  if (value === undefined) return { ...said, pass: false, why: unknownOf('how long it takes to load') };
  return { ...said, value, pass: value <= gate.maxMs, why: `${shown(value)} ms in the sandbox` };
};

export const judgeMemory = (gate: GateOf<'memory'>, { findings }: JudgedVersion): Said => {
  const said = { gate: 'memory at most', threshold: `≤ ${gate.maxMb} MB` };
  if (findings === undefined) return { ...said, pass: false, why: NOT_RUN };
  if (findings.peakMemoryBytes === undefined)
    return { ...said, pass: false, why: unknownOf('how much memory it holds') };
  const value = findings.peakMemoryBytes / BYTES_PER_MB;
  return { ...said, value, pass: value <= gate.maxMb, why: `${shown(value)} MB held by the model’s process` };
};
