import type { AnnouncedFile } from '../contract';
import { isArchive } from './archive-name';
import { describeFile } from './root-digest';

type Announced = Pick<AnnouncedFile, 'path' | 'size'> & { readonly sha256?: string | undefined };

/** The one file that was announced, if it is an upload by itself: a graph, or an archive. */
export const loneFile = (announced: readonly Announced[]): string | undefined => {
  const [only, ...others] = announced;
  if (only === undefined || others.length > 0) return undefined;
  return only.path.endsWith('.onnx') || isArchive(only.path) ? only.path : undefined;
};

/** Whether nothing lies there but what was announced. */
export const isAnnounced = (
  announced: readonly Announced[],
  objects: ReadonlyArray<{ readonly path: string }>,
): boolean => objects.every(({ path }) => announced.some((file) => file.path === path));

/** What was announced and has not arrived, or not whole. */
export const notArrived = (
  announced: readonly Announced[],
  objects: ReadonlyArray<{ readonly path: string; readonly size: number }>,
): string[] =>
  announced.flatMap(({ path, size }) => {
    const object = objects.find((candidate) => candidate.path === path);
    if (object === undefined) return [path];
    return object.size === size ? [] : [`${path} with the ${size} bytes that were announced (it has ${object.size})`];
  });

/** What arrived under an announced name, and is something else: what was announced may still come. */
export class NotAsAnnounced extends Error {
  constructor(readonly missing: string) {
    super(`the upload lacks ${missing}`);
  }
}

/** @throws NotAsAnnounced */
export const checkAnnounced = (announced: readonly Announced[], path: string, bytes: Uint8Array): void => {
  const expected = announced.find((file) => file.path === path)?.sha256;
  if (expected === undefined) return;
  const { sha256 } = describeFile(path, bytes);
  if (sha256 !== expected)
    throw new NotAsAnnounced(`${path} with the SHA-256 that was announced, ${expected} (it has ${sha256})`);
};
