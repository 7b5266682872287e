import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UpstreamFailed } from '../../kernel/errors';
import type { SandboxFile } from '../contract';
import { CandidateRejected } from '../domain/candidate-rejected';
import type { FileSource } from '../ports';

/** A download that makes no progress is given up, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** Files by presigned URL; nothing is handed out whole whose SHA-256 is not the registered one. */
export class PresignedFiles implements FileSource {
  constructor(
    /** Private folder for what has to lie on disk. */
    private readonly folder: string,
    /** Largest file that is read, in bytes. */
    private readonly maxBytes: number,
  ) {}

  async save(file: SandboxFile, name: string): Promise<string> {
    const path = join(this.folder, name);
    await pipeline(this.stream(file), createWriteStream(path, { mode: 0o600 }));
    return path;
  }

  private async *stream(file: SandboxFile): AsyncIterable<Uint8Array> {
    if (file.size > this.maxBytes) throw tooLarge(file, this.maxBytes);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of download(file)) {
      bytes += chunk.length;
      if (bytes > file.size) break;
      hash.update(chunk);
      yield chunk;
    }
    const sha256 = hash.digest('hex');
    if (bytes === file.size && sha256 === file.sha256) return;
    throw new UpstreamFailed(`${file.path} is not what was registered: SHA-256 ${sha256}, registered ${file.sha256}`);
  }
}

const tooLarge = (file: SandboxFile, maxBytes: number): CandidateRejected =>
  new CandidateRejected(
    'file-too-large',
    `${file.path} has ${file.size} bytes, over the limit of ${maxBytes}; make it smaller, or have the platform's upload.maxFileBytes raised`,
  );

/** The URL is a credential: it is named nowhere. */
async function* download(file: SandboxFile): AsyncIterable<Uint8Array> {
  try {
    const response = await fetch(file.url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    yield* response.body;
  } catch (cause) {
    throw new UpstreamFailed(`${file.path} could not be downloaded: ${(cause as Error).message}`, { cause });
  }
}
