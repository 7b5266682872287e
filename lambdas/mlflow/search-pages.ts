import { compareBy, type Order, type Orderable, type OrderValues, orderText } from './domain/order';
import { invalid } from './domain/refusal';
import { decodeToken, encodeToken } from './domain/registry-token';

/** One model or version that was looked at: where it stands, and what clients see of it if it is found. */
export interface Candidate {
  readonly at: OrderValues & { readonly name: string };
  readonly shape?: object;
}

/** Candidates looked at for one page; an order other than the registry's own is made of so many at most. */
export const MAX_EXAMINED = 1000;
/** An answer that leaves through Lambda has 6 MB at most; what is added last may be as large as notes are. */
const MAX_PAGE_BYTES = 5_000_000;

export interface Searched {
  readonly orderable: Orderable;
  /** What the registry can be read in page by page. */
  isNative(order: Order): boolean;
  /** Where the set is too large for what is usual. */
  readonly plain: Order;
  /** Candidates in a native order, behind a place. */
  candidates(order: Order, after: PageStart | undefined): AsyncIterable<Candidate>;
}
export type PageStart = Candidate['at'];

export interface Asked {
  readonly order: Order | undefined;
  readonly max: number;
  readonly token: string | undefined;
}

export interface FoundPage {
  readonly found: readonly object[];
  readonly token?: string;
}

/** A page fills up: with as many as were asked for, or with as much as an answer holds. */
class FillingPage {
  readonly found: object[] = [];
  private bytes = 0;

  constructor(private readonly max: number) {}

  get isFull(): boolean {
    return this.found.length >= this.max || this.bytes >= MAX_PAGE_BYTES;
  }

  add({ shape }: Candidate): void {
    if (shape === undefined) return;
    this.found.push(shape);
    // As a function hands it over: a text within JSON, whose quotes count twice.
    this.bytes += Buffer.byteLength(JSON.stringify(JSON.stringify(shape)));
  }
}

/** Reads the registry as it lies, from a place on. */
const walk = async (searched: Searched, order: Order, max: number, after?: PageStart): Promise<FoundPage> => {
  const page = new FillingPage(max);
  let last: Candidate | undefined;
  let examined = 0;
  for await (const candidate of searched.candidates(order, after)) {
    if (last !== undefined && (page.isFull || examined === MAX_EXAMINED))
      return { found: page.found, token: encodeToken(order, last.at) };
    page.add(candidate);
    last = candidate;
    examined++;
  }
  return { found: page.found };
};

/** Everything that is found; undefined when more would have to be looked at than one call may. */
const readAll = async (searched: Searched, limit: number): Promise<Candidate[] | undefined> => {
  const all: Candidate[] = [];
  let examined = 0;
  for await (const candidate of searched.candidates(searched.plain, undefined)) {
    if (++examined > limit) return undefined;
    if (candidate.shape !== undefined) all.push(candidate);
  }
  return all;
};

/** Puts all there is in order, and gives what stands behind a place. */
const sorted = async (
  searched: Searched,
  order: Order,
  max: number,
  after?: PageStart,
): Promise<FoundPage | undefined> => {
  // Whoever has begun may go on while the set grows.
  const all = await readAll(searched, after === undefined ? MAX_EXAMINED : 2 * MAX_EXAMINED);
  if (all === undefined) return undefined;
  const compare = compareBy(order);
  const rest = all
    .filter(({ at }) => after === undefined || compare(at, after) > 0)
    .sort((a, b) => compare(a.at, b.at));
  const page = new FillingPage(max);
  for (const [i, candidate] of rest.entries()) {
    const before = rest[i - 1];
    if (page.isFull && before !== undefined) return { found: page.found, token: encodeToken(order, before.at) };
    page.add(candidate);
  }
  return { found: page.found };
};

/**
 * One page of a search, in the order asked. What has the order of the registry is read from where the page before ended; else
 * all there is, up to a bound, is read and ordered. Without an order, sets beyond the bound come as the registry has them.
 * @throws Refusal when the order is none that so large a set can be had in, or the token is of another search
 */
export const searchPage = async ({ order, max, token }: Asked, searched: Searched): Promise<FoundPage> => {
  const { orderable, plain } = searched;
  const from = decodeToken(token);
  const known = order === undefined ? [orderable.usual, plain] : [order];
  const wanted = from === undefined ? known[0] : known.find((one) => orderText(one) === from.order);
  if (wanted === undefined)
    throw invalid(`the page_token is of a search with order_by ${from?.order}; go on with that, or search without it`);
  if (searched.isNative(wanted)) return walk(searched, wanted, max, from?.after);
  const page = await sorted(searched, wanted, max, from?.after);
  if (page !== undefined) return page;
  if (order === undefined && from === undefined) return walk(searched, plain, max);
  throw invalid(
    `more than ${MAX_EXAMINED} ${orderable.what} would have to be put in the order ${orderText(wanted)}; narrow the filter to one model (name = '…'), or order by ${orderText(plain)}`,
  );
};
