import * as z from 'zod';
import { Conflict } from '../../kernel/errors';
import { modelKey, runVersionsKey, SK, useSk } from '../../registry/adapters/keys';
import type { RegistryReader } from '../../registry/adapters/registry-reader';
import type { RegistryTable, TransactWrite } from '../../registry/adapters/registry-table';
import { putEntity, putModel } from '../../registry/adapters/registry-writes';
import { type Actor, type LineageItem, lineageItemSchema, type Model } from '../../registry/contract';
import { type Alias, aliasSchema, type Notes, notesSchema } from '../contract';
import { checkNotesSize } from '../domain/notes-size';

const ALIASES = 'ALIAS#';
const NOTES = 'NOTES#';
const notesSk = (version: number | undefined): string =>
  version === undefined ? `${NOTES}MODEL` : SK.version(version).replace(SK.versions, NOTES);

/** What people can say; `undefined` takes back what was said. */
export type Said = { readonly [K in Exclude<keyof Notes, 'changedAt' | 'generation'>]?: Notes[K] | undefined };
type NoteEvent = 'Model Changed' | 'Model Archived' | 'Version Changed';

/** What changes with a note: whose, and of what. */
export interface Change {
  readonly model: string;
  readonly version?: number;
  readonly actor: Actor;
  readonly at: number;
}

const NO_NOTES: Notes = notesSchema.parse({});
const placedNotesSchema = notesSchema.extend({ sk: z.string() });

/** How often a change is tried when somebody else changed the same notes first. */
const ATTEMPTS = 10;

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

  /** Notes of all versions between two, both included, by number. */
  async notesBetween(model: string, from: number, to: number): Promise<(version: number) => Notes> {
    const items = await this.table.between(modelKey(model), notesSk(from), notesSk(to), placedNotesSchema);
    const bySk = new Map(items.map((item) => [item.sk, notesSchema.parse(item)]));
    return (version) => bySk.get(notesSk(version)) ?? NO_NOTES;
  }

  /** Versions that were once said to be made by a run, by model and number, behind `after`. */
  versionsOf(run: string, after: LineageItem | undefined, limit: number): Promise<LineageItem[]> {
    const from = after === undefined ? {} : { after: useSk(after.model, after.version) };
    return this.table.following(runVersionsKey(run), SK.versions, lineageItemSchema, { ...from, limit });
  }

  aliases(model: string): Promise<Alias[]> {
    return this.table.all(modelKey(model), ALIASES, aliasSchema);
  }

  /**
   * Says something new, worked out from what is said now; nothing where that is no change. Whoever changes the same notes
   * at the same time is not written over.
   * @throws Refusal when the notes would be too large, Conflict when too many write to them at once
   */
  async change(change: Change, type: NoteEvent, next: (before: Notes) => Said | undefined): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const before = await this.notes(change.model, change.version);
      const said = next(before);
      if (said === undefined) return;
      try {
        await this.write(change, before, said, type);
        return;
      } catch (error) {
        if (!(error instanceof Conflict) || attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
      }
    }
  }

  private async write(change: Change, before: Notes, said: Said, type: NoteEvent): Promise<void> {
    const isRestored = before.archivedAt !== undefined && 'archivedAt' in said && said.archivedAt === undefined;
    // Without what is undefined: the chain's hash is of what is stored.
    const detail = JSON.parse(JSON.stringify({ ...said, ...(isRestored ? { restored: true } : {}) }));
    await this.table.commit({
      audit: { ...entryOf(change), type, detail },
      writes: [this.putNotes(change, before, said), ...this.listUnder(said.runId, change)],
    });
  }

  /** By this the version is found from its run, among those of all models. */
  private listUnder(run: string | undefined, { model, version }: Change): TransactWrite[] {
    if (run === undefined || version === undefined) return [];
    const item = { pk: runVersionsKey(run), sk: useSk(model, version), entity: 'RunVersion', schemaVersion: 1 };
    return [{ Put: { TableName: this.table.tableName, Item: { ...item, model, version } } }];
  }

  private putNotes({ model, version, at }: Change, before: Notes, said: Said): TransactWrite {
    const notes = { ...before, ...said, changedAt: at };
    checkNotesSize(notesSchema.parse(notes));
    const item = { ...notes, pk: modelKey(model), sk: notesSk(version), entity: 'Notes', schemaVersion: 1 };
    return putEntity(this.table.tableName, item, before.changedAt > 0 ? before.generation + 1 : 0);
  }

  /** @throws Conflict when the version was deleted meanwhile */
  async setAlias(change: Change, alias: string, version: number): Promise<void> {
    const item = { pk: modelKey(change.model), sk: ALIASES + alias, entity: 'Alias', schemaVersion: 1, alias, version };
    const isThere = {
      ConditionCheck: {
        TableName: this.table.tableName,
        Key: { pk: modelKey(change.model), sk: notesSk(version) },
        ConditionExpression: 'attribute_not_exists(archivedAt)',
      },
    };
    await this.table.commit({
      audit: { ...entryOf(change), type: 'Alias Changed', detail: { alias, version } },
      writes: [{ Put: { TableName: this.table.tableName, Item: item } }, isThere],
    });
  }

  async removeAlias(change: Change, alias: string): Promise<void> {
    const Key = { pk: modelKey(change.model), sk: ALIASES + alias };
    await this.table.commit({
      audit: { ...entryOf(change), type: 'Alias Changed', detail: { alias } },
      writes: [{ Delete: { TableName: this.table.tableName, Key } }],
    });
  }

  /** A model that has no version yet, with what is said of it. @returns false when there is one of that name */
  async createModel(change: Change, said: Said): Promise<boolean> {
    const { model, actor, at } = change;
    if (await this.reader.findModel(model)) return false;
    const record = { model, createdAt: at, latestVersion: 0, access: this.newModels, policyNumber: 0, generation: 0 };
    const isSilent = Object.keys(said).length === 0;
    try {
      await this.table.commit({
        audit: { ...entryOf({ model, actor, at }), type: 'Model Changed', detail: { created: true, ...said } },
        writes: [
          putModel(this.table.tableName, record),
          ...(isSilent ? [] : [this.putNotes({ model, actor, at }, NO_NOTES, said)]),
          ...this.firstGrant(change),
        ],
      });
      return true;
    } catch (error) {
      if (error instanceof Conflict) return false;
      throw error;
    }
  }

  /** On a restricted model whoever made it keeps access to it, as the first uploader does. */
  private firstGrant({ model, actor }: Change): TransactWrite[] {
    if (this.newModels !== 'restricted') return [];
    const principal = `${actor.kind === 'application' ? 'client' : 'user'}:${actor.id}`;
    const grant = {
      pk: modelKey(model),
      sk: SK.grant(principal),
      entity: 'Grant',
      schemaVersion: 1,
      principal,
      roles: ['data-scientist'],
    };
    return [{ Put: { TableName: this.table.tableName, Item: grant } }];
  }
}

const entryOf = ({ model, version, actor, at }: Change) => ({
  model,
  actor,
  at,
  ...(version === undefined ? {} : { version }),
});
