/** Files without the one folder that all of them lie in: people pack a folder as often as what is in it. */
export const withoutTopFolder = <F extends { readonly path: string }>(files: readonly F[]): F[] => {
  const top = files[0]?.path.split('/')[0];
  if (top === undefined || !files.every(({ path }) => path.startsWith(`${top}/`))) return [...files];
  return files.map((file) => ({ ...file, path: file.path.slice(top.length + 1) }));
};
