import Table from 'cli-table3';
import { Command } from 'commander';
import { CANARY_CASES, type CanaryResult, simulateCanary } from './canary';
import { DRIFT_CASES, type DriftResult, simulateDrift } from './drift';
import { LEARNING_CASES, type LearningResult, simulateLearning } from './learning';
import { PAIR_CASES, type PairsResult, simulatePairs } from './pairs';

const SEED = 20_250_101;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const days = (both: readonly (number | null)[]): string => both.map((value) => value ?? '>365').join(' / ');
const shares = (both: readonly number[]): string => both.map((value) => value.toFixed(3)).join(' / ');

const show = (title: string, head: string[], rows: readonly (string | number)[][]): void => {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows.map((row) => [...row]));
  console.log(`\n${title}\n${table.toString()}`);
};

const showDrift = (results: readonly DriftResult[]): void =>
  show(
    'Accuracy drift: error .10, A = 3,650 daily batches (measured, then expected)',
    [
      'baseline rows',
      'outcomes/day',
      'false alarm/quiet year',
      '',
      '+3 points, days median / q90',
      '',
      '+5 points',
      '',
    ],
    results.map((r, at) => {
      const [quiet = '', plus3 = '', plus5 = ''] = DRIFT_CASES[at]?.expected ?? [];
      return [r.rows, r.perDay, percent(r.falseAlarms), quiet, days(r.plus3), plus3, days(r.plus5), plus5];
    }),
  );

const showPairs = (results: readonly PairsResult[]): void =>
  show(
    'Shadow: margin .01, disagreement 8 %; share proved by 1,000 / 10,000 pairs (measured, then expected)',
    ['gain', 'better', '', 'not worse', '', 'worse', ''],
    results.map(({ gain, proved }, at) => [
      gain,
      ...(['better', 'notWorse', 'worse'] as const).flatMap((claim) => [
        shares(proved[claim]),
        PAIR_CASES[at]?.expected[claim] ?? '',
      ]),
    ]),
  );

const showCanary = (results: readonly CanaryResult[]): void =>
  show(
    'Canary, A/A, weight 5 %, 40,000 outcomes, a look every 250',
    [
      'callers',
      'called better',
      'called worse',
      'either, without safeguards',
      'ever passed',
      'ever stopped for the ratio',
    ],
    results.map((r) => [
      r.callers,
      percent(r.better),
      percent(r.worse),
      percent(r.naive),
      percent(r.passed),
      percent(r.mismatches),
    ]),
  );

const showLearning = (results: readonly LearningResult[]): void =>
  show(
    'No evaluation data, no drift, 100 outcomes a day, a tenth of them 30 days late and of the rarer class',
    ['maturity', 'false alarm in 150 days'],
    results.map(({ name, falseAlarms }) => [name, percent(falseAlarms)]),
  );

const simulate = ({ runs, json }: { runs: string; json?: boolean }): void => {
  const n = Number(runs);
  const drift = DRIFT_CASES.map((one, at) => simulateDrift(one, n, SEED + at));
  const pairs = PAIR_CASES.map(({ gain }, at) => simulatePairs(gain, n, SEED + 10 + at));
  const canary = CANARY_CASES.map((callers, at) => simulateCanary(callers, n, SEED + 20 + at));
  const learning = LEARNING_CASES.map((one, at) => simulateLearning(one, n, SEED + 30 + at));
  if (json) {
    console.log(JSON.stringify({ runs: n, seed: SEED, drift, pairs, canary, learning }, null, 2));
    return;
  }
  showDrift(drift);
  showPairs(pairs);
  showCanary(canary);
  showLearning(learning);
};

new Command('simulate')
  .description('error rates and delays of the sequential tests, simulated with the functions that run in production')
  .option('--runs <n>', 'runs of each row', '400')
  .option('--json', 'print JSON')
  .action(simulate)
  .parse();
