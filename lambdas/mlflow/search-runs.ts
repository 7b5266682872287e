import * as z from 'zod';
import { requireRole } from '../access/domain/authorize';
import { PREFIX } from './adapters/tracking-keys';
import { type Caller, type Calls, call, searchSchema } from './call';
import { type DatasetInput, datasetInputSchema } from './domain/entries';
import { type Condition, parseFilter } from './domain/filter';
import { matchesAll, type Searchable } from './domain/matches';
import { type RunView, runShape } from './domain/shapes';
import { sortKeyOf } from './domain/sort-key';
import { orderedBy, type RunOrder, runOrders } from './domain/sort-runs';
import { type ListedSearch, searchListed } from './search-listed';
import type { TrackingPorts } from './tracking';

const runSearch = searchSchema.extend({
  /** Clients that take a number for all there is send 50,000. */
  max_results: z.coerce.number().int().min(1).max(50_000).default(1000),
  experiment_ids: z.array(z.string().max(100)).max(1000).default([]),
  run_view_type: z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']).default('ACTIVE_ONLY'),
  // Holds what the last run was sorted by.
  page_token: z.string().max(200_000).optional(),
});

const searchableOf = ({ info, params, tags, metrics }: RunView): Searchable => ({
  attributes: {
    run_id: info.runId,
    run_name: info.name,
    status: info.status,
    user_id: info.userId,
    start_time: info.startedAt,
    created: info.startedAt,
    end_time: info.endedAt,
    artifact_uri: info.artifactUri,
  },
  tags,
  params,
  metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, Number(value)])),
});

const datasetSearchable = ({ dataset, tags }: DatasetInput): Searchable => ({
  attributes: {
    name: dataset.name,
    digest: dataset.digest,
    context: tags.find(({ key }) => key === 'mlflow.data.context')?.value,
  },
  tags: {},
});

/** One of the datasets of the run has to do. */
const hasDataset = (run: RunView, condition: Condition): boolean =>
  run.inputs.some((input) => {
    const { data } = datasetInputSchema.safeParse(input);
    return data !== undefined && matchesAll([{ ...condition, kind: 'attribute' }], datasetSearchable(data));
  });

/** Items of a run that conditions and orders are about. */
const itemsFor = (conditions: readonly Condition[], orders: readonly RunOrder[]): string[] => {
  const prefixes = { metric: PREFIX.metrics, param: PREFIX.params, tag: PREFIX.tags } as const;
  const asked = [...conditions, ...orders].flatMap(({ kind, key }) =>
    kind === 'attribute' || kind === 'dataset' ? [] : [prefixes[kind] + key],
  );
  return [...new Set(asked)];
};

/** Moments that the conditions leave. */
const windowOf = (conditions: readonly Condition[]): { from: number; to: number } => {
  let [from, to] = [0, Number.MAX_SAFE_INTEGER];
  for (const { kind, key, operator, values } of conditions) {
    const at = Number(values[0]);
    if (kind !== 'attribute' || (key !== 'start_time' && key !== 'created') || !Number.isFinite(at)) continue;
    if (['=', '>', '>='].includes(operator)) from = Math.max(from, Math.floor(at));
    if (['=', '<', '<='].includes(operator)) to = Math.min(to, Math.ceil(at));
  }
  return { from, to: Math.max(to, 0) };
};

/** Faults of a filter are told whether or not there is a run to hold it against. */
const checkConditions = (conditions: readonly Condition[]): void => {
  const none = { runId: '', experimentId: '', name: '', userId: '', owner: '', artifactUri: '', startedAt: 0 };
  const info = { ...none, status: 'RUNNING', deleted: false } as const;
  const run = { info, params: {}, tags: {}, metrics: [], inputs: [], inputModels: [], outputs: [] };
  for (const condition of conditions) {
    if (condition.kind !== 'dataset') matchesAll([condition], searchableOf(run));
    else matchesAll([{ ...condition, kind: 'attribute' }], datasetSearchable(NO_DATASET));
  }
};

const NO_DATASET: DatasetInput = { dataset: { name: '', digest: '', source_type: '', source: '' }, tags: [] };

type Row = RunView & { readonly id: string };

const ADVICE = 'order by start_time, or narrow the search by attributes.start_time > … or to fewer experiments';

export const runSearchCalls = ({ tracking }: TrackingPorts): Calls => {
  const rowsFor = (conditions: readonly Condition[], orders: readonly RunOrder[]) => {
    const items = itemsFor(conditions, orders);
    const needsInputs = conditions.some(({ kind }) => kind === 'dataset');
    return async (ids: readonly string[]): Promise<Row[]> => {
      const runs = await tracking.runs.parts(ids, items);
      return Promise.all(
        runs.map(async (run) => ({
          ...run,
          ...(needsInputs ? { inputs: await tracking.runs.inputs(run.info.runId) } : {}),
          id: run.info.runId,
        })),
      );
    };
  };

  const searchOf = (given: z.output<typeof runSearch>, gone: ReadonlySet<string>): ListedSearch<Row> => {
    const conditions = parseFilter(given.filter);
    checkConditions(conditions);
    const orders = runOrders(given.order_by);
    const [first] = orders;
    const isTime = orders.length === 1 && first?.kind === 'attribute' && first.key === 'start_time';
    const [ofDatasets, others] = [true, false].map((is) =>
      conditions.filter(({ kind }) => (kind === 'dataset') === is),
    );
    const isDeleted = ({ info }: RunView) => info.deleted || gone.has(info.experimentId);
    const view = given.run_view_type;
    return {
      walk: { kind: 'runs', experiments: given.experiment_ids, ...windowOf(conditions) },
      byTime: isTime ? first.direction : undefined,
      directions: orders.map(({ direction }) => direction),
      asked: JSON.stringify([[...given.experiment_ids].sort(), given.filter, given.order_by, view]),
      limit: given.max_results,
      token: given.page_token,
      rows: rowsFor(conditions, orders),
      wants: (run) =>
        (view === 'ALL' || isDeleted(run) === (view === 'DELETED_ONLY')) &&
        matchesAll(others ?? [], searchableOf(run)) &&
        (ofDatasets ?? []).every((condition) => hasDataset(run, condition)),
      keys: (run) => orders.map((order) => sortKeyOf(orderedBy(run, order))),
      whole: async ({ id, info }) => {
        const run = await tracking.run(id);
        return run && runShape(run, gone.has(info.experimentId));
      },
      advice: ADVICE,
    };
  };

  const searchRuns = async (given: z.output<typeof runSearch>, { identity }: Caller) => {
    requireRole(identity, 'model:read');
    const experiments = await tracking.experiments.many(given.experiment_ids);
    const gone = new Set(experiments.filter(({ deletedAt }) => deletedAt !== undefined).map((one) => one.experimentId));
    const { found, token } = await searchListed(searchOf(given, gone), tracking);
    return { runs: found, ...(token === undefined ? {} : { next_page_token: token }) };
  };

  return { 'POST runs/search': call(runSearch, searchRuns) };
};
