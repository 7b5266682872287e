import * as z from 'zod';
import { Conflict } from '../../kernel/errors';
import { LIST, waitingKey } from '../../registry/adapters/keys';
import type { RegistryTable } from '../../registry/adapters/registry-table';
import { modelNameSchema, timestampSchema } from '../../registry/contract';
import type { WaitingUpload, WaitingUploads } from '../ports';
import { RegistrationItems } from './registration-items';

export const waitingUploadSchema = z.object({
  model: modelNameSchema,
  bucket: z.string(),
  prefix: z.string(),
  dueAt: timestampSchema,
  missing: z.array(z.string()),
});

/** Sorts as text as the times do: 15 digits last until the year 33658. */
const sortable = (time: number): string => String(time).padStart(15, '0');

export class DynamoWaitingUploads implements WaitingUploads {
  private readonly items: RegistrationItems;

  constructor(private readonly table: RegistryTable) {
    this.items = new RegistrationItems(table.tableName);
  }

  async note(waiting: WaitingUpload): Promise<void> {
    const list = { listPk: LIST.waitingUploads, listSk: `${sortable(waiting.dueAt)}#${waiting.prefix}` };
    const item = { ...waitingKey(waiting.prefix), entity: 'WaitingUpload', schemaVersion: 1, ...waiting, ...list };
    await this.table.write([{ Put: { TableName: this.table.tableName, Item: item } }]);
  }

  async *due(now: number): AsyncGenerator<WaitingUpload> {
    for await (const waiting of this.table.each(LIST.waitingUploads, waitingUploadSchema)) {
      if (waiting.dueAt > now) return;
      yield waiting;
    }
  }

  async forget({ prefix, dueAt }: WaitingUpload): Promise<void> {
    try {
      await this.table.write([this.items.endWait(prefix, dueAt)]);
    } catch (error) {
      // It waits anew, or not at all.
      if (!(error instanceof Conflict)) throw error;
    }
  }
}
