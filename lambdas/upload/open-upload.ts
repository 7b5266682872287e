import type { Contents, UploadFile } from './assess-upload';
import { archiveKindOf, isArchive } from './domain/archive-name';
import { MANIFEST, readManifest } from './domain/read-manifest';
import { MAX_DESCRIPTION_BYTES, UploadRejected } from './domain/rejected';
import { withoutTopFolder } from './domain/top-folder';
import type { Upload } from './find-upload';
import type { ArchiveFile, Archives, UploadObject, Uploads } from './ports';

export interface OpenUploadPorts {
  readonly uploads: Uploads;
  readonly archives: Archives;
  /** Bytes. */
  readonly maxFileBytes: number;
}

/** What an archive may unpack to, as a multiple of what one file may have: archive and files are in memory together. */
const TOTAL_TO_FILE = 2;

const inMemory = ({ path, bytes }: ArchiveFile): UploadFile => ({
  path,
  size: bytes.length,
  read: () => Promise.resolve(bytes),
});

/** SageMaker unpacks the archive itself, in the container that is to run it: it is kept as it is, and nothing in it is read. */
const isHosted = (files: readonly ArchiveFile[]): boolean => {
  const manifest = files.find(({ path, bytes }) => path === MANIFEST && bytes.length <= MAX_DESCRIPTION_BYTES);
  return manifest !== undefined && readManifest(Buffer.from(manifest.bytes).toString('utf8')).runtime === 'sagemaker';
};

const openArchive = async (object: UploadObject, ports: OpenUploadPorts): Promise<Contents> => {
  const { path: archive, size } = object;
  const kind = archiveKindOf(archive);
  if (kind === undefined)
    throw new UploadRejected(
      'bad-archive',
      `${archive} is an archive of a kind that is not unpacked; pack the model's folder into a .tar.gz or .zip`,
    );
  if (size > ports.maxFileBytes)
    throw new UploadRejected(
      'too-large',
      `${archive} has ${size} bytes, over the limit of ${ports.maxFileBytes}; make it smaller, or have the platform's upload.maxFileBytes raised`,
    );
  const bytes = await ports.uploads.read(object);
  const unpacked = await ports.archives.unpack(bytes, kind, {
    fileBytes: ports.maxFileBytes,
    totalBytes: TOTAL_TO_FILE * ports.maxFileBytes,
    archiveBytes: bytes.length,
  });
  const files = withoutTopFolder(unpacked);
  if (!isHosted(files)) return { kind: 'archive', archive, files: files.map(inMemory) };
  const kept = [...files.filter(({ path }) => path === MANIFEST), { path: archive, bytes }];
  return { kind: 'hosted-archive', archive, files: kept.map(inMemory) };
};

/** The files of an upload, out of its archive if it is one. @throws UploadRejected */
export const openUpload = async (
  kind: Upload['kind'],
  objects: readonly UploadObject[],
  ports: OpenUploadPorts,
): Promise<Contents> => {
  const [first] = objects;
  if (kind === 'file' && first && isArchive(first.path)) return openArchive(first, ports);
  const files = objects.map((object) => ({
    path: object.path,
    size: object.size,
    read: () => ports.uploads.read(object),
  }));
  return { kind: kind === 'file' ? 'graph' : kind, files };
};
