import { assertNever } from '../../kernel/assert-never';
import {
  type AcceptedVersion,
  type Gate,
  type GateResult,
  type GateTable,
  type Manifest,
  METRICS,
  type MetricName,
  type Policy,
  type Rejection,
  worseBy,
} from '../../registry/contract';
import type { Findings, LabelledEvidence } from '../contract';
import { incompatibilities } from './incompatibilities';

/** Everything that gates look at. */
export interface Judged {
  readonly candidate: AcceptedVersion;
  /** Absent for a model that is hosted elsewhere. */
  readonly findings: Findings | undefined;
  /** Absent while nothing serves. */
  readonly champion: AcceptedVersion | undefined;
}

type Of<K extends Gate['kind']> = Extract<Gate, { kind: K }>;
/** What a kind of gate says; the rest is the same for all. */
type Said = Pick<GateResult, 'gate' | 'threshold' | 'pass' | 'why'> & { metric?: string; value?: number };

const shown = (value: number): string => String(Number(value.toPrecision(4)));
const BYTES_PER_MB = 1_048_576;

const labelledOf = ({ findings }: Judged): LabelledEvidence | undefined =>
  findings?.evidence.evidence === 'labelled' ? findings.evidence : undefined;

/** Why there are no metrics. */
const noEvidence = ({ findings }: Judged): string => {
  if (findings === undefined) return 'the model is hosted elsewhere and was not run here';
  return findings.evidence.evidence === 'none' ? findings.evidence.reason : 'the evidence has no such metric';
};

const limits = ({ min, max }: Of<'metric'>): string =>
  [min === undefined ? [] : `≥ ${min}`, max === undefined ? [] : `≤ ${max}`].flat().join(' and ');

const judgeMetric = (gate: Of<'metric'>, judged: Judged): Said => {
  const { metric } = gate;
  const said = { gate: metric, metric, threshold: limits(gate) };
  const evidence = labelledOf(judged);
  const value = evidence?.metrics[metric];
  if (value === undefined) return { ...said, pass: false, why: missingMetric(metric, judged) };
  const pass = value >= (gate.min ?? -Infinity) && value <= (gate.max ?? Infinity);
  const rows = evidence?.data.rows;
  return { ...said, value, pass, why: `${shown(value)} on ${rows} rows, ${pass ? 'within' : 'outside'} the limits` };
};

const missingMetric = (metric: MetricName, judged: Judged): string => {
  if (labelledOf(judged) === undefined) return `there is nothing to judge: ${noEvidence(judged)}`;
  const tasks: readonly string[] = METRICS[metric].tasks;
  const task = judged.findings?.task;
  if (task !== undefined && tasks.includes(task)) return `the evidence has no ${metric}`;
  return `${metric} is a metric of ${tasks.join(' and ')}, and the model’s task is ${task}`;
};

const judgeChampion = (gate: Of<'champion'>, judged: Judged): Said => {
  const { metric, margin } = gate;
  const said = { gate: `${metric} beside the champion’s`, metric, threshold: `at most ${margin} worse` };
  if (judged.champion === undefined) return { ...said, pass: true, why: 'there is no champion to be compared with' };
  const evidence = labelledOf(judged);
  if (evidence === undefined)
    return { ...said, pass: false, why: `there is nothing to compare: ${noEvidence(judged)}` };
  if (evidence.champion.status === 'absent') return { ...said, pass: false, why: evidence.champion.reason };
  const own = evidence.metrics[metric];
  const theirs = evidence.champion.metrics[metric];
  if (own === undefined || theirs === undefined) return { ...said, pass: false, why: missingMetric(metric, judged) };
  const worse = worseBy(metric, own, theirs);
  const compared = `${shown(own)} against ${shown(theirs)} of version ${evidence.champion.version}`;
  return { ...said, value: own, pass: worse <= margin, why: compared };
};

