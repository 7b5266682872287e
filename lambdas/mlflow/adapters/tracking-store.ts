import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import {
  DEFAULT_EXPERIMENT,
  type Experiment,
  experimentSchema,
  type LoggedModel,
  loggedModelSchema,
  type Metric,
  metricSchema,
  type RunInfo,
  runInfoSchema,
} from '../contract';
import type { RunView } from '../domain/shapes';

type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

const META = 'META';
const experimentKey = (id: string): string => `EXPERIMENT#${id}`;
const EXPERIMENTS = 'EXPERIMENTS';
const runKey = (id: string): string => `RUN#${id}`;
const loggedKey = (id: string): string => `LOGGED#${id}`;
const historyKey = (run: string, metric: string): string => `HISTORY#${run}#${metric}`;
const PREFIX = { params: 'PARAM#', tags: 'TAG#', metrics: 'METRIC#', inputs: 'INPUT#', outputs: 'OUTPUT#' } as const;
const padded = (n: number): string => String(Math.max(0, Math.trunc(n))).padStart(16, '0');
/** Items of one experiment that a search looks at. */
const MAX_LISTED = 5000;

const pairsOf = (items: readonly Record<string, unknown>[], prefix: string): Record<string, string> =>
  Object.fromEntries(
    items
      .filter(({ sk }) => String(sk).startsWith(prefix))
      .map(({ sk, value }) => [String(sk).slice(prefix.length), String(value)]),
  );

const bodiesOf = (items: readonly Record<string, unknown>[], prefix: string): unknown[] =>
  items.filter(({ sk }) => String(sk).startsWith(prefix)).map(({ body }) => JSON.parse(String(body)));

/** Experiments, runs and logged models, under keys of their own in the registry's table: gets and queries only. */
export class TrackingStore {
  private readonly client: DynamoDBDocumentClient;

  constructor(
    dynamo: DynamoDBClient,
    private readonly tableName: string,
  ) {
    this.client = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
  }

  async experiment(id: string): Promise<Experiment | undefined> {
    return id === DEFAULT_EXPERIMENT.experimentId
      ? DEFAULT_EXPERIMENT
      : this.get({ pk: experimentKey(id), sk: META }, experimentSchema);
  }

  async experimentNamed(name: string): Promise<Experiment | undefined> {
    return name === DEFAULT_EXPERIMENT.name
      ? DEFAULT_EXPERIMENT
      : this.get({ pk: EXPERIMENTS, sk: `NAME#${name}` }, experimentSchema);
  }

  async experiments(): Promise<Experiment[]> {
    const items = await this.query(EXPERIMENTS, 'NAME#', MAX_LISTED);
    return [DEFAULT_EXPERIMENT, ...items.map((item) => experimentSchema.parse(item))];
  }

  /** @returns false when there is one of that name */
  async addExperiment(experiment: Experiment): Promise<boolean> {
    const named = { ...experiment, pk: EXPERIMENTS, sk: `NAME#${experiment.name}` };
    if (!(await this.putNew(named))) return false;
    await this.put({ ...experiment, pk: experimentKey(experiment.experimentId), sk: META });
    return true;
  }

  async putRun(info: RunInfo): Promise<void> {
    const listed = { pk: experimentKey(info.experimentId), sk: `RUN#${padded(info.startedAt)}#${info.runId}` };
    await this.put({ ...listed, runId: info.runId });
    await this.put({ ...info, pk: runKey(info.runId), sk: META });
  }

  async run(id: string): Promise<RunView | undefined> {
    const items = await this.query(runKey(id), '', MAX_LISTED);
    const meta = items.find(({ sk }) => sk === META);
    if (meta === undefined) return undefined;
    return {
      info: runInfoSchema.parse(meta),
      params: pairsOf(items, PREFIX.params),
      tags: pairsOf(items, PREFIX.tags),
      metrics: items.filter(({ sk }) => String(sk).startsWith(PREFIX.metrics)).map((item) => metricSchema.parse(item)),
      inputs: bodiesOf(items, PREFIX.inputs),
      outputs: bodiesOf(items, PREFIX.outputs),
    };
  }

