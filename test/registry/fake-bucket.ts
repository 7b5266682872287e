import { type S3Client, S3ServiceException } from '@aws-sdk/client-s3';

interface Version {
  readonly body: string;
  readonly at: number;
  readonly deleted: boolean;
}

/** What a process that dies leaves of its caller. */
export class Crash extends Error {}

/** Keys that S3 lists at once. */
const LISTED = 3;

const refusal = (name: string): S3ServiceException =>
  new S3ServiceException({
    name,
    $fault: 'client',
    $metadata: { httpStatusCode: name === 'PreconditionFailed' ? 412 : 409 },
  });

interface Input {
  readonly Key?: string;
  readonly Body?: string;
  readonly IfNoneMatch?: string;
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
  readonly VersionId?: string;
  readonly MaxKeys?: number;
}

/** A versioned bucket, as far as the vault uses one: conditional writes, listings of versions a few at a time, reads. Every call may be made to fail. */
export class FakeBucket {
  readonly versions = new Map<string, Version[]>();
  /** Called before and after every call; what it throws is its caller's. */
  onCall: (moment: 'before it is sent' | 'before its answer is read') => void = () => undefined;
  /** So many conditional writes are told that another one is under way. */
  busy = 0;
  now = 1_000_000;

  get client(): S3Client {
    return { send: (command: object) => this.send(command as { input: Input }) } as unknown as S3Client;
  }

  write(key: string, body: string, deleted = false): void {
    const entry = { body, at: this.now, deleted };
    this.versions.set(key, [...(this.versions.get(key) ?? []), entry]);
  }

  private async send(command: { readonly input: Input }): Promise<object> {
    await Promise.resolve();
    this.onCall('before it is sent');
    const answer = this.answer(command.constructor.name, command.input);
    this.onCall('before its answer is read');
    return answer;
  }

  private answer(kind: string, input: Input): object {
    if (kind === 'PutObjectCommand') return this.put(input);
    if (kind === 'ListObjectVersionsCommand') return this.list(input);
    const body = this.versions.get(input.Key ?? '')?.[Number(input.VersionId)]?.body ?? '';
    return { Body: { transformToString: async () => body } };
  }

  private put({ Key = '', Body = '', IfNoneMatch }: Input): object {
    if (IfNoneMatch !== undefined && this.busy > 0) {
      this.busy--;
      throw refusal('ConditionalRequestConflict');
    }
    const last = this.versions.get(Key)?.at(-1);
    if (IfNoneMatch === '*' && last !== undefined && !last.deleted) throw refusal('PreconditionFailed');
    this.write(Key, Body);
    return {};
  }

  private list({ Prefix = '', Delimiter, KeyMarker = '', VersionIdMarker, MaxKeys = LISTED }: Input): object {
    const all = [...this.versions.keys()]
      .sort()
      .filter((key) => key.startsWith(Prefix))
      .flatMap((key) => this.entriesOf(key, Prefix, Delimiter))
      .filter((entry, i, entries) => entry.folder === undefined || entries[i - 1]?.folder !== entry.folder);
    const isBehind = ({ key, id }: { key: string; id: number }) =>
      key > KeyMarker || (key === KeyMarker && VersionIdMarker !== undefined && id < Number(VersionIdMarker));
    const found = all.filter(isBehind);
    const page = found.slice(0, Math.min(MaxKeys, LISTED));
    const last = page.at(-1);
    const objects = page.filter(({ folder }) => folder === undefined);
    const shown = objects.map(({ key, id, version }) => ({
      Key: key,
      VersionId: String(id),
      LastModified: new Date(version.at),
      Size: version.body.length,
    }));
    return {
      Versions: shown.filter((_, i) => !objects[i]?.version.deleted),
      DeleteMarkers: shown.filter((_, i) => objects[i]?.version.deleted),
      CommonPrefixes: page.flatMap(({ folder }) => (folder === undefined ? [] : [{ Prefix: folder }])),
      IsTruncated: found.length > page.length,
      ...(last === undefined ? {} : { NextKeyMarker: last.key, NextVersionIdMarker: String(last.id) }),
    };
  }

  private entriesOf(key: string, prefix: string, delimiter: string | undefined) {
    const cut = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const folder = cut === -1 ? undefined : key.slice(0, cut + 1);
    return (this.versions.get(key) ?? []).map((version, id) => ({ key: folder ?? key, id, version, folder })).reverse();
  }
}