const judgeLatency = (gate: Of<'latency'>, { findings }: Judged): Said => {
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

const judgeLoad = (gate: Of<'load'>, { findings }: Judged): Said => {
  const said = { gate: 'time to load', threshold: `≤ ${gate.maxMs} ms` };
  if (findings === undefined) return { ...said, pass: false, why: 'the model is hosted elsewhere' };
  const value = findings.latency.loadMs;
  return { ...said, value, pass: value <= gate.maxMs, why: `${shown(value)} ms in the sandbox` };
};

const judgeMemory = (gate: Of<'memory'>, { findings }: Judged): Said => {
  const said = { gate: 'memory at most', threshold: `≤ ${gate.maxMb} MB` };
  if (findings === undefined) return { ...said, pass: false, why: 'the model is hosted elsewhere' };
  const value = findings.peakMemoryBytes / BYTES_PER_MB;
  return { ...said, value, pass: value <= gate.maxMb, why: `${shown(value)} MB held by the model’s process` };
};

const datasetsLack = ({ training }: Manifest): string | undefined => {
  const datasets = training?.datasets ?? [];
  if (datasets.length === 0) return 'list what it was trained on as training.datasets';
  const open = datasets.find(({ sha256 }) => sha256 === undefined);
  return open && `give training.datasets ${open.name} its sha256`;
};

const unless = (declared: unknown, lack: string): string | undefined => (declared ? undefined : lack);

/** What is lacking; undefined where it is declared. */
const LACKING: Readonly<Record<Of<'declared'>['what'], (manifest: Manifest) => string | undefined>> = {
  datasets: datasetsLack,
  code: ({ training }) => unless(training?.code?.commit, 'give training.code its repo and commit'),
  parent: ({ training }) => unless(training?.parent, 'give training.parent, the version it was made from'),
  owner: ({ owner }) => unless(owner, 'give the owner, the team that answers for the model'),
  protected: ({ evaluation }) =>
    unless(evaluation?.protected.length, 'list the columns to compare as evaluation.protected'),
  golden: ({ golden }) => unless(golden, 'add golden rows, and name them as golden.data'),
  evaluation: ({ evaluation }) => unless(evaluation, 'add evaluation data, and name them as evaluation.data'),
};

const judgeDeclared = (gate: Of<'declared'>, judged: Judged): Said => {
  const lack = LACKING[gate.what](judged.candidate.manifest);
  const why = lack === undefined ? 'declared in contender.yaml' : `contender.yaml: ${lack}`;
  return { gate: gate.what, threshold: 'declared', pass: lack === undefined, why };
};

const SHOWN_PROBLEMS = 5;

const judgeCompatible = ({ candidate, champion }: Judged): Said => {
  const said = { gate: 'signature', threshold: 'compatible with the champion’s' };
  if (champion === undefined) return { ...said, pass: true, why: 'there is no champion whose callers count' };
  const problems = incompatibilities(champion, candidate);
  if (problems.length === 0) return { ...said, pass: true, why: `takes what version ${champion.version} takes` };
  const more = problems.length > SHOWN_PROBLEMS ? `; and ${problems.length - SHOWN_PROBLEMS} more` : '';
  return { ...said, pass: false, why: `${problems.slice(0, SHOWN_PROBLEMS).join('; ')}${more}` };
};

const judgeGate = (gate: Gate, judged: Judged): Said => {
  switch (gate.kind) {
    case 'metric':
      return judgeMetric(gate, judged);
    case 'champion':
      return judgeChampion(gate, judged);
    case 'latency':
      return judgeLatency(gate, judged);
    case 'load':
      return judgeLoad(gate, judged);
    case 'memory':
      return judgeMemory(gate, judged);
    case 'declared':
      return judgeDeclared(gate, judged);
    case 'compatible':
      return judgeCompatible(judged);
    default:
      return assertNever(gate);
  }
};

/** Every gate of the policy, in its order. What cannot be judged has not passed. */
export const judgeGates = ({ number, policy }: { number: number; policy: Policy }, judged: Judged): GateTable => ({
  policy: number,
  results: policy.gates.map((gate) => ({ kind: gate.kind, severity: gate.severity, ...judgeGate(gate, judged) })),
});

/** Undefined when no gate that blocks has failed. */
export const rejectionBy = ({ policy, results }: GateTable): Rejection | undefined => {
  const failed = results.filter(({ pass, severity }) => !pass && severity === 'block');
  if (failed.length === 0) return undefined;
  const named = failed.map(({ gate, threshold, why }) => `${gate} (${threshold}): ${why}`);
  const which = policy === 0 ? 'the default policy' : `policy ${policy}`;
  return {
    code: 'gate-failed',
    message: `${failed.length} of ${results.length} gates of ${which} failed. ${named.join('. ')}. Mend the model or contender.yaml and upload it again, or have the policy changed`,
  };
};
