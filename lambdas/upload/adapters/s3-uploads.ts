import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Conflict } from '../../kernel/errors';
import type { Artifacts, RegisteredFiles, UploadObject, Uploads } from '../ports';

const isGone = (error: unknown): boolean => error instanceof NotFound || error instanceof NoSuchKey;

/** An object of no known time was put at none that a slot was open at. */
const putAtOf = (lastModified: Date | undefined): number => lastModified?.getTime() ?? Number.POSITIVE_INFINITY;

export class S3Uploads implements Uploads {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  async list(prefix: string, limit: number): Promise<UploadObject[]> {
    const objects: UploadObject[] = [];
    // Folder markers do not count: a page may hold fewer files than keys.
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: this.s3 },
      { Bucket: this.bucket, Prefix: prefix },
    )) {
      for (const { Key = '/', Size = 0, ETag = '', LastModified } of Contents)
        if (!Key.endsWith('/'))
          objects.push({
            key: Key,
            path: Key.slice(prefix.length),
            size: Size,
            id: ETag,
            putAt: putAtOf(LastModified),
          });
      if (objects.length >= limit) break;
    }
    return objects.slice(0, limit);
  }

  async find(key: string, path: string): Promise<UploadObject | undefined> {
    try {
      const head = await this.s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
      const id = head.VersionId ?? head.ETag ?? '';
      return { key, path, size: head.ContentLength ?? 0, id, putAt: putAtOf(head.LastModified) };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** Pinned by ETag, or by version where that is what was listed: other bytes than those that were judged are never taken. */
  async read(object: UploadObject): Promise<Uint8Array> {
    const pin = object.id.startsWith('"') ? { IfMatch: object.id } : { VersionId: object.id };
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: object.key, ...pin }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      if (status === 412 || isGone(error))
        throw new Conflict(`${object.key} was replaced while it was being read; its own event will register it`, {
          cause: error,
        });
      throw error;
    }
  }
}

export class S3Artifacts implements Artifacts, RegisteredFiles {
  constructor(
    private readonly s3: S3Client,
    readonly bucket: string,
  ) {}

  async read(key: string): Promise<Uint8Array> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }

  /** S3 checks the digest on arrival: what is stored is what was hashed. */
  async put(key: string, bytes: Uint8Array, sha256: string): Promise<void> {
    const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: bytes, ChecksumSHA256 }));
  }
}
