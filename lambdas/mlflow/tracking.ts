import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { requireRole } from '../access/domain/authorize';
import type { TrackingStore } from './adapters/tracking-store';
import { type Caller, type Calls, call, searchSchema, tagListSchema, tagsOf } from './call';
import { type Experiment, metricSchema, type RunInfo, runInfoSchema } from './contract';
import { parseFilter } from './domain/filter';
import { matchesAll } from './domain/matches';
import { invalid, missing, Refusal } from './domain/refusal';
import { metricShape, type RunView, runShape } from './domain/shapes';
import { sortRuns } from './domain/sort-runs';
import type { Places } from './places';

export interface TrackingPorts {
  readonly tracking: TrackingStore;
  readonly places: Places;
}

/** What runs are of. @throws Refusal RESOURCE_DOES_NOT_EXIST */
export const experimentOf = async (id: string, tracking: TrackingStore): Promise<Experiment> => {
  const found = await tracking.experiment(id);
  if (found === undefined) throw missing(`No Experiment with id=${id} exists`);
  return found;
};

/** Runs that one search looks at. */
const MAX_EXAMINED = 1000;

const time = z.coerce.number().int().nonnegative();
const runRef = z
  .object({ run_id: z.string().max(100).optional(), run_uuid: z.string().max(100).optional() })
  .transform(({ run_id, run_uuid }) => run_id || run_uuid || '');
const statusSchema = runInfoSchema.shape.status;
/** Numbers that are none come as texts. */
const numberText = z.union([z.number().transform(String), z.enum(['NaN', 'Infinity', '-Infinity'])]);
const metricGiven = z.object({
  key: z.string().min(1).max(250),
  value: numberText,
  timestamp: time.default(0),
  step: z.coerce.number().int().default(0),
});
const paramGiven = z.object({ key: z.string().min(1).max(250), value: z.string().max(6000).default('') });

