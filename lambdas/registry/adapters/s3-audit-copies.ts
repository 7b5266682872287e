import {
  type DeleteMarkerEntry,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { canonicalJson } from '../../kernel/canonical-json';
import type { PageQuery } from '../../kernel/contract';
import { UpstreamFailed } from '../../kernel/errors';
import { type AuditEvent, auditEventSchema } from '../schemas/audit';
import {
  type AuditCopy,
  COPIES_PREFIX,
  type CopiedModelsPage,
  type CopiesPage,
  TAMPERED_PREFIX,
} from '../schemas/audit-copies';
import { modelNameSchema } from '../schemas/names';

const DIGITS = 10;
/** DynamoDB holds no item over 400 KB, and JSON is at most a little longer than that. */
const LARGEST_COPY_BYTES = 1_000_000;
/** Copies of one page, in bytes: an answer of a function holds 6 MB. */
const PAGE_BYTES = 2_000_000;
/** How often a write is tried that meets another one of the same key. */
const WRITE_ATTEMPTS = 5;

const folderOf = (model: string): string => `${COPIES_PREFIX}${model.toLowerCase()}/`;
const keyOf = (model: string, sequence: number): string =>
  `${folderOf(model)}${String(sequence).padStart(DIGITS, '0')}.json`;
/** What a copy's key says; undefined of a key that no copy has. */
const sequenceOf = (model: string, key: string): number | undefined => {
  const sequence = Number(key.slice(folderOf(model).length, -'.json'.length));
  return sequence >= 1 && keyOf(model, sequence) === key ? sequence : undefined;
};

const isNamed = (error: unknown, name: string): boolean => error instanceof S3ServiceException && error.name === name;

/** Every write of one key, the newest first, as S3 lists them. */
interface Writes {
  readonly key: string;
  readonly versions: ObjectVersion[];
  readonly markers: DeleteMarkerEntry[];
}

/** The vault: a bucket whose objects cannot be changed, with a copy of every audit event. */
export class S3AuditCopies {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  /** Puts a copy unless there is one. @returns `conflict` when what lies there is another event */
  async put(event: AuditEvent): Promise<'copied' | 'known' | 'conflict'> {
    const key = keyOf(event.model, event.sequence);
    if (await this.putOnce(key, canonicalJson(event))) return 'copied';
    const [found] = (await this.writesBehind(event.model, event.sequence - 1, 1)).writes;
    if (found?.key !== key) throw new UpstreamFailed(`${key} was refused as taken, and is not there; try again`);
    return (await this.copyOf(found, event.sequence)).event?.hash === event.hash ? 'known' : 'conflict';
  }

  /** Keeps what the stream told of a change that must not be; told twice it is kept once. */
  async keepTampered(sequence: string, record: unknown): Promise<void> {
    await this.putOnce(`${TAMPERED_PREFIX}${sequence}.json`, JSON.stringify(record));
  }

  /** Copies of a model's events, the oldest first. The cursor is the last sequence that was seen. */
  async page(model: string, { limit, cursor }: PageQuery): Promise<CopiesPage> {
    const { writes, strays } = await this.writesBehind(model, Number(cursor ?? 0), limit + 1);
    const shown = writes.slice(0, Math.min(limit, fitting(writes)));
    const items = await Promise.all(shown.map((found) => this.copyOf(found, sequenceOf(model, found.key) ?? 0)));
    const last = items.at(-1);
    const more = writes.length > shown.length && last !== undefined ? { cursor: String(last.sequence) } : {};
    return { items, ...more, ...(strays.length > 0 ? { strays } : {}) };
  }

  /** Models that have copies, by folder, even if all of them were deleted since. */
  async models({ limit, cursor }: PageQuery): Promise<CopiedModelsPage> {
    const input = { Bucket: this.bucket, Prefix: COPIES_PREFIX, Delimiter: '/', MaxKeys: limit };
    const after = cursor === undefined ? {} : { KeyMarker: `${COPIES_PREFIX}${cursor}` };
    const page = await this.s3.send(new ListObjectVersionsCommand({ ...input, ...after }));
    const folders = (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix);
    const keys = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key = '' }) => Key);
    const models = folders.map((folder) => folder.slice(COPIES_PREFIX.length, -1));
    const isModel = (name: string) => modelNameSchema.safeParse(name).success && name === name.toLowerCase();
    const strays = [...new Set([...keys, ...folders.filter((_, i) => !isModel(models[i] ?? ''))])];
    const last = [...folders.map(behindFolder), ...keys].sort(byCodeUnits).at(-1);
    return {
      items: models.filter(isModel).map((model) => ({ model })),
      ...(page.IsTruncated && last !== undefined ? { cursor: last.slice(COPIES_PREFIX.length) } : {}),
      ...(strays.length > 0 ? { strays } : {}),
    };
  }

  /** At least so many copies behind a sequence with all their writes, or all that there are. */
  private async writesBehind(
    model: string,
    after: number,
    most: number,
  ): Promise<{ writes: Writes[]; strays: string[] }> {
    const byKey = new Map<string, Writes>();
    const strays = new Set<string>();
    const group = (key = ''): Writes | undefined => {
      if (sequenceOf(model, key) === undefined) {
        strays.add(key);
        return undefined;
      }
      const found = byKey.get(key) ?? { key, versions: [], markers: [] };
      byKey.set(key, found);
      return found;
    };
    let marker: { KeyMarker: string; VersionIdMarker?: string } | undefined =
      after === 0 ? { KeyMarker: folderOf(model) } : { KeyMarker: keyOf(model, after) };
    // One key more than asked for: the writes of the one before are whole then.
    while (marker !== undefined && byKey.size <= most) {
      const input = { Bucket: this.bucket, Prefix: folderOf(model), ...marker };
      const page: ListObjectVersionsCommandOutput = await this.s3.send(new ListObjectVersionsCommand(input));
      for (const version of page.Versions ?? []) group(version.Key)?.versions.push(version);
      for (const deleted of page.DeleteMarkers ?? []) group(deleted.Key)?.markers.push(deleted);
      marker = nextMarker(page);
    }
    const writes = [...byKey.values()].sort((a, b) => byCodeUnits(a.key, b.key)).slice(0, most);
    return { writes, strays: [...strays] };
  }

  private async copyOf({ key, versions, markers }: Writes, sequence: number): Promise<AuditCopy> {
    const first = versions.at(-1);
    return {
      sequence,
      event: first === undefined ? null : await this.read(key, first),
      writes: Math.max(1, versions.length),
      deleted: markers.length > 0,
      ...(first?.LastModified === undefined ? {} : { copiedAt: first.LastModified.getTime() }),
    };
  }

  private async read(key: string, { VersionId, Size = 0 }: ObjectVersion): Promise<AuditEvent | null> {
    if (Size > LARGEST_COPY_BYTES) return null;
    const at = VersionId === undefined ? {} : { VersionId };
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key, ...at }));
    const text = (await Body?.transformToString()) ?? '';
    try {
      return auditEventSchema.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  /** @returns whether it was written; false where the key is taken */
  private async putOnce(key: string, body: string): Promise<boolean> {
    const input = { Bucket: this.bucket, Key: key, Body: body, ContentType: 'application/json', IfNoneMatch: '*' };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.s3.send(new PutObjectCommand({ ...input, ChecksumAlgorithm: 'SHA256' }));
        return true;
      } catch (error) {
        if (isNamed(error, 'PreconditionFailed')) return false;
        // Another write of the key is under way, and may fail yet: nobody knows what will lie there.
        if (!isNamed(error, 'ConditionalRequestConflict') || attempt === WRITE_ATTEMPTS) throw error;
      }
    }
  }
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : 1);

/** The first string behind all keys of a folder: `0` is the character after `/`. */
const behindFolder = (folder: string): string => `${folder.slice(0, -1)}0`;

/** How many of the first copies fit one page; one at least. */
const fitting = (writes: readonly Writes[]): number => {
  let bytes = 0;
  const tooMany = writes.findIndex(({ versions }, i) => {
    const size = versions.at(-1)?.Size ?? 0;
    bytes += size > LARGEST_COPY_BYTES ? 0 : size;
    return i > 0 && bytes > PAGE_BYTES;
  });
  return tooMany === -1 ? writes.length : tooMany;
};

const nextMarker = ({
  IsTruncated,
  NextKeyMarker,
  NextVersionIdMarker,
}: ListObjectVersionsCommandOutput): { KeyMarker: string; VersionIdMarker?: string } | undefined => {
  if (!IsTruncated || NextKeyMarker === undefined) return undefined;
  return { KeyMarker: NextKeyMarker, ...(NextVersionIdMarker ? { VersionIdMarker: NextVersionIdMarker } : {}) };
};
