/** Archives that are unpacked, and those that are only known by name. */
export type ArchiveKind = 'tar.gz' | 'zip';

const OTHER = /\.(tar|tar\.(bz2|xz|zst|lz4?|z)|tbz2?|txz|tzst|7z|rar|bz2|xz|zst|gz|cab|ar|iso|whl|egg|mar)$/i;

/** By its name: what it begins with is for its reader to say. */
export const archiveKindOf = (path: string): ArchiveKind | undefined => {
  if (/\.(tar\.gz|tgz)$/i.test(path)) return 'tar.gz';
  return /\.zip$/i.test(path) ? 'zip' : undefined;
};

/** Whether a file is an archive of any kind. */
export const isArchive = (path: string): boolean => archiveKindOf(path) !== undefined || OTHER.test(path);
