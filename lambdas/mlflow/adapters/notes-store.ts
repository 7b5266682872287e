import { modelKey, SK } from '../../registry/adapters/keys';
import type { RegistryReader } from '../../registry/adapters/registry-reader';
import type { RegistryTable } from '../../registry/adapters/registry-table';
import { putEntity, putModel } from '../../registry/adapters/registry-writes';
import type { Actor, Model } from '../../registry/contract';
import { type Alias, aliasSchema, type Notes, notesSchema } from '../contract';

const ALIASES = 'ALIAS#';
const notesSk = (version: number | undefined): string =>
  version === undefined ? 'NOTES#MODEL' : SK.version(version).replace(SK.versions, 'NOTES#');

/** What people can say. */
type Said = Omit<Partial<Notes>, 'changedAt' | 'generation'>;
type NoteEvent = 'Model Changed' | 'Model Archived' | 'Version Changed';

/** What changes with a note: whose, and of what. */
export interface Change {
  readonly model: string;
  readonly version?: number;
  readonly actor: Actor;
  readonly at: number;
}

const NO_NOTES: Notes = notesSchema.parse({});

/** Descriptions, tags and aliases: beside the registry's records, each change with its audit event. */
export class NotesStore {
  constructor(
    private readonly table: RegistryTable,
    private readonly reader: RegistryReader,
    private readonly newModels: Model['access'],
  ) {}

  async notes(model: string, version?: number): Promise<Notes> {
    return (await this.table.get({ pk: modelKey(model), sk: notesSk(version) }, notesSchema)) ?? NO_NOTES;
  }

  aliases(model: string): Promise<Alias[]> {
    return this.table.all(modelKey(model), ALIASES, aliasSchema);
  }

  /** @throws Conflict when somebody else changed them meanwhile */
  async change(change: Change, before: Notes, next: Said, type: NoteEvent): Promise<void> {
    const { model, version, at } = change;
    const known = before.changedAt > 0;
    const generation = known ? before.generation + 1 : 0;
    const item = {
      ...before,
      ...next,
      changedAt: at,
      pk: modelKey(model),
      sk: notesSk(version),
      entity: 'Notes',
      schemaVersion: 1,
    };
    await this.table.commit({
      audit: { ...entryOf(change), type, detail: next },
      writes: [putEntity(this.table.tableName, item, generation)],
    });
  }

  async setAlias(change: Change, alias: string, version: number): Promise<void> {
    const item = { pk: modelKey(change.model), sk: ALIASES + alias, entity: 'Alias', schemaVersion: 1, alias, version };
    const put = { Put: { TableName: this.table.tableName, Item: item } };
    await this.table.commit({
      audit: { ...entryOf(change), type: 'Alias Changed', detail: { alias, version } },
      writes: [put],
    });
  }

  async removeAlias(change: Change, alias: string): Promise<void> {
    const Key = { pk: modelKey(change.model), sk: ALIASES + alias };
    await this.table.commit({
      audit: { ...entryOf(change), type: 'Alias Changed', detail: { alias } },
      writes: [{ Delete: { TableName: this.table.tableName, Key } }],
    });
  }

  /** A model that has no version yet. @returns false when there is one of that name */
  async createModel({ model, actor, at }: Change): Promise<boolean> {
    if (await this.reader.findModel(model)) return false;
    const record = { model, createdAt: at, latestVersion: 0, access: this.newModels, policyNumber: 0, generation: 0 };
    const principal = `user:${actor.id}`;
    const grant = {
      pk: modelKey(model),
      sk: SK.grant(principal),
      entity: 'Grant',
      schemaVersion: 1,
      principal,
      roles: ['data-scientist'],
    };
    // On a restricted model whoever made it keeps access to it, as the first uploader does.
    const grants = this.newModels === 'restricted' ? [{ Put: { TableName: this.table.tableName, Item: grant } }] : [];
    const writes = [putModel(this.table.tableName, record), ...grants];
    await this.table.commit({
      audit: { ...entryOf({ model, actor, at }), type: 'Model Changed', detail: { created: true } },
      writes,
    });
    return true;
  }
}

const entryOf = ({ model, version, actor, at }: Change) => ({
  model,
  actor,
  at,
  ...(version === undefined ? {} : { version }),
});
