import * as z from 'zod';
import { LIST, modelKey, pointerKey, SK } from '../../registry/adapters/keys';
import type { RegistryTable, TransactWrite } from '../../registry/adapters/registry-table';
import { putEntity, putVersion } from '../../registry/adapters/registry-writes';
import type { AuditEntry, ModelVersion } from '../../registry/contract';
import { type Approval, approvalSchema } from '../contract';
import type { ApprovalStore } from '../ports';

const pointerSchema = z.object({ model: z.string() });

export class DynamoApprovalStore implements ApprovalStore {
  constructor(private readonly table: RegistryTable) {}

  find(model: string, id: string): Promise<Approval | undefined> {
    return this.table.get({ pk: modelKey(model), sk: SK.approval(id) }, approvalSchema);
  }

  /** The model whose approval it is: users hold ids only. */
  async modelOf(id: string): Promise<string | undefined> {
    return (await this.table.get(pointerKey(id), pointerSchema))?.model;
  }

  async save(approval: Approval, audit: AuditEntry, version?: ModelVersion): Promise<void> {
    const writes: TransactWrite[] = [this.put(approval)];
    if (version) writes.push(putVersion(this.table.tableName, version));
    if (approval.generation === 0) writes.push(this.pointer(approval));
    await this.table.commit({ audit, writes });
  }

  async renewToken(approval: Approval, taskToken: string): Promise<void> {
    await this.table.write([this.put({ ...approval, taskToken, generation: approval.generation + 1 })]);
  }

  private put(approval: Approval): TransactWrite {
    const listed = approval.status === 'PENDING' ? { listPk: LIST.pendingApprovals, listSk: approval.id } : {};
    const key = { pk: modelKey(approval.model), sk: SK.approval(approval.id) };
    return putEntity(
      this.table.tableName,
      { ...approval, ...listed, ...key, entity: 'Approval', schemaVersion: 1 },
      approval.generation,
    );
  }

  private pointer(approval: Approval): TransactWrite {
    const item = { ...pointerKey(approval.id), entity: 'Pointer', schemaVersion: 1, model: approval.model };
    return { Put: { TableName: this.table.tableName, Item: item } };
  }
}
