import { InvalidInput } from '../../kernel/errors';
import type { AcceptedVersion, LossBaseline, Manifest } from '../../registry/contract';
import type { OutcomeMessage } from '../contract';
import { absoluteLoss, brierLoss, errorLoss, logLoss01 } from './loss';
import { businessValue, costLoss } from './value';
import type { Observation } from './window';

/** What of a version decides how an outcome is weighed. */
export interface Yardstick {
  readonly manifest: Manifest;
  readonly baseline: LossBaseline | undefined;
}

export const yardstickOf = (version: AcceptedVersion): Yardstick => ({
  manifest: version.manifest,
  baseline: 'evaluation' in version ? version.evaluation.baseline : undefined,
});

const isRegression = (manifest: Manifest): boolean => manifest.task === 'regression';

const positiveIndex = (manifest: Manifest): number => {
  const classes = manifest.output?.classes ?? [];
  const named = classes.indexOf(manifest.output?.positive ?? '');
  return named >= 0 ? named : 1;
};

/** A truth as its class's index, or as a number. @throws InvalidInput naming what is admitted */
export const readTruth = (truth: string | number | boolean, { manifest }: Yardstick): number => {
  const classes = manifest.output?.classes;
  if (classes !== undefined && !isRegression(manifest)) {
    const index = classes.indexOf(String(truth));
    if (index === -1)
      throw new InvalidInput(`the truth "${truth}" is none of the model's classes: ${classes.join(', ')}`);
    return index;
  }
  const number = typeof truth === 'string' && truth.trim() === '' ? Number.NaN : Number(truth);
  if (!Number.isFinite(number)) throw new InvalidInput(`the truth "${truth}" is no finite number`);
  return number;
};

/** Without a cap from evaluation an error counts whole or not at all. */
const FALLBACK_CAP = Number.MIN_VALUE;

type Scored = Pick<OutcomeMessage, 'prediction' | 'score'>;

const classLoss = (index: number, score: number | undefined, truth: number, { manifest }: Yardstick): number => {
  const positive = positiveIndex(manifest);
  const isPositive = truth === positive;
  if (manifest.loss === 'cost' && manifest.value) return costLoss(manifest.value, index === positive, isPositive);
  // The score is the positive class's probability with two classes, the predicted one's with more.
  const came = (manifest.output?.classes?.length ?? 2) > 2 ? index === truth : isPositive;
  if (score !== undefined && manifest.loss === 'brier') return brierLoss(score, came);
  if (score !== undefined && manifest.loss === 'log') return logLoss01(score, came);
  return errorLoss(index, truth);
};

/** Loss of a prediction, in [0,1], by the manifest's choice. */
export const lossOf = ({ prediction, score }: Scored, truth: number, yardstick: Yardstick): number =>
  prediction.kind === 'value'
    ? absoluteLoss(prediction.value, truth, yardstick.baseline?.cap ?? FALLBACK_CAP)
    : classLoss(prediction.index, score, truth, yardstick);

const valueFor = ({ prediction, value }: OutcomeMessage, truth: number, { manifest }: Yardstick): number => {
  if (value !== undefined) return value;
  if (manifest.value === undefined || prediction.kind === 'value') return 0;
  const positive = positiveIndex(manifest);
  return businessValue(manifest.value, prediction.index === positive, truth === positive);
};

/** What one outcome shows about the version that answered. */
export const observationOf = (outcome: OutcomeMessage, yardstick: Yardstick): Observation => ({
  loss: lossOf(outcome, outcome.truth, yardstick),
  correct: outcome.prediction.kind === 'class' && outcome.prediction.index === outcome.truth,
  value: valueFor(outcome, outcome.truth, yardstick),
  delayMs: Math.max(0, outcome.observedAt - outcome.at),
});

/** Name of the true class, for the detector's stream; none for numbers. */
export const trueClassOf = (truth: number, { manifest }: Yardstick): string | undefined =>
  isRegression(manifest) ? undefined : (manifest.output?.classes?.[truth] ?? String(truth));
