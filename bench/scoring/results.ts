import { median } from '../quantiles';
import type { LambdaTimes } from './cold-start';
import type { ModelName } from './models';
import type { RawRun } from './raw-run.child';
import type { Sample } from './take-sample';

/** All that was measured of one model in one round: only these may be compared with one another. */
export interface Round {
  readonly model: ModelName;
  readonly round: number;
  readonly raw: RawRun;
  readonly lambda?: LambdaTimes;
  /** By server; those that failed are absent. */
  readonly servers: Readonly<Record<string, Sample>>;
}

/** Why a server has no numbers. */
export interface Absence {
  readonly server: string;
  readonly model?: ModelName;
  readonly reason: string;
}

/** Median over the rounds of what `look` finds in each; undefined where it finds nothing. */
export const medianOf = (rounds: readonly Round[], look: (round: Round) => number | undefined): number | undefined => {
  const values = rounds.flatMap((round) => look(round) ?? []);
  return values.length === 0 ? undefined : median(values);
};
