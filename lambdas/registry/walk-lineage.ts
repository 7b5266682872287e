import * as z from 'zod';
import { InvalidInput } from '../kernel/errors';
import { parentOf } from './domain/version-flags';
import type { LineageStore, UseIndex } from './ports';
import type { LineageItem } from './schemas/dataset';
import { versionNumberSchema } from './schemas/names';

/**
 * Where a walk through the descendants of roots stands. `down`: it has come to `at`, and its children are next; `up`: all
 * below `at` is behind it. A version has one parent, which is older, so that the walk comes to each once and ends.
 */
const positionSchema = z.object({
  model: z.string(),
  root: versionNumberSchema,
  at: versionNumberSchema,
  phase: z.enum(['down', 'up']),
});
export type Position = z.infer<typeof positionSchema>;

/** What is walked: the versions of an index, or one version, with their descendants unless `transitive` is false. */
export interface Forest {
  readonly index?: UseIndex;
  readonly transitive: boolean;
}

/** Moves of a page that comes to too little of what it looks for; each is three reads at most. */
const MOVES_OF_A_PAGE = 500;

/** The versions of an index, read as many at once as a page may show. */
class Roots {
  private ahead: LineageItem[] = [];

  constructor(
    private readonly index: UseIndex | undefined,
    private readonly store: LineageStore,
    private readonly limit: number,
  ) {}

  /** The one behind the last that was given, or at first behind a position. */
  async next(after: Position | undefined): Promise<Position | undefined> {
    if (this.index === undefined) return undefined;
    const from = after && { model: after.model, version: after.root };
    if (this.ahead.length === 0) this.ahead = await this.store.uses(this.index, from, this.limit);
    const use = this.ahead.shift();
    return use && { model: use.model, root: use.version, at: use.version, phase: 'down' };
  }
}

const nextChild = async (
  forest: Forest,
  from: Position,
  parent: number,
  after: number | undefined,
  store: LineageStore,
) => {
  const [child] = await store.children(from.model, parent, after, 1);
  if (child === undefined) return { ...from, at: parent, phase: 'up' } as const;
  // A descendant that is a root itself is come to as such, with all below it.
  const isRoot = forest.index && (await store.isUse(forest.index, { model: from.model, version: child }));
  return { ...from, at: child, phase: isRoot ? 'up' : 'down' } as const;
};

const move = async (
  forest: Forest,
  roots: Roots,
  from: Position | undefined,
  store: LineageStore,
): Promise<Position | undefined> => {
  if (from === undefined) return roots.next(undefined);
  if (from.phase === 'down') {
    return forest.transitive ? nextChild(forest, from, from.at, undefined, store) : { ...from, phase: 'up' };
  }
  if (from.at === from.root) return roots.next(from);
  const parent = parentOf(await store.version(from.model, from.at));
  return parent === undefined ? { ...from, at: from.root } : nextChild(forest, from, parent, from.at, store);
};

const encode = (position: Position): string => Buffer.from(JSON.stringify(position)).toString('base64url');

/** @throws InvalidInput for what no page of such a list gave out */
export const decodePosition = (cursor: string): Position => {
  try {
    return positionSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new InvalidInput('the cursor is not one that this list gave out; start without a cursor', { cause });
  }
};

export interface Walk<T> {
  readonly forest: Forest;
  /** Where the page before ended; for descendants of one version, at first that version. */
  readonly from: Position | undefined;
  readonly limit: number;
  /** What the page says of a version; nothing to leave it out, `prune` to leave out its descendants, too. */
  visit(position: Position): Promise<T | 'prune' | undefined>;
}

/** One page of a walk, and where the next one goes on. */
export const walkLineage = async <T extends object>(
  { forest, from, limit, visit }: Walk<T>,
  store: LineageStore,
): Promise<{ items: T[]; cursor?: string }> => {
  const items: T[] = [];
  const roots = new Roots(forest.index, store, limit);
  let position = from;
  for (let moves = 0; moves < MOVES_OF_A_PAGE && items.length < limit; moves++) {
    position = await move(forest, roots, position, store);
    if (position === undefined) return { items };
    if (position.phase === 'up') continue;
    const said = await visit(position);
    if (said === 'prune') position = { ...position, phase: 'up' };
    else if (said !== undefined) items.push(said);
  }
  return position === undefined ? { items } : { items, cursor: encode(position) };
};
