import { type GateOf, type JudgedVersion, type Said, shown } from './judged-version';

const BYTES_PER_MB = 1_048_576;

export const judgeLatency = (gate: GateOf<'latency'>, { findings }: JudgedVersion): Said => {
  const said = {
    gate: `${gate.percentile} of a request of ${gate.rows === 1 ? 'one row' : `${gate.rows} rows`}`,
    threshold: `≤ ${gate.maxMs} ms`,
  };
  const measured = gate.rows === 1 ? findings?.latency.batch1 : findings?.latency.batch100;
  if (measured === undefined) {
    const why = findings ? 'the graph takes one row at a time' : 'the model is hosted elsewhere and was not timed here';
    return { ...said, pass: false, why };
  }
  const value = measured[gate.percentile] * gate.rows;
  return {
    ...said,
    value,
    pass: value <= gate.maxMs,
    why: `${shown(value)} ms over ${measured.runs} runs in the sandbox`,
  };
};

export const judgeLoad = (gate: GateOf<'load'>, { findings }: JudgedVersion): Said => {
  const said = { gate: 'time to load', threshold: `≤ ${gate.maxMs} ms` };
  if (findings === undefined) return { ...said, pass: false, why: 'the model is hosted elsewhere' };
  const value = findings.latency.loadMs;
  return { ...said, value, pass: value <= gate.maxMs, why: `${shown(value)} ms in the sandbox` };
};

export const judgeMemory = (gate: GateOf<'memory'>, { findings }: JudgedVersion): Said => {
  const said = { gate: 'memory at most', threshold: `≤ ${gate.maxMb} MB` };
  if (findings === undefined) return { ...said, pass: false, why: 'the model is hosted elsewhere' };
  const value = findings.peakMemoryBytes / BYTES_PER_MB;
  return { ...said, value, pass: value <= gate.maxMb, why: `${shown(value)} MB held by the model’s process` };
};
