import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { ArchiveGate, type ArchiveLimits } from '../domain/archive-gate';
import type { ArchiveKind } from '../domain/archive-name';
import { UploadRejected } from '../domain/rejected';
import type { ArchiveFile, Archives } from '../ports';

const unreadable = (kind: ArchiveKind, why: string): UploadRejected =>
  new UploadRejected(
    'bad-archive',
    `the archive is truncated or no .${kind}: ${why}; pack it again and upload it whole`,
  );

/** The bytes of one entry, counted as they come. */
const collect = async (stream: AsyncIterable<Uint8Array>, path: string, gate: ArchiveGate): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    gate.grown(path, size);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
};

const TAR_TYPES: Readonly<Record<string, string>> = {
  'contiguous-file': 'file',
  link: 'hard link',
  symlink: 'symbolic link',
};

const unpackTar = async (bytes: Uint8Array, gate: ArchiveGate): Promise<ArchiveFile[]> => {
  const files: ArchiveFile[] = [];
  const tar = extract();
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        gate.unpacked(chunk.length);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
  });
  const read = async () => {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      const path = gate.enter(name, TAR_TYPES[type ?? ''] ?? type ?? 'thing of no type');
      if (path === undefined) entry.resume();
      else files.push({ path, bytes: await collect(entry as AsyncIterable<Uint8Array>, path, gate) });
    }
  };
  const reading = read().catch((error: Error) => {
    tar.destroy(error);
    throw error;
  });
  const [piped, done] = await Promise.allSettled([
    pipeline(Readable.from([bytes], { objectMode: false }), createGunzip(), counted, tar),
    reading,
  ]);
  const faults = [done, piped].flatMap((settled) => (settled.status === 'rejected' ? [settled.reason as Error] : []));
  const [fault] = [...faults.filter((error) => error instanceof UploadRejected), ...faults];
  if (fault) throw fault instanceof UploadRejected ? fault : unreadable('tar.gz', fault.message);
  return files;
};

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;
const SYMBOLIC_LINK = 0o120000;

/** What the mode that Unix keeps in the upper half of the attributes says; other systems keep none there. */
const zipTypeOf = (name: string, { externalFileAttributes }: Entry): string => {
  const type = (externalFileAttributes >>> 16) & FILE_TYPE;
  if (type === SYMBOLIC_LINK) return 'symbolic link';
  if (type !== 0 && type !== REGULAR && type !== DIRECTORY) return 'device';
  return name.endsWith('/') ? 'directory' : 'file';
};

const nameOf = ({ fileNameRaw }: Entry): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fileNameRaw);
  } catch {
    throw new UploadRejected(
      'unsafe-archive',
      'the archive names an entry in an encoding other than UTF-8; pack it again',
    );
  }
};

const unpackEntry = async (zip: ZipFile, entry: Entry, path: string, gate: ArchiveGate): Promise<ArchiveFile> => {
  if (entry.isEncrypted()) throw unreadable('zip', `${path} is encrypted`);
  const stream = await zip.openReadStreamPromise(entry);
  const counted = async function* () {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      gate.unpacked(chunk.length);
      yield chunk;
    }
  };
  const bytes = await collect(counted(), path, gate);
  if (crc32(bytes) !== entry.crc32) throw unreadable('zip', `${path} is not what its checksum says`);
  return { path, bytes };
};

const unpackZip = async (bytes: Uint8Array, gate: ArchiveGate): Promise<ArchiveFile[]> => {
  const files: ArchiveFile[] = [];
  try {
    // Names are read here: yauzl would mend some of them.
    const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      lazyEntries: true,
      decodeStrings: false,
    });
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      const path = gate.enter(name, zipTypeOf(name, entry));
      if (path !== undefined) files.push(await unpackEntry(zip, entry, path, gate));
    }
  } catch (error) {
    throw error instanceof UploadRejected ? error : unreadable('zip', (error as Error).message);
  }
  return files;
};

/** Unpacks in memory, and never more than the limits. */
export const archives: Archives = {
  unpack: (bytes: Uint8Array, kind: ArchiveKind, limits: ArchiveLimits): Promise<ArchiveFile[]> =>
    (kind === 'zip' ? unpackZip : unpackTar)(bytes, new ArchiveGate(limits)),
};
