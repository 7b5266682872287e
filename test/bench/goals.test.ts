import { verdictsOf } from '../../bench/scoring/goals';
import type { Round } from '../../bench/scoring/results';
import type { Server } from '../../bench/scoring/server';
import type { Sample } from '../../bench/scoring/take-sample';

const SAMPLE: Sample = {
  startUpMs: 1,
  p50Us: 100,
  p99Us: 150,
  at8: 1000,
  at64: 1000,
  residentMb: 1,
  compared: 1,
  generator: 0.5,
  others: 0,
};
const server = (name: string, kind: Server['kind']) => ({ name, kind }) as Server;
const SERVERS = [server('bare', 'limit'), server('contender', 'contender'), server('mlflow', 'peer')];
const round = (servers: Record<string, Partial<Sample>>, rest: Partial<Round> = {}): Round => ({
  model: 'boosted',
  round: 0,
  raw: { p50Us: 10, p99Us: 20, batchUs: 100 },
  servers: Object.fromEntries(Object.entries(servers).map(([name, sample]) => [name, { ...SAMPLE, ...sample }])),
  ...rest,
});
const verdict = (rounds: readonly Round[], about: string) =>
  verdictsOf(rounds, SERVERS).find(({ goal }) => goal.includes(about));

test('a goal is judged by the median of the ratios within rounds, not by the ratio of medians', () => {
  const rounds = [
    round({ contender: { at8: 900 }, bare: { at8: 1000 } }),
    round({ contender: { at8: 100 }, bare: { at8: 1000 } }),
    round({ contender: { at8: 450 }, bare: { at8: 500 } }),
  ];
  expect(verdict(rounds, 'bare handler')).toMatchObject({ value: 0.9, verdict: 'met' });
});

test('what has no numbers is neither met nor missed', () => {
  expect(verdict([round({ contender: {} })], 'MLflow')).toMatchObject({ verdict: 'not measured' });
  expect(verdict([round({ bare: {}, mlflow: {} })], 'bare handler')).toMatchObject({ verdict: 'not measured' });
});

test.each([
  [99, 'met'],
  [100, 'missed'],
])('a p99 of %i µs beside a peer’s p50 of 100 µs is %s', (p99Us, expected) => {
  const rounds = [round({ contender: { p99Us }, mlflow: { p50Us: 100 } })];
  expect(verdict(rounds, 'p99')).toMatchObject({ verdict: expected });
});

test('the binary batch is held to the raw run, the handler to microseconds beyond it', () => {
  const rounds = [round({ contender: { batchUs: 131 } }, { lambda: { coldStartMs: 1, overheadUs: 60 } })];
  expect(verdict(rounds, 'binary')).toMatchObject({ value: 1.31, verdict: 'missed' });
  expect(verdict(rounds, 'Lambda')).toMatchObject({ value: 60, verdict: 'met' });
});
