import { type Metric, metricSchema, type RunInfo, runInfoSchema } from '../contract';
import type { RunView } from '../domain/shapes';
import { historyPlace, latestPlace, sortableInteger } from '../domain/sortable';
import type { Item, Items, Key, Refused, Write } from '../ports';
import { experimentKey, hashed, historyKey, listedSk, META, PREFIX, runKey } from './tracking-keys';

export interface Pair {
  readonly key: string;
  readonly value: string;
}

/** A parameter that has another value already. */
export interface Taken extends Pair {
  readonly old: string;
}

/** Conditional writes that are under way at the same time. */
const PARALLEL = 24;

const withPrefix = (items: readonly Item[], prefix: string): Item[] => items.filter(({ sk }) => sk.startsWith(prefix));

const pairsOf = (items: readonly Item[], prefix: string): Record<string, string> =>
  Object.fromEntries(withPrefix(items, prefix).map(({ sk, value }) => [sk.slice(prefix.length), String(value)]));

const bodiesOf = (items: readonly Item[], prefix: string): unknown[] =>
  withPrefix(items, prefix).map(({ body }) => JSON.parse(String(body)));

export const putEach = async (items: Items, writes: readonly Write[]): Promise<void> => {
  for (let i = 0; i < writes.length; i += PARALLEL)
    await Promise.all(writes.slice(i, i + PARALLEL).map((write) => items.write([write])));
};

/** The latest of each: what one call brings may hold many values of one metric. */
export const latestOf = <M extends Metric>(metrics: readonly M[], idOf: (metric: M) => string): Map<string, M> => {
  const latest = new Map<string, M>();
  for (const metric of metrics) {
    const known = latest.get(idOf(metric));
    if (known === undefined || latestPlace(known) < latestPlace(metric)) latest.set(idOf(metric), metric);
  }
  return latest;
};

/** What is logged of a run: each thing an item of the run's partition, so that writers of different things do not meet. */
export type Logged = 'inputs' | 'outputs' | 'inputModels';

/** Runs, and all that is logged of them. */
export class RunStore {
  constructor(private readonly items: Items) {}

  /** The run is there once all of it is: whoever is interrupted leaves none. */
  async add(info: RunInfo, tags: readonly Pair[]): Promise<void> {
    await this.setTags(info.runId, tags);
    const listed = {
      pk: experimentKey(info.experimentId),
      sk: listedSk('runs', info.startedAt, info.runId),
      runId: info.runId,
    };
    await this.items.write([
      { kind: 'put', item: listed },
      { kind: 'put', item: { ...info, pk: runKey(info.runId), sk: META } },
    ]);
  }

  async get(id: string): Promise<RunView | undefined> {
    const items = await this.items.all(runKey(id));
    const meta = items.find(({ sk }) => sk === META);
    if (meta === undefined) return undefined;
    return {
      info: runInfoSchema.parse(meta),
      params: pairsOf(items, PREFIX.params),
      tags: pairsOf(items, PREFIX.tags),
      metrics: withPrefix(items, PREFIX.metrics).map((item) => metricSchema.parse(item)),
      inputs: bodiesOf(items, PREFIX.inputs),
      inputModels: bodiesOf(items, PREFIX.inputModels),
      outputs: bodiesOf(items, PREFIX.outputs),
    };
  }

  async info(id: string): Promise<RunInfo | undefined> {
    const found = await this.items.get({ pk: runKey(id), sk: META });
    return found === undefined ? undefined : runInfoSchema.parse(found);
  }

  /** Runs with no more than the items that are named; in the order of the ids, without those that there are not. */
  async parts(ids: readonly string[], sks: readonly string[]): Promise<RunView[]> {
    const keys = ids.flatMap((id) => [META, ...sks].map((sk): Key => ({ pk: runKey(id), sk })));
    const byRun = new Map<string, Item[]>();
    for (const item of await this.items.many(keys)) byRun.set(item.pk, [...(byRun.get(item.pk) ?? []), item]);
    return ids.flatMap((id) => {
      const items = byRun.get(runKey(id)) ?? [];
      const meta = items.find(({ sk }) => sk === META);
      if (meta === undefined) return [];
      const metrics = withPrefix(items, PREFIX.metrics).map((item) => metricSchema.parse(item));
      const pairs = { params: pairsOf(items, PREFIX.params), tags: pairsOf(items, PREFIX.tags) };
      return [{ info: runInfoSchema.parse(meta), ...pairs, metrics, inputs: [], inputModels: [], outputs: [] }];
    });
  }

  async inputs(id: string): Promise<unknown[]> {
    return bodiesOf(await this.items.all(runKey(id), PREFIX.inputs), PREFIX.inputs);
  }

  async change(id: string, changes: Partial<RunInfo>): Promise<void> {
    await this.items.change({ pk: runKey(id), sk: META }, changes);
  }

  /** Sets all of them or, where one has another value already, none. @returns those that have */
  async setParams(id: string, params: readonly Pair[]): Promise<Taken[]> {
    const writes = params.map(({ key, value }): Write => {
      const item = { pk: runKey(id), sk: PREFIX.params + key, value };
      return { kind: 'put', item, when: { kind: 'same', attribute: 'value' } };
    });
    return (await this.items.write(writes)).flatMap(takenOf);
  }

  setTags(id: string, tags: readonly Pair[]): Promise<void> {
    return this.items.putAll(tags.map(({ key, value }) => ({ pk: runKey(id), sk: PREFIX.tags + key, value })));
  }

  async hasTag(id: string, key: string): Promise<boolean> {
    return (await this.items.get({ pk: runKey(id), sk: PREFIX.tags + key })) !== undefined;
  }

  async deleteTag(id: string, key: string): Promise<void> {
    await this.items.write([{ kind: 'delete', key: { pk: runKey(id), sk: PREFIX.tags + key } }]);
  }

  /** Every value is kept, once; the latest stands for the metric, in whatever order they come. */
  async addMetrics(id: string, metrics: readonly Metric[]): Promise<void> {
    await this.items.putAll(
      metrics.map((metric) => ({ ...metric, pk: historyKey(id, metric.key), sk: historyPlace(metric) })),
    );
    const latest = [...latestOf(metrics, ({ key }) => key).values()];
    await putEach(
      this.items,
      latest.map((metric) => ({
        kind: 'put',
        item: { ...metric, pk: runKey(id), sk: PREFIX.metrics + metric.key, place: latestPlace(metric) },
        when: { kind: 'below', attribute: 'place' },
      })),
    );
  }

  /** Values of a metric behind a place in its history, the oldest first. */
  async history(id: string, metric: string, after: string | undefined, limit: number): Promise<Metric[]> {
    const from = after === undefined ? sortableInteger(Number.MIN_SAFE_INTEGER) : `${after}\0`;
    const range = { from, to: '~', backwards: false, limit };
    return (await this.items.between(historyKey(id, metric), range)).map((item) => metricSchema.parse(item));
  }

  /** What was logged first under an id stands. */
  log(id: string, kind: Logged, bodies: ReadonlyMap<string, unknown>): Promise<void> {
    const writes = [...bodies].map(([name, body]): Write => {
      const item = { pk: runKey(id), sk: PREFIX[kind] + hashed(name), body: JSON.stringify(body) };
      return { kind: 'put', item, when: { kind: 'absent' } };
    });
    return putEach(this.items, writes);
  }
}

export const takenOf = ({ write, found }: Refused): Taken[] => {
  if (write.kind !== 'put') return [];
  const key = write.item.sk.slice(PREFIX.params.length);
  return [{ key, value: String(write.item.value), old: String(found?.value) }];
};
