import * as z from 'zod';
import { modelKey, SK, slotKey } from '../../registry/adapters/keys';
import type { RegistryTable } from '../../registry/adapters/registry-table';
import { modelVersionSchema } from '../../registry/contract';
import { type Slot, type SlotStatus, slotSchema } from '../contract';

/** A slot's item: what was opened, and what became of it. */
const slotItemSchema = slotSchema.extend({ version: z.number().optional(), isDuplicate: z.boolean().optional() });
/** Slots are known for as long as an event may still come: it lies 14 days in dead letters, and some days in the queue. */
const KEPT_AFTER_MS = 28 * 86_400_000;

export class DynamoSlots {
  constructor(private readonly table: RegistryTable) {}

  async open(slot: Slot): Promise<void> {
    const expiresAt = Math.ceil((slot.expiresAt + KEPT_AFTER_MS) / 1000);
    const item = { ...slotKey(slot.slot), entity: 'Slot', schemaVersion: 1, ...slot, ttl: expiresAt };
    await this.table.write([
      { Put: { TableName: this.table.tableName, Item: item, ConditionExpression: 'attribute_not_exists(pk)' } },
    ]);
  }

  async find(slot: string): Promise<{ slot: Slot; status: SlotStatus } | undefined> {
    const item = await this.table.get(slotKey(slot), slotItemSchema);
    return item && { slot: item, status: await this.statusOf(item) };
  }

  private async statusOf(item: z.output<typeof slotItemSchema>): Promise<SlotStatus> {
    const { version } = item;
    if (version === undefined) return { status: 'WAITING' };
    const record = await this.table.get({ pk: modelKey(item.model), sk: SK.version(version) }, modelVersionSchema);
    // Rejected by registration: a later stage's rejection is a version's own story.
    if (record?.status === 'REJECTED' && record.evaluation === undefined && !item.isDuplicate)
      return { status: 'REJECTED', version, rejection: record.rejection };
    return { status: item.isDuplicate ? 'DUPLICATE' : 'REGISTERED', version };
  }
}
