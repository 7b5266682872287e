import { medianOf, type Round } from './results';
import type { Server } from './server';

/** Something that Contender promises, as a number found in one round and the limit that it is held to. */
interface Goal {
  readonly goal: string;
  readonly limit: number;
  readonly isMet: (value: number, limit: number) => boolean;
  readonly unit: '×' | 'µs' | 'ms';
  /** Undefined where a part of it was not measured. */
  readonly value: (round: Round, subject: string, peers: readonly string[]) => number | undefined;
}

export interface Verdict extends Pick<Goal, 'goal' | 'limit' | 'unit'> {
  readonly subject: string;
  readonly value?: number;
  readonly verdict: 'met' | 'missed' | 'not measured';
}

const atLeast = (value: number, limit: number): boolean => value >= limit;
const atMost = (value: number, limit: number): boolean => value <= limit;
const below = (value: number, limit: number): boolean => value < limit;
const ratio = (above?: number, under?: number): number | undefined =>
  above === undefined || under === undefined ? undefined : above / under;

const throughput = (title: string, rival: string, limit: number): Goal => ({
  goal: `throughput at 8 connections, beside ${title}`,
  limit,
  isMet: atLeast,
  unit: '×',
  value: ({ servers }, subject) => ratio(servers[subject]?.at8, servers[rival]?.at8),
});

const GOALS: readonly Goal[] = [
  throughput('the bare handler', 'bare', 0.8),
  throughput('FastAPI', 'fastapi', 3),
  throughput('MLflow', 'mlflow', 10),
  {
    goal: 'p99 at 1 connection, beside the p50 of the fastest Python peer',
    limit: 1,
    isMet: below,
    unit: '×',
    value: ({ servers }, subject, peers) => {
      const medians = peers.flatMap((peer) => servers[peer]?.p50Us ?? []);
      return medians.length === 0 ? undefined : ratio(servers[subject]?.p99Us, Math.min(...medians));
    },
  },
  {
    goal: '1,000 × 30 rows in binary tensors, beside the raw run of the same',
    limit: 1.3,
    isMet: atMost,
    unit: '×',
    value: ({ servers, raw }, subject) => ratio(servers[subject]?.batchUs, raw.batchUs),
  },
];

/** With everything switched on that the plain server leaves out. */
const WITH_IDS = throughput('the same without prediction ids', 'contender', 0.75);

const LAMBDA_GOALS: readonly Goal[] = [
  {
    goal: 'Lambda handler, beyond the raw run',
    limit: 60,
    isMet: atMost,
    unit: 'µs',
    value: ({ lambda }) => lambda?.overheadUs,
  },
  {
    goal: 'Lambda cold start, process start to first answer',
    limit: 400,
    isMet: atMost,
    unit: 'ms',
    value: ({ lambda }) => lambda?.coldStartMs,
  },
];

const judge = (goal: Goal, subject: string, rounds: readonly Round[], peers: readonly string[]): Verdict => {
  const { goal: text, limit, unit, isMet } = goal;
  // Ratios are taken within a round, where the machine was the same, and only then the median.
  const value = medianOf(rounds, (round) => goal.value(round, subject, peers));
  if (value === undefined) return { goal: text, limit, unit, subject, verdict: 'not measured' };
  return { goal: text, limit, unit, subject, value, verdict: isMet(value, limit) ? 'met' : 'missed' };
};

/** How Contender fared with one model. @param rounds of that model */
export const verdictsOf = (rounds: readonly Round[], servers: readonly Server[]): readonly Verdict[] => {
  const named = (kind: Server['kind']) => servers.filter((server) => server.kind === kind).map(({ name }) => name);
  const peers = named('peer');
  return [
    ...named('contender').flatMap((subject) =>
      (subject === 'contender' ? GOALS : [WITH_IDS]).map((goal) => judge(goal, subject, rounds, peers)),
    ),
    ...LAMBDA_GOALS.map((goal) => judge(goal, 'lambda', rounds, peers)),
  ];
};
