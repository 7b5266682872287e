import { Conflict } from '../../kernel/errors';
import { modelKey } from '../../registry/adapters/keys';
import type { RegistryTable } from '../../registry/adapters/registry-table';
import { putEntity } from '../../registry/adapters/registry-writes';
import type { EntryOf } from '../../registry/contract';

/** What is recorded once for each time that a champion drifts. */
type DriftFact = 'Drift Detected' | 'Refresh Requested';

/** Puts facts about a drift on record, each once however often its handler runs. */
export class DriftLedger {
  constructor(private readonly table: RegistryTable) {}

  /** @returns whether it was new */
  async record(entry: EntryOf<DriftFact>): Promise<boolean> {
    const { version, type, detail } = entry;
    const sk = `DRIFT#${String(version).padStart(10, '0')}#${detail.driftSince}#${type}`;
    const item = { pk: modelKey(entry.model), sk, entity: 'DriftFact', schemaVersion: 1, recordedAt: entry.at };
    try {
      await this.table.commit({ audit: entry, writes: [putEntity(this.table.tableName, item, 0)] });
      return true;
    } catch (error) {
      if (error instanceof Conflict) return false;
      throw error;
    }
  }
}
