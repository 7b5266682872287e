import * as z from 'zod';
import { requireRole } from '../access/domain/authorize';
import type { Taken } from './adapters/run-store';
import { type Caller, type Calls, call } from './call';
import { metricSchema } from './contract';
import {
  batchSchema,
  type DatasetInput,
  datasetInputSchema,
  type MetricGiven,
  metricGivenSchema,
  paramGivenSchema,
  runRefSchema,
  tagGivenSchema,
} from './domain/entries';
import { invalid } from './domain/refusal';
import { metricShape } from './domain/shapes';
import { historyPlace } from './domain/sortable';
import { ownModel, runInfoOf, writableRun } from './run-records';
import { RUN_NAME, type TrackingPorts } from './tracking';

type Pair = z.output<typeof tagGivenSchema>;

/** Values of a page of a metric's history: as many as clients ask for. */
const HISTORY_PAGE = 25_000;
/** What one call names of datasets or models. */
const MAX_LOGGED = 1000;

const modelRef = z.object({ model_id: z.string().min(1).max(100), step: z.coerce.number().int().optional() });
const withoutRun = ({ run_id, run_uuid }: z.output<typeof runRefSchema>): string => run_id || run_uuid || '';

/** In the words of MLflow's server, which people look up. */
const changing = (runId: string, [first, ...rest]: readonly Taken[]): Error | undefined => {
  if (first === undefined) return undefined;
  if (rest.length === 0)
    return invalid(
      `Changing param values is not allowed. Param with key='${first.key}' was already logged with value='${first.old}' for run ID='${runId}'. Attempted logging new value '${first.value}'.`,
    );
  const told = [first, ...rest].map(({ key, old, value }) => ({ key, old_value: old, new_value: value }));
  return invalid(
    `Changing param values is not allowed. Params were already logged='${JSON.stringify(told)}' for run ID='${runId}'.`,
  );
};

const historySchema = runRefSchema.extend({
  metric_key: z.string().max(250),
  max_results: z.coerce.number().int().min(1).default(HISTORY_PAGE),
  page_token: z.string().max(100).optional(),
});

const inputsSchema = runRefSchema.extend({
  datasets: z.array(datasetInputSchema).max(MAX_LOGGED).default([]),
  models: z.array(modelRef).max(MAX_LOGGED).default([]),
});

const nameOf = ({ dataset }: DatasetInput): string => JSON.stringify([dataset.name, dataset.digest]);

/** The first of each, as MLflow keeps them. */
const firstOf = <T>(all: readonly T[], idOf: (one: T) => string): Map<string, T> =>
  new Map([...all].reverse().map((one) => [idOf(one), one]));

/** What is told of a run while it goes on. All of it may be told again: nothing changes by that. */
export const runLogCalls = ({ tracking }: TrackingPorts): Calls => {
  const { runs, loggedModels } = tracking;

  const logParams = async (runId: string, params: readonly Pair[]): Promise<void> => {
    const fault = changing(runId, await runs.setParams(runId, params));
    if (fault !== undefined) throw fault;
  };

  const logTags = async (runId: string, tags: readonly Pair[]): Promise<void> => {
    await runs.setTags(runId, tags);
    const name = tags.findLast(({ key }) => key === RUN_NAME)?.value;
    if (name) await runs.change(runId, { name });
  };

  const logMetrics = async (runId: string, metrics: readonly MetricGiven[]): Promise<void> => {
    await runs.addMetrics(
      runId,
      metrics.map((metric) => metricSchema.parse(metric)),
    );
    for (const modelId of modelsOf(metrics)) {
      const found = metrics.filter(({ model_id }) => model_id === modelId);
      await loggedModels.addMetrics(
        modelId,
        found.map(({ dataset_name, dataset_digest, ...metric }) => ({
          ...metricSchema.parse(metric),
          runId,
          ...(dataset_name ? { datasetName: dataset_name } : {}),
          ...(dataset_digest ? { datasetDigest: dataset_digest } : {}),
        })),
      );
    }
  };

  /** Everything is checked before anything is written. */
  const logBatch = async (given: z.output<typeof batchSchema> & { runId: string }, caller: Caller) => {
    const { runId, metrics, params, tags } = given;
    await writableRun(runId, caller, tracking);
    for (const modelId of modelsOf(metrics)) await ownModel(modelId, caller, tracking);
    await logParams(runId, params);
    await logMetrics(runId, metrics);
    await logTags(runId, tags);
    return {};
  };

  const NONE = { metrics: [], params: [], tags: [] };

  return {
    'POST runs/log-parameter': call(paramGivenSchema.and(runRefSchema), ({ key, value, ...ref }, caller) =>
      logBatch({ ...NONE, runId: withoutRun(ref), params: [{ key, value }] }, caller),
    ),
    'POST runs/log-metric': call(metricGivenSchema.and(runRefSchema), (given, caller) =>
      logBatch({ ...NONE, runId: withoutRun(given), metrics: [given] }, caller),
    ),
    'POST runs/set-tag': call(tagGivenSchema.and(runRefSchema), ({ key, value, ...ref }, caller) =>
      logBatch({ ...NONE, runId: withoutRun(ref), tags: [{ key, value }] }, caller),
    ),
    'POST runs/log-batch': call(batchSchema.and(runRefSchema), (given, caller) =>
      logBatch({ ...given, runId: withoutRun(given) }, caller),
    ),
    'POST runs/log-inputs': call(inputsSchema, async ({ datasets, models, ...ref }, caller) => {
      const { runId } = await writableRun(withoutRun(ref), caller, tracking);
      await runs.log(runId, 'inputs', firstOf(datasets, nameOf));
      await runs.log(
        runId,
        'inputModels',
        firstOf(models, ({ model_id }) => model_id),
      );
      return {};
    }),
    'POST runs/outputs': call(
      runRefSchema.extend({ models: z.array(modelRef).max(MAX_LOGGED).default([]) }),
      async ({ models, ...ref }, caller) => {
        const { runId } = await writableRun(withoutRun(ref), caller, tracking);
        await runs.log(
          runId,
          'outputs',
          firstOf(models, ({ model_id, step = 0 }) => `${model_id}#${step}`),
        );
        return {};
      },
    ),
    // MLflow 2 notes beside a run that a model was logged; the registration says so itself.
    'POST runs/log-model': call(runRefSchema, async (ref, caller) => {
      await writableRun(withoutRun(ref), caller, tracking);
      return {};
    }),
    'GET metrics/get-history': call(historySchema, async ({ metric_key, page_token, ...given }, { identity }) => {
      requireRole(identity, 'model:read');
      const { runId } = await runInfoOf(withoutRun(given), tracking);
      const limit = Math.min(given.max_results, HISTORY_PAGE);
      const found = await runs.history(runId, metric_key, page_token || undefined, limit + 1);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        metrics: page.map(metricShape),
        ...(found.length > limit && last ? { next_page_token: historyPlace(last) } : {}),
      };
    }),
  };
};

const modelsOf = (metrics: readonly MetricGiven[]): string[] => [
  ...new Set(metrics.flatMap(({ model_id }) => (model_id ? [model_id] : []))),
];
