import { MAX_DATASETS, type TrainingRun } from '../registry/contract';
import type { TrackingStore } from './adapters/tracking-store';
import { invalid } from './domain/refusal';
import { trainingRunOf } from './domain/training-run';

/** What of a registration leads to a run. */
export interface Named {
  readonly run_id?: string | undefined;
  readonly model_id?: string | undefined;
  readonly source: string;
}

export interface TrainedBy {
  readonly runId: string | undefined;
  readonly trained: { readonly run?: TrainingRun };
}

type Tracking = Pick<TrackingStore, 'run' | 'loggedModel'>;

/** The run that a registration names, or that the logged model or the source is of. */
const runIdOf = async ({ run_id, model_id, source }: Named, tracking: Tracking): Promise<string | undefined> => {
  const modelId = model_id || /^models:\/(m-[\w-]+)$/.exec(source)?.[1];
  const logged = run_id || !modelId ? undefined : await tracking.loggedModel(modelId);
  return run_id || logged?.sourceRunId || /^runs:\/([^/]+)\//.exec(source)?.[1];
};

/**
 * The run of a registration, and what it says of the training of the version; the latter where the run is known here, and not
 * one of another tracking server.
 * @throws Refusal when it logged more datasets than a version has room for
 */
export const trainedBy = async (named: Named, tracking: Tracking): Promise<TrainedBy> => {
  const runId = await runIdOf(named, tracking);
  const found = runId ? await tracking.run(runId) : undefined;
  if (found === undefined) return { runId, trained: {} };
  const run = trainingRunOf(found);
  if (run.datasets.length <= MAX_DATASETS) return { runId, trained: { run } };
  throw invalid(
    `run ${runId} logged ${run.datasets.length} datasets that the model was trained on, over the limit of ${MAX_DATASETS} for a version; log what they were joined into, or the context "eval" with those that it was not trained on`,
  );
};