export const trackingCalls = ({ tracking, places }: TrackingPorts): Calls => {
  const runOf = async (id: string): Promise<RunView> => {
    const found = await tracking.run(id);
    if (found === undefined) throw missing(`Run '${id}' not found`);
    return found;
  };

  /** Runs are told by whoever began them. */
  const ownRun = async (id: string, { identity }: Caller): Promise<RunView> => {
    requireRole(identity, 'model:upload');
    const run = await runOf(id);
    if (run.info.owner !== identity.id)
      throw new Refusal('PERMISSION_DENIED', `run ${id} is ${run.info.userId}'s; begin one of your own`);
    return run;
  };

  const createRun = async (
    given: {
      experiment_id: string;
      run_name?: string | undefined;
      start_time: number;
      tags: z.output<typeof tagListSchema>;
    },
    { identity, at }: Caller,
  ) => {
    requireRole(identity, 'model:upload');
    const { experimentId } = await experimentOf(given.experiment_id, tracking);
    const runId = randomBytes(16).toString('hex');
    const tags = tagsOf(given.tags);
    const info: RunInfo = {
      runId,
      experimentId,
      name: given.run_name || tags['mlflow.runName'] || `run-${runId.slice(0, 8)}`,
      userId: identity.name,
      owner: identity.id,
      status: 'RUNNING',
      startedAt: given.start_time || at,
      deleted: false,
      artifactUri: `${places.uriFor(identity)}${experimentId}/${runId}/artifacts`,
    };
    await tracking.putRun(info);
    await tracking.setPairs(runId, 'tags', [
      ...given.tags.filter(({ key }) => key !== 'mlflow.runName'),
      { key: 'mlflow.runName', value: info.name },
    ]);
    return { run: runShape(await runOf(runId)) };
  };

  const searchRuns = async (given: z.output<typeof runSearch>, { identity }: Caller) => {
    requireRole(identity, 'model:read');
    const conditions = parseFilter(given.filter);
    const ids = (await Promise.all(given.experiment_ids.map((id) => tracking.runsOf(id))))
      .flat()
      .slice(0, MAX_EXAMINED);
    const runs = (await Promise.all(ids.map((id) => tracking.run(id)))).filter((run) => run !== undefined);
    const wanted = runs.filter(
      (run) =>
        (given.run_view_type === 'ALL' || run.info.deleted === (given.run_view_type === 'DELETED_ONLY')) &&
        matchesAll(conditions, searchableOf(run)),
    );
    const sorted = sortRuns(wanted, given.order_by);
    const from = Number(given.page_token ?? 0);
    if (!Number.isSafeInteger(from) || from < 0) throw invalid('the page_token is not one that a search gave out');
    const end = from + given.max_results;
    return {
      runs: sorted.slice(from, end).map(runShape),
      ...(end < sorted.length ? { next_page_token: String(end) } : {}),
    };
  };

  return {
    'POST runs/create': call(
      z.object({
        experiment_id: z.string().default('0'),
        run_name: z.string().max(250).optional(),
        start_time: time.default(0),
        tags: tagListSchema,
      }),
      createRun,
    ),
    'GET runs/get': call(runRef, async (id, { identity }) => {
      requireRole(identity, 'model:read');
      return { run: runShape(await runOf(id)) };
    }),
    'POST runs/update': call(
      z.object({
        run_id: z.string(),
        status: statusSchema.optional(),
        end_time: time.optional(),
        run_name: z.string().max(250).optional(),
      }),
      async ({ run_id, status, end_time, run_name }, caller) => {
        const { info } = await ownRun(run_id, caller);
        const next = {
          ...info,
          ...(status ? { status } : {}),
          ...(end_time ? { endedAt: end_time } : {}),
          ...(run_name ? { name: run_name } : {}),
        };
        await tracking.putRun(next);
        return { run_info: runShape({ ...(await runOf(run_id)), info: next }).info };
      },
    ),
    'POST runs/delete': call(runRef, async (id, caller) => {
      await tracking.putRun({ ...(await ownRun(id, caller)).info, deleted: true });
      return {};
    }),
    'POST runs/log-parameter': call(paramGiven.and(runRefOf()), async ({ key, value, run_id }, caller) => {
      await ownRun(run_id, caller);
      await tracking.setPairs(run_id, 'params', [{ key, value }]);
      return {};
    }),
    'POST runs/log-metric': call(metricGiven.and(runRefOf()), async ({ run_id, ...metric }, caller) => {
      await ownRun(run_id, caller);
      await tracking.addMetrics(run_id, [metricSchema.parse(metric)]);
      return {};
    }),
    'POST runs/set-tag': call(paramGiven.and(runRefOf()), async ({ key, value, run_id }, caller) => {
      await ownRun(run_id, caller);
      await tracking.setPairs(run_id, 'tags', [{ key, value }]);
      return {};
    }),
    'POST runs/log-batch': call(
      z.object({
        run_id: z.string(),
        metrics: z.array(metricGiven).max(1000).default([]),
        params: z.array(paramGiven).max(100).default([]),
        tags: z.array(paramGiven).max(100).default([]),
      }),
      async ({ run_id, metrics, params, tags }, caller) => {
        await ownRun(run_id, caller);
        await tracking.setPairs(run_id, 'params', params);
        await tracking.setPairs(run_id, 'tags', tags);
        await tracking.addMetrics(run_id, metrics);
        return {};
      },
    ),
    'POST runs/log-inputs': call(
      z.object({ run_id: z.string(), datasets: z.array(z.json()).max(1000).default([]) }).loose(),
      async ({ run_id, datasets }, caller) => {
        await ownRun(run_id, caller);
        await tracking.addBodies(run_id, 'inputs', byContent(datasets));
        return {};
      },
    ),
    'POST runs/outputs': call(
      z.object({ run_id: z.string(), models: z.array(z.json()).max(1000).default([]) }).loose(),
      async ({ run_id, models }, caller) => {
        await ownRun(run_id, caller);
        await tracking.addBodies(run_id, 'outputs', byContent(models));
        return {};
      },
    ),
    // MLflow 2 notes beside a run that a model was logged; the registration says so itself.
    'POST runs/log-model': call(z.object({ run_id: z.string() }).loose(), async ({ run_id }, caller) => {
      await ownRun(run_id, caller);
      return {};
    }),
    'POST runs/search': call(runSearch, searchRuns),
    'GET metrics/get-history': call(
      z.object({ run_id: z.string(), metric_key: z.string() }).loose(),
      async ({ run_id, metric_key }, { identity }) => {
        requireRole(identity, 'model:read');
        await runOf(run_id);
        return { metrics: (await tracking.history(run_id, metric_key)).map(metricShape) };
      },
    ),
  };
};

const runRefOf = () => z.object({ run_id: z.string().min(1).max(100) });

const runSearch = searchSchema.extend({
  experiment_ids: z.array(z.string()).max(100).default([]),
  run_view_type: z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']).default('ACTIVE_ONLY'),
});

/** What is said twice is kept once. */
const byContent = (bodies: readonly unknown[]): ReadonlyMap<string, unknown> =>
  new Map(bodies.map((body) => [Buffer.from(JSON.stringify(body)).toString('base64url').slice(-200), body]));

const searchableOf = ({ info, params, tags, metrics }: RunView) => ({
  attributes: {
    run_id: info.runId,
    run_name: info.name,
    status: info.status,
    user_id: info.userId,
    start_time: info.startedAt,
    end_time: info.endedAt,
    artifact_uri: info.artifactUri,
  },
  tags,
  params,
  metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, Number(value)])),
});
