import * as z from 'zod';
import { LIST, modelKey, pointerKey, SK } from '../../registry/adapters/keys';
import type { RegistryTable, TransactWrite } from '../../registry/adapters/registry-table';
import { putEntity, putRoute, putVersion } from '../../registry/adapters/registry-writes';
import { type Rollout, rolloutSchema } from '../contract';
import type { RolloutChange, RolloutStore } from '../ports';

const pointerSchema = z.object({ model: z.string() });

export class DynamoRolloutStore implements RolloutStore {
  constructor(private readonly table: RegistryTable) {}

  find(model: string, id: string): Promise<Rollout | undefined> {
    return this.table.get({ pk: modelKey(model), sk: SK.rollout(id) }, rolloutSchema);
  }

  /** The model whose rollout it is: users hold ids only. */
  async modelOf(id: string): Promise<string | undefined> {
    return (await this.table.get(pointerKey(id), pointerSchema))?.model;
  }

  async commit({ audit, rollout, route, versions = [] }: RolloutChange): Promise<void> {
    const { tableName } = this.table;
    const writes: TransactWrite[] = versions.map((version) => putVersion(tableName, version));
    if (route) writes.push(putRoute(tableName, route));
    if (rollout) writes.push(this.put(rollout));
    if (rollout?.generation === 0) writes.push(this.pointer(rollout));
    await this.table.commit({ audit, writes });
  }

  private put(rollout: Rollout): TransactWrite {
    const listed = rollout.status === 'RUNNING' ? { listPk: LIST.runningRollouts, listSk: rollout.id } : {};
    const key = { pk: modelKey(rollout.model), sk: SK.rollout(rollout.id) };
    return putEntity(
      this.table.tableName,
      { ...rollout, ...listed, ...key, entity: 'Rollout', schemaVersion: 1 },
      rollout.generation,
    );
  }

  private pointer(rollout: Rollout): TransactWrite {
    return {
      Put: {
        TableName: this.table.tableName,
        Item: { ...pointerKey(rollout.id), entity: 'Pointer', schemaVersion: 1, model: rollout.model },
      },
    };
  }
}
