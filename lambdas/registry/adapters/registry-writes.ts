import type { Model } from '../schemas/model';
import type { ModelVersion } from '../schemas/model-version';
import type { Route } from '../schemas/route';
import { modelKey, SK } from './keys';
import type { TransactWrite } from './registry-table';

/** Every item says what it is and by which schema it was written. */
const entity = (name: string) => ({ entity: name, schemaVersion: 1 });

/** The row must be new (generation 0), or still be the one that was read. */
const unchangedSince = (generation: number) =>
  generation === 0
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : { ConditionExpression: 'generation = :before', ExpressionAttributeValues: { ':before': generation - 1 } };

interface Item {
  readonly pk: string;
  readonly sk: string;
  readonly [attribute: string]: unknown;
}

/** Puts an entity whose `generation` is one above that of the row it replaces; 0 for a new one. */
export const putEntity = (tableName: string, item: Item, generation: number): TransactWrite => ({
  Put: { TableName: tableName, Item: { ...item, generation }, ...unchangedSince(generation) },
});

export const putModel = (tableName: string, model: Model): TransactWrite =>
  putEntity(
    tableName,
    {
      ...model,
      ...entity('Model'),
      pk: modelKey(model.model),
      sk: SK.meta,
      listPk: 'LIST#MODELS',
      listSk: model.model.toLowerCase(),
    },
    model.generation,
  );

export const putVersion = (tableName: string, version: ModelVersion): TransactWrite =>
  putEntity(
    tableName,
    { ...version, ...entity('ModelVersion'), pk: modelKey(version.model), sk: SK.version(version.version) },
    version.generation,
  );

export const putRoute = (tableName: string, route: Route): TransactWrite =>
  putEntity(tableName, { ...route, ...entity('Route'), pk: modelKey(route.model), sk: SK.route }, route.generation);
