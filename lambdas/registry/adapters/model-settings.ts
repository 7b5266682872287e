import type { Grant } from '../../access/contract';
import type { ModelAccess } from '../../access/domain/authorize';
import { type Actor, type Model, modelSchema, type Policy } from '../contract';
import { modelKey, SK } from './keys';
import type { RegistryReader } from './registry-reader';
import type { RegistryTable, TransactWrite } from './registry-table';
import { putEntity, putModel } from './registry-writes';

/** What operators set about a model. A model may get its policy before its first version arrives. */
export class ModelSettings {
  constructor(
    private readonly table: RegistryTable,
    private readonly newModels: Model['access'],
  ) {}

  /** Access of a model, or that of one yet to come, which nobody can be kept from. */
  async accessOrOpen(model: string, reader: RegistryReader): Promise<ModelAccess> {
    return (await reader.findModel(model)) ? reader.access(model) : { model, mode: 'open', grants: [] };
  }

  /** Puts the next policy in force. @returns its number @throws Conflict when two are put at once */
  async putPolicy(model: string, policy: Policy, actor: Actor, at: number): Promise<number> {
    const next = await this.nextModel(model, at);
    const policyNumber = next.policyNumber + 1;
    const item = { pk: modelKey(model), sk: SK.policy(policyNumber), entity: 'Policy', schemaVersion: 1, ...policy };
    const audit = {
      model: next.model,
      type: 'Policy Changed' as const,
      at,
      actor,
      detail: { policyNumber, policy: JSON.parse(JSON.stringify(policy)) },
    };
    const writes = [
      putModel(this.table.tableName, { ...next, policyNumber }),
      putEntity(this.table.tableName, item, 0),
    ];
    await this.table.commit({ audit, writes });
    return policyNumber;
  }

  /** Replaces mode and grants. @throws Conflict when two do at once */
  async putAccess(
    model: string,
    access: { mode: Model['access']; grants: readonly Grant[] },
    before: readonly Grant[],
    actor: Actor,
    at: number,
  ): Promise<void> {
    const next = await this.nextModel(model, at);
    const kept = new Set(access.grants.map((grant) => grant.principal));
    const removed = before.filter((grant) => !kept.has(grant.principal));
    const audit = {
      model: next.model,
      type: 'Access Changed' as const,
      at,
      actor,
      detail: JSON.parse(JSON.stringify(access)),
    };
    const writes = [
      putModel(this.table.tableName, { ...next, access: access.mode }),
      ...access.grants.map((grant) => this.putGrant(model, grant)),
      ...removed.map((grant) => this.removeGrant(model, grant)),
    ];
    await this.table.commit({ audit, writes });
  }

  private async nextModel(model: string, at: number): Promise<Model> {
    const known = await this.table.get({ pk: modelKey(model), sk: SK.meta }, modelSchema);
    if (known) return { ...known, generation: known.generation + 1 };
    return { model, createdAt: at, latestVersion: 0, access: this.newModels, policyNumber: 0, generation: 0 };
  }

  private putGrant(model: string, grant: Grant): TransactWrite {
    const key = { pk: modelKey(model), sk: SK.grant(grant.principal) };
    return { Put: { TableName: this.table.tableName, Item: { ...key, entity: 'Grant', schemaVersion: 1, ...grant } } };
  }

  private removeGrant(model: string, grant: Grant): TransactWrite {
    return { Delete: { TableName: this.table.tableName, Key: { pk: modelKey(model), sk: SK.grant(grant.principal) } } };
  }
}
