import { type LoggedModel, loggedModelSchema, type ModelMetric, modelMetricSchema } from '../contract';
import { latestPlace } from '../domain/sortable';
import type { Item, Items, Write } from '../ports';
import { latestOf, type Pair, putEach, type Taken, takenOf } from './run-store';
import { experimentKey, hashed, listedSk, loggedKey, META, PREFIX } from './tracking-keys';

/** A logged model with what was found of it. */
export interface MeasuredModel extends LoggedModel {
  readonly metrics: readonly ModelMetric[];
}

const pairsOf = (items: readonly Item[], prefix: string): Record<string, string> =>
  Object.fromEntries(
    items.filter(({ sk }) => sk.startsWith(prefix)).map(({ sk, value }) => [sk.slice(prefix.length), String(value)]),
  );

const metricSk = ({ key, datasetName = '', datasetDigest = '', runId }: ModelMetric): string =>
  `${PREFIX.metrics}${key}#${hashed(datasetName, datasetDigest, runId)}`;

/** MLflow 3's logged models: each of their parameters, tags and metrics an item of its own. */
export class LoggedModelStore {
  constructor(private readonly items: Items) {}

  /** The model is there once all of it is. */
  async add(model: LoggedModel): Promise<void> {
    const { tags, params, ...record } = model;
    const pk = loggedKey(model.modelId);
    const pairs = (prefix: string, of: Readonly<Record<string, string>>) =>
      Object.entries(of).map(([key, value]) => ({ pk, sk: prefix + key, value }));
    await this.items.putAll([...pairs(PREFIX.tags, tags), ...pairs(PREFIX.params, params)]);
    const listed = {
      pk: experimentKey(model.experimentId),
      sk: listedSk('loggedModels', model.createdAt, model.modelId),
      modelId: model.modelId,
    };
    await this.items.write([
      { kind: 'put', item: listed },
      { kind: 'put', item: { ...record, pk, sk: META } },
    ]);
  }

  async get(id: string): Promise<MeasuredModel | undefined> {
    const items = await this.items.all(loggedKey(id));
    const meta = items.find(({ sk }) => sk === META);
    if (meta === undefined) return undefined;
    const record = loggedModelSchema.parse(meta);
    return {
      ...record,
      // Records of before have their tags and parameters in themselves.
      tags: { ...record.tags, ...pairsOf(items, PREFIX.tags) },
      params: { ...record.params, ...pairsOf(items, PREFIX.params) },
      metrics: items.filter(({ sk }) => sk.startsWith(PREFIX.metrics)).map((item) => modelMetricSchema.parse(item)),
    };
  }

  async record(id: string): Promise<LoggedModel | undefined> {
    const found = await this.items.get({ pk: loggedKey(id), sk: META });
    return found === undefined ? undefined : loggedModelSchema.parse(found);
  }

  async change(id: string, changes: Partial<LoggedModel>): Promise<void> {
    await this.items.change({ pk: loggedKey(id), sk: META }, changes);
  }

  setTags(id: string, tags: readonly Pair[]): Promise<void> {
    return this.items.putAll(tags.map(({ key, value }) => ({ pk: loggedKey(id), sk: PREFIX.tags + key, value })));
  }

  async deleteTag(id: string, key: string): Promise<void> {
    await this.items.write([{ kind: 'delete', key: { pk: loggedKey(id), sk: PREFIX.tags + key } }]);
  }

  /** @see RunStore.setParams */
  async setParams(id: string, params: readonly Pair[]): Promise<Taken[]> {
    const writes = params.map(({ key, value }): Write => {
      const item = { pk: loggedKey(id), sk: PREFIX.params + key, value };
      return { kind: 'put', item, when: { kind: 'same', attribute: 'value' } };
    });
    return (await this.items.write(writes)).flatMap(takenOf);
  }

  /** The latest value of each metric, dataset and run stands; the run's history has them all. */
  async addMetrics(id: string, metrics: readonly ModelMetric[]): Promise<void> {
    const latest = [...latestOf(metrics, metricSk).entries()];
    await putEach(
      this.items,
      latest.map(([sk, metric]) => ({
        kind: 'put',
        item: { ...metric, pk: loggedKey(id), sk, place: latestPlace(metric) },
        when: { kind: 'below', attribute: 'place' },
      })),
    );
  }
}
