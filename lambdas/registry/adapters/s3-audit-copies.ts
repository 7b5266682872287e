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
import type { Page, PageQuery } from '../../kernel/contract';
import { type AuditEvent, auditEventSchema } from '../schemas/audit';
import { type AuditCopy, COPIES_PREFIX, TAMPERED_PREFIX } from '../schemas/audit-copies';

const DIGITS = 10;
const padded = (sequence: number): string => String(sequence).padStart(DIGITS, '0');
const folderOf = (model: string): string => `${COPIES_PREFIX}${model.toLowerCase()}/`;
const keyOf = (model: string, sequence: number): string => `${folderOf(model)}${padded(sequence)}.json`;

const isTaken = (error: unknown): boolean =>
  error instanceof S3ServiceException &&
  (error.name === 'PreconditionFailed' || error.name === 'ConditionalRequestConflict');

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
    const body = canonicalJson(event);
    try {
      await this.write(keyOf(event.model, event.sequence), body, '*');
      return 'copied';
    } catch (error) {
      if (!isTaken(error)) throw error;
      const [copy] = (await this.page(event.model, { limit: 1, cursor: String(event.sequence - 1) })).items;
      return copy?.sequence === event.sequence && copy.event?.hash === event.hash ? 'known' : 'conflict';
    }
  }

  /** Keeps what the stream told of a change that must not be. */
  async keepTampered(sequence: string, record: unknown): Promise<void> {
    await this.write(`${TAMPERED_PREFIX}${sequence}.json`, JSON.stringify(record));
  }

  /** Copies of a model's events, the oldest first. The cursor is the last sequence that was seen. */
  async page(model: string, { limit, cursor }: PageQuery): Promise<Page<AuditCopy>> {
    const after = Number(cursor ?? 0);
    const writes = await this.writesBehind(model, after, limit + 1);
    const items = await Promise.all(writes.slice(0, limit).map((found) => this.copyOf(found)));
    const last = items.at(-1);
    return writes.length > limit && last !== undefined ? { items, cursor: String(last.sequence) } : { items };
  }

  /** At least so many keys behind a sequence with all their writes, or all that there are. */
  private async writesBehind(model: string, after: number, keys: number): Promise<Writes[]> {
    const byKey = new Map<string, Writes>();
    const group = (key = ''): Writes => {
      const found = byKey.get(key) ?? { key, versions: [], markers: [] };
      byKey.set(key, found);
      return found;
    };
    let marker: { KeyMarker: string; VersionIdMarker?: string } | undefined = { KeyMarker: keyOf(model, after) };
    // One key more than asked for: the writes of the one before are whole then.
    while (marker !== undefined && byKey.size <= keys) {
      const input = { Bucket: this.bucket, Prefix: folderOf(model), ...marker };
      const page: ListObjectVersionsCommandOutput = await this.s3.send(new ListObjectVersionsCommand(input));
      for (const version of page.Versions ?? []) group(version.Key).versions.push(version);
      for (const deleted of page.DeleteMarkers ?? []) group(deleted.Key).markers.push(deleted);
      const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
      marker =
        IsTruncated && NextKeyMarker !== undefined
          ? { KeyMarker: NextKeyMarker, ...(NextVersionIdMarker ? { VersionIdMarker: NextVersionIdMarker } : {}) }
          : undefined;
    }
    return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, keys);
  }

  private async copyOf({ key, versions, markers }: Writes): Promise<AuditCopy> {
    const first = versions.at(-1);
    return {
      sequence: Number(key.slice(-(DIGITS + '.json'.length), -'.json'.length)),
      event: first === undefined ? null : await this.read(key, first.VersionId),
      writes: Math.max(1, versions.length),
      deleted: markers.length > 0,
    };
  }

  private async read(key: string, version: string | undefined): Promise<AuditEvent | null> {
    const at = version === undefined ? {} : { VersionId: version };
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key, ...at }));
    try {
      return auditEventSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
    } catch {
      return null;
    }
  }

  /** @param unless `*`: only where there is none. */
  private async write(key: string, body: string, unless?: '*'): Promise<void> {
    const input = { Bucket: this.bucket, Key: key, Body: body, ContentType: 'application/json' };
    const condition = unless === undefined ? {} : { IfNoneMatch: unless };
    await this.s3.send(new PutObjectCommand({ ...input, ...condition, ChecksumAlgorithm: 'SHA256' }));
  }
}
