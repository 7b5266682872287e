import type * as z from 'zod';
import type { Identity } from '../access/contract';
import { durationMs } from '../kernel/duration';
import { ContenderError, Forbidden, Gone, InvalidInput } from '../kernel/errors';
import { isStored, STORED } from '../kernel/stored-number';
import type { PredictionRecord } from '../predictions/contract';
import { clientFingerprint } from '../predictions/domain/client-fingerprint';
import type { AcceptedVersion } from '../registry/contract';
import { OUTCOMES_PER_MESSAGE, type OutcomeBatch, type OutcomeMessage, type outcomesSchema } from './contract';
import { readTruth, yardstickOf } from './domain/assess-outcome';
import type { OutcomeQueue } from './ports';

type SentOutcome = z.output<typeof outcomesSchema>['outcomes'][number];

export interface AcceptOutcomesPorts {
  open(predictionId: string): Promise<PredictionRecord>;
  version(model: string, version: number): Promise<AcceptedVersion>;
  readonly queue: OutcomeQueue;
  readonly now: () => number;
}

/** Clocks of callers may be ahead of ours by so much; milliseconds. */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;

/** The highest observedAt wins: one in the future would hold back every correction until then. */
const checkObserved = (observedAt: number, now: number): void => {
  const ahead = observedAt - now;
  if (ahead <= MAX_CLOCK_SKEW_MS) return;
  throw new InvalidInput(
    `its observedAt is ${Math.ceil(ahead / 60_000)} minutes in the future, more than the ${MAX_CLOCK_SKEW_MS / 60_000} that clocks may differ by; ` +
      'give the time at which the truth was seen, in UTC milliseconds or ISO 8601 with its offset, or leave it out for now',
  );
};

const checkOwner = (record: PredictionRecord, model: string, identity: Identity): void => {
  if (record.model.toLowerCase() !== model.toLowerCase())
    throw new InvalidInput(`its prediction was made by ${record.model}, not by ${model}`);
  if (record.client !== clientFingerprint(identity))
    throw new Forbidden(`its prediction was made for another client than ${identity.name}`);
};

const toMessage = (record: PredictionRecord, sent: SentOutcome, truth: number, now: number): OutcomeMessage => {
  const { at, role, prediction, score, rolloutId, bucket, propensity, shadow, requestId, row } = record;
  return {
    key: `${requestId}#${row}`,
    ...{ at, role, prediction, bucket, propensity, truth },
    ...(score === undefined ? {} : { score }),
    ...(rolloutId === undefined ? {} : { rolloutId }),
    ...(shadow === undefined ? {} : { shadow }),
    observedAt: sent.observedAt ?? now,
    revision: sent.revision,
    ...(sent.value === undefined ? {} : { value: sent.value }),
  } as OutcomeMessage;
};

/** What a model said, and a truth that came as text, may be any number. */
const checkStored = (what: string, value: number): void => {
  if (!isStored(value)) throw new InvalidInput(`its ${what} is ${value}; outcomes are put on record with ${STORED}`);
};

const checkNumbers = ({ truth, prediction, shadow }: OutcomeMessage): void => {
  checkStored('truth', truth);
  const challenger = shadow?.status === 'scored' ? shadow.scored.prediction : undefined;
  for (const said of [prediction, challenger]) if (said?.kind === 'value') checkStored('prediction', said.value);
};

/** The error with the place of the outcome in the request before its words. */
const located = (error: unknown, index: number): unknown => {
  if (!(error instanceof ContenderError)) return error;
  const Kind = error.constructor as new (message: string, options: { cause: unknown }) => ContenderError;
  return new Kind(`outcomes[${index}]: ${error.message}`, { cause: error });
};

const chunked = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

/**
 * Takes all outcomes of a request, or none. Once it returns, they are in the queue and cannot be lost.
 * @throws InvalidInput, Forbidden, Gone naming the outcome
 */
export const acceptOutcomes = async (
  model: string,
  sent: readonly SentOutcome[],
  identity: Identity,
  acceptFor: string,
  ports: AcceptOutcomesPorts,
): Promise<number> => {
  const now = ports.now();
  const byVersion = new Map<number, OutcomeMessage[]>();
  for (const [index, outcome] of sent.entries()) {
    try {
      const record = await ports.open(outcome.predictionId);
      checkOwner(record, model, identity);
      if (now - record.at > durationMs(acceptFor))
        throw new Gone(`its prediction is older than ${acceptFor}, for which outcomes are accepted`);
      if (outcome.observedAt !== undefined) checkObserved(outcome.observedAt, now);
      const version = await ports.version(model, record.version);
      const message = toMessage(record, outcome, readTruth(outcome.truth, yardstickOf(version)), now);
      checkNumbers(message);
      byVersion.set(record.version, [...(byVersion.get(record.version) ?? []), message]);
    } catch (error) {
      throw located(error, index);
    }
  }
  const batches: OutcomeBatch[] = [...byVersion].flatMap(([version, outcomes]) =>
    chunked(outcomes, OUTCOMES_PER_MESSAGE).map((chunk) => ({ model, version, outcomes: chunk })),
  );
  await ports.queue.send(batches);
  return sent.length;
};
