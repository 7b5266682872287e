import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { InvalidInput, NotReady, TooLarge, Unsupported } from '../lambdas/kernel/errors';

export interface BodyLimits {
  /** Bytes of one body, also once it is decompressed. */
  readonly maxBytes: number;
  /** Bytes of all bodies that are read at the same time. */
  readonly maxTotalBytes: number;
}

const DECODERS = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

const NOTHING = Buffer.alloc(0);

/** Reads bodies within limits: of one, and of all that are under way. */
export class BodyReader {
  private held = 0;

  constructor(private readonly limits: BodyLimits) {}

  /**
   * The whole body. Its bytes count as held until `release`.
   * @throws TooLarge, NotReady when others hold the memory, Unsupported, InvalidInput
   */
  async read(request: IncomingMessage): Promise<{ readonly body: Buffer; readonly release: () => void }> {
    let own = 0;
    const hold = (bytes: number): void => {
      own += bytes;
      this.held += bytes;
      if (own > this.limits.maxBytes) throw tooLarge(this.limits.maxBytes);
      if (this.held > this.limits.maxTotalBytes)
        throw new NotReady('the server holds as many requests as its memory allows; try again');
    };
    const release = (): void => {
      this.held -= own;
      own = 0;
    };
    try {
      const raw = await collect(request, hold, this.limits.maxBytes);
      return { body: await this.decoded(request.headers['content-encoding'], raw, hold), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  private async decoded(encoding: string | undefined, raw: Buffer, hold: (bytes: number) => void): Promise<Buffer> {
    if (encoding === undefined || encoding === 'identity') return raw;
    const decode = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding as keyof typeof DECODERS] : undefined;
    if (decode === undefined)
      throw new Unsupported(`Content-Encoding ${encoding.slice(0, 40)} is not read; send gzip, deflate, br or none`);
    try {
      const body = await decode(raw, { maxOutputLength: this.limits.maxBytes });
      hold(body.length);
      return body;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(this.limits.maxBytes);
      if (cause instanceof NotReady || cause instanceof TooLarge) throw cause;
      throw new InvalidInput(`the body is no ${encoding}: ${(cause as Error).message}`, { cause });
    }
  }
}

const tooLarge = (limit: number): TooLarge =>
  new TooLarge(
    `the body is over this server's limit of ${limit} bytes; send fewer rows, or start it with a higher --max-body-mb`,
  );

const collect = (request: IncomingMessage, hold: (bytes: number) => void, limit: number): Promise<Buffer> => {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    request.on('data', (chunk: Buffer) => {
      try {
        hold(chunk.length);
      } catch (error) {
        request.pause();
        reject(error);
        return;
      }
      if (first === undefined) first = chunk;
      else if (more === undefined) more = [first, chunk];
      else more.push(chunk);
    });
    request.on('end', () => resolve(more ? Buffer.concat(more) : (first ?? NOTHING)));
    const gone = () => {
      if (!request.complete) reject(new InvalidInput('the connection was closed before the body was whole'));
    };
    request.on('error', gone);
    request.on('close', gone);
  });
};
