import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Identity } from '../../access/contract';
import { ContenderError, NotFound, TooLarge, UpstreamFailed } from '../../kernel/errors';
import { MAX_REFERENCED_BYTES } from '../contract';
import { inputKeyOf, ownPlaceOf } from '../domain/input-place';
import type { InputReferences } from '../ports';

/** What S3 says of a key that is not there, with and without the right to list. */
const MISSING = new Set(['NoSuchKey', 'NotFound', 'AccessDenied']);

const wholeOf = async (body: Readable, uri: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop ends the stream: no more is fetched than is taken.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_REFERENCED_BYTES)
      throw new TooLarge(`${uri} is over the limit of ${MAX_REFERENCED_BYTES} bytes; send fewer rows`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** Inputs that callers left under `requests/<caller>/` of the upload bucket. */
export class S3InputReferences implements InputReferences {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  placeOf(caller: Identity): string {
    return ownPlaceOf(this.bucket, caller);
  }

  async read(uri: string, caller: Identity): Promise<Buffer> {
    const Key = inputKeyOf(uri, this.bucket, caller);
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key }));
      return await wholeOf(Body as Readable, uri);
    } catch (cause) {
      if (cause instanceof ContenderError) throw cause;
      const { name } = cause as Error;
      if (MISSING.has(name)) throw new NotFound(`there is no ${uri}; upload it first, it is kept for a day`, { cause });
      throw new UpstreamFailed(`${uri} cannot be read: ${name}`, { cause });
    }
  }
}
