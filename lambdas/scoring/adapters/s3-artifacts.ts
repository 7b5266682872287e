import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ContenderError, UpstreamFailed } from '../../kernel/errors';
import type { AcceptedVersion, ArtifactFile } from '../../registry/contract';
import type { ArtifactReader } from '../ports';
import { graphPathOf } from '../session-cache';

/** Graphs in the artifact bucket; nothing is handed out whose SHA-256 is not the registered one. */
export class S3Artifacts implements ArtifactReader {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  async readGraph(version: AcceptedVersion): Promise<Uint8Array> {
    return this.readFile(version, graphFileOf(version));
  }

  readFile(version: AcceptedVersion, file: ArtifactFile): Promise<Uint8Array> {
    return this.explained(version, file, async () => {
      const bytes = (await (await this.body(version, file)).toArray()) as Buffer[];
      const whole = Buffer.concat(bytes);
      check(file, createHash('sha256').update(whole).digest('hex'));
      return whole;
    });
  }

  async copyGraph(version: AcceptedVersion, path: string): Promise<void> {
    const file = graphFileOf(version);
    await this.explained(version, file, async () => {
      const hash = createHash('sha256');
      const hashed = async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          hash.update(chunk);
          yield chunk;
        }
      };
      await pipeline(await this.body(version, file), hashed, createWriteStream(path, { mode: 0o600 }));
      check(file, hash.digest('hex'));
    }).catch(async (error) => {
      await rm(path, { force: true });
      throw error;
    });
  }

  private async body(version: AcceptedVersion, file: ArtifactFile): Promise<Readable> {
    const object = new GetObjectCommand({ Bucket: this.bucket, Key: version.artifactPrefix + file.path });
    const { Body } = await this.s3.send(object);
    if (Body instanceof Readable) return Body;
    throw new UpstreamFailed(`${file.path} came without a body`);
  }

  private async explained<T>(version: AcceptedVersion, file: ArtifactFile, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      if (cause instanceof ContenderError) throw cause;
      const where = `${file.path} of ${version.model} version ${version.version}`;
      throw new UpstreamFailed(`${where} cannot be read from the artifact bucket: ${(cause as Error).name}`, { cause });
    }
  }
}

const graphFileOf = (version: AcceptedVersion): ArtifactFile => {
  const path = graphPathOf(version);
  const file = version.files.find((candidate) => candidate.path === path);
  if (file !== undefined) return file;
  throw new UpstreamFailed(`${version.model} version ${version.version} lists no file ${path}`);
};

const check = (file: ArtifactFile, sha256: string): void => {
  if (sha256 === file.sha256) return;
  throw new UpstreamFailed(`${file.path} is not what was registered: SHA-256 ${sha256}, registered ${file.sha256}`);
};
