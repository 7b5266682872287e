import type { Listed, TrackingStore } from './adapters/tracking-store';
import { AnswerPage } from './domain/answer-page';
import { afterOf, FOREIGN_TOKEN, tokenOf } from './domain/page-token';
import { invalid } from './domain/refusal';
import { compareBy, type Direction, type Sortable, type SortKey } from './domain/sort-key';
import { type Walk, walkListed } from './walk-listed';

/** What one call looks at where the order is that of time: what is left comes with the token. */
export const MAX_EXAMINED = 2000;
/** What one call looks at where it has to sort: whatever is first may be the last one it meets. */
export const MAX_SORTED = 10_000;
/** What is looked at together. */
const AT_ONCE = 200;
/** What is read whole at the same time. */
const WHOLE_AT_ONCE = 24;

/** A search over what experiments list. */
export interface ListedSearch<Row extends { readonly id: string }> {
  readonly walk: Omit<Walk, 'after' | 'backwards'>;
  /** The order of time, where it is nothing else. */
  readonly byTime: Direction | undefined;
  readonly directions: readonly Direction[];
  /** What is asked for, as text: a token goes on with this search only. */
  readonly asked: string;
  readonly limit: number;
  readonly token: string | undefined;
  /** As much of them as conditions and order need, in their order, without those that there are not. */
  rows(ids: readonly string[]): Promise<Row[]>;
  wants(row: Row): boolean;
  keys(row: Row): readonly SortKey[];
  /** As the answer shows it; undefined when it is gone. */
  whole(row: Row): Promise<object | undefined>;
  /** What can be narrowed when there is too much to sort. */
  readonly advice: string;
}

export interface FoundPage {
  readonly found: object[];
  readonly token?: string;
}

/** Takes rows in turn. @returns the first that found no room */
const takeWhole = async <Row extends { readonly id: string }>(
  rows: readonly Row[],
  answer: AnswerPage,
  { whole }: ListedSearch<Row>,
): Promise<Row | undefined> => {
  for (let i = 0; i < rows.length; i += WHOLE_AT_ONCE) {
    const turn = rows.slice(i, i + WHOLE_AT_ONCE);
    if (answer.isFull) return turn[0];
    const shapes = await Promise.all(turn.map(whole));
    for (const [n, shape] of shapes.entries()) if (shape !== undefined && !answer.take(shape)) return turn[n];
  }
  return undefined;
};

async function* chunked(listed: AsyncIterable<Listed>, size: number): AsyncGenerator<Listed[]> {
  let chunk: Listed[] = [];
  for await (const one of listed) {
    chunk.push(one);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

const byTime = async <Row extends { readonly id: string }>(
  search: ListedSearch<Row>,
  after: Listed | undefined,
  store: TrackingStore,
): Promise<FoundPage> => {
  const { asked } = search;
  const answer = new AnswerPage(search.limit);
  const walk = { ...search.walk, backwards: search.byTime === -1, after };
  let last = after;
  let examined = 0;
  for await (const chunk of chunked(walkListed(walk, store), AT_ONCE)) {
    if (examined >= MAX_EXAMINED || answer.isFull)
      return { found: answer.found, ...(last ? { token: tokenOf(asked, last) } : {}) };
    const rows = (await search.rows(chunk.map(({ id }) => id))).filter(search.wants);
    const leftOut = await takeWhole(rows, answer, search);
    if (leftOut !== undefined) {
      // Behind the one before it, whether that was wanted or not.
      const before = chunk[chunk.findIndex(({ id }) => id === leftOut.id) - 1] ?? last;
      return { found: answer.found, ...(before ? { token: tokenOf(asked, before) } : {}) };
    }
    last = chunk.at(-1);
    examined += chunk.length;
  }
  return { found: answer.found };
};

const sorted = async <Row extends { readonly id: string }>(
  search: ListedSearch<Row>,
  after: Sortable | undefined,
  store: TrackingStore,
): Promise<FoundPage> => {
  const wanted: (Sortable & { readonly row: Row })[] = [];
  let examined = 0;
  for await (const chunk of chunked(walkListed({ ...search.walk, backwards: true }, store), AT_ONCE * 5)) {
    examined += chunk.length;
    if (examined > MAX_SORTED)
      throw invalid(
        `more than ${MAX_SORTED} ${search.walk.kind === 'runs' ? 'runs' : 'logged models'} would have to be sorted; ${search.advice}`,
      );
    const rows = (await search.rows(chunk.map(({ id }) => id))).filter(search.wants);
    wanted.push(...rows.map((row) => ({ row, id: row.id, keys: search.keys(row) })));
  }
  const compare = compareBy(search.directions);
  const left = after === undefined ? wanted : wanted.filter((one) => compare(one, after) > 0);
  left.sort(compare);
  const answer = new AnswerPage(search.limit);
  const leftOut = await takeWhole(
    left.map(({ row }) => row),
    answer,
    search,
  );
  if (leftOut === undefined) return { found: answer.found };
  const before = left[left.findIndex(({ id }) => id === leftOut.id) - 1];
  if (before === undefined) return { found: answer.found };
  return { found: answer.found, token: tokenOf(search.asked, { keys: [...before.keys], id: before.id }) };
};

/**
 * One page of a search. By time it goes on for as long as there is something, a bounded part of it a call. In any other order
 * all there is must be looked at, which has a bound.
 * @throws Refusal for a token of another search, or when there is too much to sort
 */
export const searchListed = async <Row extends { readonly id: string }>(
  search: ListedSearch<Row>,
  store: TrackingStore,
): Promise<FoundPage> => {
  const after = afterOf(search.asked, search.token);
  if (search.byTime === undefined) {
    if (after !== undefined && !('keys' in after)) throw invalid(FOREIGN_TOKEN);
    return sorted(search, after, store);
  }
  if (after !== undefined && !('at' in after)) throw invalid(FOREIGN_TOKEN);
  return byTime(search, after, store);
};
