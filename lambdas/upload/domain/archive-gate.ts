import { UploadRejected } from './rejected';

/** What an archive may at most unpack to. */
export interface ArchiveLimits {
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of all files together. */
  readonly totalBytes: number;
  /** Bytes of the archive itself. */
  readonly archiveBytes: number;
}

/** Files and folders; a model hosted in a container may come with many. */
const MAX_ENTRIES = 1000;
const MAX_PATH = 512;
/**
 * Unpacked bytes for one of the archive. Tables of text reach 20, graphs less than 2; DEFLATE can reach 1,032. Small archives
 * may have any: what they unpack to costs nothing.
 */
const MAX_RATIO = 200;
const RATIO_FROM_BYTES = 10_485_760;

const unsafe = (what: string): UploadRejected =>
  new UploadRejected('unsafe-archive', `${what}; pack the model's own folder again, with plain files only`);

/** Characters that are no part of a name: controls, halves of characters, and what turns the direction of reading. */
const HIDDEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/u;

/** What is wrong with the name of an entry; undefined if it stays below the folder that it is unpacked to. */
const pathFault = (path: string): string | undefined => {
  if (HIDDEN.test(path)) return 'has characters that are no part of a name';
  if (path.includes('\\')) return 'has a backslash';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  if (path.length > MAX_PATH) return `has over ${MAX_PATH} characters`;
  const parts = path.split('/');
  if (parts.includes('..')) return 'leaves the archive';
  return parts.some((part) => part === '' || part === '.') ? 'has an empty part' : undefined;
};

/** Names that are one and the same on some file system: without regard to case, to Unicode forms, to dots and spaces at the end. */
const foldOf = (path: string): string =>
  path
    .normalize('NFKC')
    .split('/')
    .map((part) => part.replace(/[. ]+$/, ''))
    .join('/')
    .toUpperCase()
    .normalize('NFKC');

/** What macOS and Windows leave in archives, beside what was packed. */
const LITTER = /(^|\/)(__MACOSX(\/|$)|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

/** Long names are cut: the message has room for one. */
const shown = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);

/** Lets through what may be unpacked, entry by entry and chunk by chunk. What headers say of sizes is not believed. */
export class ArchiveGate {
  private readonly files = new Map<string, string>();
  private readonly folders = new Set<string>();
  private entries = 0;
  private total = 0;

  constructor(private readonly limits: ArchiveLimits) {}

  /** The path of a file that is to be unpacked; undefined for folders, and for litter. @throws UploadRejected */
  enter(name: string, type: 'file' | 'directory' | string): string | undefined {
    if (++this.entries > MAX_ENTRIES)
      throw new UploadRejected(
        'too-large',
        `the archive has over ${MAX_ENTRIES} entries; pack only what the model needs`,
      );
    const trimmed = name.replace(/^(\.\/+)+/, '');
    const path = type === 'directory' ? trimmed.replace(/\/+$/, '') : trimmed;
    const isRoot = type === 'directory' && (path === '' || path === '.');
    const fault = isRoot ? undefined : pathFault(path);
    if (fault) throw unsafe(`the archive's entry ${shown(name)} ${fault}`);
    if (type !== 'file' && type !== 'directory')
      throw unsafe(`the archive's entry ${shown(name)} is a ${type}, and no file`);
    if (LITTER.test(path)) return undefined;
    this.claim(path, type === 'file');
    return type === 'file' ? path : undefined;
  }

  /** Counts bytes of the archive as they come out of it, whatever they belong to. @throws UploadRejected */
  unpacked(bytes: number): void {
    this.total += bytes;
    const { totalBytes, archiveBytes } = this.limits;
    if (this.total > totalBytes)
      throw new UploadRejected(
        'too-large',
        `the archive unpacks to over ${totalBytes} bytes; upload a smaller model, or have the platform's upload.maxFileBytes raised`,
      );
    if (this.total > RATIO_FROM_BYTES && this.total > MAX_RATIO * archiveBytes)
      throw unsafe(`the archive unpacks to over ${MAX_RATIO} times its ${archiveBytes} bytes`);
  }

  /** @throws UploadRejected when a file has become larger than one may be */
  grown(path: string, bytes: number): void {
    if (bytes > this.limits.fileBytes)
      throw new UploadRejected(
        'too-large',
        `${path} has over ${this.limits.fileBytes} bytes; make it smaller, or have the platform's upload.maxFileBytes raised`,
      );
  }

  private claim(path: string, isFile: boolean): void {
    const parts = foldOf(path).split('/');
    const parents = parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join('/'));
    const own = parts.join('/');
    const other = [...parents, own].map((at) => this.files.get(at)).find((at) => at !== undefined);
    if (other !== undefined)
      throw unsafe(`the archive's entries ${shown(other)} and ${shown(path)} are one on some systems`);
    if (isFile && this.folders.has(own)) throw unsafe(`the archive's entry ${shown(path)} is a file and a folder`);
    for (const folder of isFile ? parents : [...parents, own]) this.folders.add(folder);
    if (isFile) this.files.set(own, path);
  }
}
