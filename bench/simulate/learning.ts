import { seededRandom } from '../../lambdas/evaluation/domain/seeded-random';
import { judgeDueBatches, watchLosses } from '../../lambdas/monitoring/domain/detect-drift';
import type { DetectorRow } from '../../lambdas/monitoring/domain/e-detector';
import { emptyEvidence } from '../../lambdas/monitoring/domain/weigh-outcomes';

const DAY_MS = 86_400_000;
const DAYS = 150;
const PER_DAY = 100;
const THRESHOLD = 3650;
/** The rarer class, whose truth comes late and is missed more often: loans that default. */
const RARE_SHARE = 0.1;
const LATE_DAYS = 30;
const ERROR_RATE = { common: 0.05, rare: 0.4 };

/** What the model says about its own outcomes: when a cohort is complete. */
export const LEARNING_CASES = [
  { name: 'declared: mature_after P30D', matureDays: LATE_DAYS },
  { name: 'not declared: outcomes count at once', matureDays: 0 },
] as const;

export interface LearningResult {
  readonly name: string;
  /** Share of versions without evaluation data and without drift that alarmed within 150 days of predictions. */
  readonly falseAlarms: number;
}

const drawDay = (random: () => number, day: number): DetectorRow[] =>
  Array.from({ length: PER_DAY }, () => {
    const trueClass = random() < RARE_SHARE ? 'rare' : 'common';
    return { cohort: day * DAY_MS, loss: random() < ERROR_RATE[trueClass] ? 1 : 0, trueClass };
  });

const falselyAlarms = (random: () => number, matureDays: number): boolean => {
  const rules = { batchMs: DAY_MS, matureAfterMs: matureDays * DAY_MS, threshold: THRESHOLD };
  const made: DetectorRow[][] = [];
  let evidence = emptyEvidence('loans', 1);
  for (let day = 0; day < DAYS + LATE_DAYS; day++) {
    made.push(day < DAYS ? drawDay(random, day) : []);
    const atOnce = made[day]?.filter((row) => row.trueClass === 'common') ?? [];
    const late = made[day - LATE_DAYS]?.filter((row) => row.trueClass === 'rare') ?? [];
    evidence = watchLosses(evidence, [...atOnce, ...late], undefined, rules);
    evidence = judgeDueBatches(evidence, (day + 1) * DAY_MS, rules);
    if (evidence.driftSince !== undefined) return true;
  }
  return false;
};

export const simulateLearning = (
  { name, matureDays }: (typeof LEARNING_CASES)[number],
  runs: number,
  seed: number,
): LearningResult => {
  const random = seededRandom(seed);
  const alarms = Array.from({ length: runs }, () => falselyAlarms(random, matureDays)).filter(Boolean).length;
  return { name, falseAlarms: alarms / runs };
};