  /** Newest first. */
  async runsOf(experiment: string): Promise<string[]> {
    const items = await this.query(experimentKey(experiment), 'RUN#', MAX_LISTED);
    return items.map(({ runId }) => String(runId)).reverse();
  }

  async setPairs(
    run: string,
    kind: 'params' | 'tags',
    pairs: readonly { key: string; value: string }[],
  ): Promise<void> {
    await Promise.all(pairs.map(({ key, value }) => this.put({ pk: runKey(run), sk: PREFIX[kind] + key, value })));
  }

  async addBodies(run: string, kind: 'inputs' | 'outputs', bodies: ReadonlyMap<string, unknown>): Promise<void> {
    await Promise.all(
      [...bodies].map(([id, body]) => this.put({ pk: runKey(run), sk: PREFIX[kind] + id, body: JSON.stringify(body) })),
    );
  }

  /** Every value is kept; the latest, by step and then time, stands for the metric. */
  async addMetrics(run: string, metrics: readonly Metric[]): Promise<void> {
    for (const metric of metrics) {
      const at = `${padded(metric.step)}#${padded(metric.timestamp)}`;
      await this.put({ ...metric, pk: historyKey(run, metric.key), sk: `${at}#${metric.value}` });
      const latest = { ...metric, pk: runKey(run), sk: PREFIX.metrics + metric.key, place: at };
      await this.conditional(latest, 'attribute_not_exists(place) OR place <= :place', { ':place': at });
    }
  }

  async history(run: string, metric: string): Promise<Metric[]> {
    const items = await this.query(historyKey(run, metric), '', MAX_LISTED);
    return items.map((item) => metricSchema.parse(item));
  }

  async putLoggedModel(model: LoggedModel): Promise<void> {
    await this.put({ pk: experimentKey(model.experimentId), sk: `LOGGED#${model.modelId}`, modelId: model.modelId });
    await this.put({ ...model, pk: loggedKey(model.modelId), sk: META });
  }

  loggedModel(id: string): Promise<LoggedModel | undefined> {
    return this.get({ pk: loggedKey(id), sk: META }, loggedModelSchema);
  }

  async loggedModelsOf(experiment: string): Promise<string[]> {
    const items = await this.query(experimentKey(experiment), 'LOGGED#', MAX_LISTED);
    return items.map(({ modelId }) => String(modelId));
  }

  private async get<S extends z.ZodType>(key: Item, schema: S): Promise<z.output<S> | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.tableName, Key: key, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : schema.parse(Item);
  }

  private async query(pk: string, prefix: string, most: number): Promise<Record<string, unknown>[]> {
    const condition = prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)';
    const values = prefix === '' ? { ':pk': pk } : { ':pk': pk, ':prefix': prefix };
    const input = { TableName: this.tableName, ConsistentRead: true, KeyConditionExpression: condition };
    const items: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateQuery(
      { client: this.client },
      { ...input, ExpressionAttributeValues: values },
    )) {
      items.push(...Items);
      if (items.length >= most) break;
    }
    return items.slice(0, most);
  }

  private async put(item: Item): Promise<void> {
    await this.client.send(new PutCommand({ TableName: this.tableName, Item: { schemaVersion: 1, ...item } }));
  }

  private putNew(item: Item): Promise<boolean> {
    return this.conditional(item, 'attribute_not_exists(pk)');
  }

  private async conditional(
    item: Item,
    ConditionExpression: string,
    values?: Record<string, unknown>,
  ): Promise<boolean> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.tableName,
          Item: { schemaVersion: 1, ...item },
          ConditionExpression,
          ...(values ? { ExpressionAttributeValues: values } : {}),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
