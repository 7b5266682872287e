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

/** A body, whose bytes count as held until it is released. */
export class HeldBody {
  body: Buffer = NOTHING;
  private own = 0;

  constructor(
    private readonly reader: BodyReader,
    private readonly limits: BodyLimits,
  ) {}

  /** @throws TooLarge, NotReady when others hold the memory */
  hold(bytes: number): void {
    this.own += bytes;
    this.reader.held += bytes;
    if (this.own > this.limits.maxBytes) throw tooLarge(this.limits.maxBytes);
    if (this.reader.held > this.limits.maxTotalBytes)
      throw new NotReady('the server holds as many requests as its memory allows; try again');
  }

  release(): void {
    this.reader.held -= this.own;
    this.own = 0;
  }
}

/** Reads bodies within limits: of one, and of all that are under way. */
export class BodyReader {
  /** Bytes of all bodies that are not released. */
  held = 0;

  constructor(private readonly limits: BodyLimits) {}

  /**
   * The whole body.
   * @throws TooLarge, NotReady when others hold the memory, Unsupported, InvalidInput
   */
  async read(request: IncomingMessage): Promise<HeldBody> {
    const held = new HeldBody(this, this.limits);
    try {
      await collect(request, held, this.limits.maxBytes);
      const encoding = request.headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'identity') await this.decode(encoding, held);
      return held;
    } catch (error) {
      held.release();
      throw error;
    }
  }

  private async decode(encoding: string, held: HeldBody): Promise<void> {
    const decode = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding as keyof typeof DECODERS] : undefined;
    if (decode === undefined)
      throw new Unsupported(`Content-Encoding ${encoding.slice(0, 40)} is not read; send gzip, deflate, br or none`);
    try {
      held.body = await decode(held.body, { maxOutputLength: this.limits.maxBytes });
      held.hold(held.body.length);
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

/** Fills `held` with what the client sends. */
const collect = (request: IncomingMessage, held: HeldBody, limit: number): Promise<void> => {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    let more: Buffer[] | undefined;
    request.on('data', (chunk: Buffer) => {
      try {
        held.hold(chunk.length);
      } catch (error) {
        request.pause();
        reject(error);
        return;
      }
      if (held.body === NOTHING) held.body = chunk;
      else if (more === undefined) more = [held.body, chunk];
      else more.push(chunk);
    });
    request.on('end', () => {
      if (more !== undefined) held.body = Buffer.concat(more);
      resolve();
    });
    // Without a listener for errors, a connection that breaks ends in this alone.
    request.on('close', () => {
      if (!request.complete) reject(new InvalidInput('the connection was closed before the body was whole'));
    });
  });
};
