import * as z from 'zod';
import { requireRole } from '../access/domain/authorize';
import type { MeasuredModel } from './adapters/logged-model-store';
import { type Caller, type Calls, call, searchSchema } from './call';
import type { ModelMetric } from './contract';
import { type Condition, parseFilter } from './domain/filter';
import { matchesAll, type Searchable } from './domain/matches';
import { invalid } from './domain/refusal';
import { type Direction, sortKeyOf } from './domain/sort-key';
import { latestPlace } from './domain/sortable';
import { shapeOf } from './logged-models';
import { type ListedSearch, searchListed } from './search-listed';
import type { TrackingPorts } from './tracking';

const datasetSchema = z.object({ dataset_name: z.string().min(1), dataset_digest: z.string().optional() });
type Dataset = z.output<typeof datasetSchema>;

const orderSchema = z.object({
  field_name: z.string().min(1).max(300),
  ascending: z.boolean().default(true),
  dataset_name: z.string().optional(),
  dataset_digest: z.string().optional(),
});
type Order = z.output<typeof orderSchema>;

const modelSearch = searchSchema.extend({
  experiment_ids: z.array(z.string().max(100)).max(1000).default([]),
  datasets: z.array(datasetSchema).max(100).default([]),
  order_by: z.array(orderSchema).max(20).default([]),
  page_token: z.string().max(200_000).optional(),
});

const attributesOf = (model: MeasuredModel): Record<string, string | number | undefined> => ({
  name: model.name,
  model_id: model.modelId,
  model_type: model.modelType,
  status: model.status.replace(/^LOGGED_MODEL_/, ''),
  source_run_id: model.sourceRunId,
  experiment_id: model.experimentId,
  artifact_location: model.artifactUri,
  creation_timestamp: model.createdAt,
  creation_time: model.createdAt,
  creation_timestamp_ms: model.createdAt,
  last_updated_timestamp: model.updatedAt,
  last_updated_timestamp_ms: model.updatedAt,
});

const isOn = ({ datasetName, datasetDigest }: ModelMetric, { dataset_name, dataset_digest }: Dataset): boolean =>
  datasetName === dataset_name && (!dataset_digest || datasetDigest === dataset_digest);

/** One of its metrics has to do, of those on the datasets where such are named. */
const matchesMetric = (condition: Condition, metrics: readonly ModelMetric[]): boolean =>
  metrics.some(
    ({ key, value }) =>
      key === condition.key && matchesAll([condition], { attributes: {}, tags: {}, metrics: { [key]: Number(value) } }),
  );

const wants = (model: MeasuredModel, conditions: readonly Condition[], datasets: readonly Dataset[]): boolean => {
  const metrics =
    datasets.length === 0
      ? model.metrics
      : model.metrics.filter((one) => datasets.some((dataset) => isOn(one, dataset)));
  if (datasets.length > 0 && metrics.length === 0) return false;
  const searchable: Searchable = { attributes: attributesOf(model), tags: model.tags, params: model.params };
  return conditions.every((condition) =>
    condition.kind === 'metric' ? matchesMetric(condition, metrics) : matchesAll([condition], searchable),
  );
};

/** The latest value of a metric, on the dataset where one is named. */
const latestMetric = (model: MeasuredModel, key: string, order: Order): number | undefined => {
  const dataset = order.dataset_name
    ? { dataset_name: order.dataset_name, dataset_digest: order.dataset_digest }
    : undefined;
  const found = model.metrics.filter((one) => one.key === key && (dataset === undefined || isOn(one, dataset)));
  const [latest] = found.sort((a, b) => b.timestamp - a.timestamp || (latestPlace(a) < latestPlace(b) ? 1 : -1));
  return latest && Number(latest.value);
};

const METRIC = /^metrics\.[`"]?(.+?)[`"]?$/;
const NO_MODEL: MeasuredModel = {
  ...{ modelId: '', experimentId: '', name: '', modelType: '', creator: '', artifactUri: '', status: '' },
  ...{ createdAt: 0, updatedAt: 0, tags: {}, params: {}, metrics: [] },
};

const keyOf = (model: MeasuredModel, order: Order): string | number | undefined => {
  const metric = METRIC.exec(order.field_name)?.[1];
  return metric === undefined ? attributesOf(model)[order.field_name] : latestMetric(model, metric, order);
};

const checkOrder = ({ field_name, dataset_name, dataset_digest }: Order): void => {
  if (!METRIC.test(field_name) && !Object.hasOwn(attributesOf(NO_MODEL), field_name))
    throw invalid(
      `Invalid order by field name: ${field_name}; there are metrics.<key>, ${Object.keys(attributesOf(NO_MODEL)).join(', ')}`,
    );
  if (dataset_digest && !dataset_name)
    throw invalid('`dataset_digest` can only be specified if `dataset_name` is also specified.');
};

const NEWEST_FIRST: Order = { field_name: 'creation_timestamp', ascending: false };
const isTimed = ({ field_name }: Order): boolean => field_name.startsWith('creation_time');

type Row = MeasuredModel & { readonly id: string };

export const loggedModelSearchCalls = ({ tracking }: TrackingPorts): Calls => {
  const rows = async (ids: readonly string[]): Promise<Row[]> => {
    const found: Row[] = [];
    for (let i = 0; i < ids.length; i += 24) {
      const turn = await Promise.all(ids.slice(i, i + 24).map((id) => tracking.loggedModel(id)));
      found.push(...turn.flatMap((model) => (model === undefined ? [] : [{ ...model, id: model.modelId }])));
    }
    return found;
  };

  const searchOf = (given: z.output<typeof modelSearch>, gone: ReadonlySet<string>): ListedSearch<Row> => {
    const conditions = parseFilter(given.filter);
    for (const condition of conditions)
      if (condition.kind !== 'metric') matchesAll([condition], { attributes: attributesOf(NO_MODEL), tags: {} });
    given.order_by.forEach(checkOrder);
    const orders = given.order_by.some(isTimed) ? given.order_by : [...given.order_by, NEWEST_FIRST];
    const [first] = orders;
    const directions = orders.map(({ ascending }): Direction => (ascending ? 1 : -1));
    return {
      walk: { kind: 'loggedModels', experiments: given.experiment_ids, from: 0, to: Number.MAX_SAFE_INTEGER },
      byTime: orders.length === 1 && first && isTimed(first) ? directions[0] : undefined,
      directions,
      asked: JSON.stringify([[...given.experiment_ids].sort(), given.filter, given.datasets, given.order_by]),
      limit: given.max_results,
      token: given.page_token,
      rows,
      wants: (model) => !gone.has(model.experimentId) && wants(model, conditions, given.datasets),
      keys: (model) => orders.map((order) => sortKeyOf(keyOf(model, order))),
      whole: async (model) => shapeOf(model),
      advice: 'order by creation_timestamp, or search fewer experiments',
    };
  };

  const searchModels = async (given: z.output<typeof modelSearch>, { identity }: Caller) => {
    requireRole(identity, 'model:read');
    const experiments = await tracking.experiments.many(given.experiment_ids);
    const gone = new Set(experiments.filter(({ deletedAt }) => deletedAt !== undefined).map((one) => one.experimentId));
    const { found, token } = await searchListed(searchOf(given, gone), tracking);
    return { models: found, ...(token === undefined ? {} : { next_page_token: token }) };
  };

  return { 'POST logged-models/search': call(modelSearch, searchModels) };
};
