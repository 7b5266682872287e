import type { ListedKind } from './adapters/tracking-keys';
import type { Listed, TrackingStore } from './adapters/tracking-store';

/** Fewest items of one experiment that are read at once, and most. */
const [FEWEST, MOST] = [20, 1000];

export interface Walk {
  readonly kind: ListedKind;
  readonly experiments: readonly string[];
  /** Moments between which is gone, both included; UTC milliseconds. */
  readonly from: number;
  readonly to: number;
  /** The newest first. */
  readonly backwards: boolean;
  /** Where an earlier walk came to. */
  readonly after?: Listed | undefined;
}

/** What one experiment lists, read some way ahead. */
class Lane {
  private waiting: Listed[] = [];
  private last: Listed | undefined;
  private isMore = true;

  constructor(
    private readonly read: (after: Listed | undefined) => Promise<Listed[]>,
    private readonly ahead: number,
  ) {}

  get next(): Listed | undefined {
    return this.waiting[0];
  }

  take(): Listed | undefined {
    return this.waiting.shift();
  }

  async fill(): Promise<void> {
    if (this.waiting.length > 0 || !this.isMore) return;
    this.waiting = await this.read(this.last);
    this.isMore = this.waiting.length === this.ahead;
    this.last = this.waiting.at(-1);
  }
}

const lanesOf = (walk: Walk, store: TrackingStore): Lane[] => {
  const { kind, after, backwards } = walk;
  const experiments = [...new Set(walk.experiments)];
  const limit = Math.max(FEWEST, Math.ceil(MOST / Math.max(1, experiments.length)));
  // What began together with the last one may be before or behind it.
  const from = backwards || after === undefined ? walk.from : after.at;
  const to = backwards && after !== undefined ? after.at : walk.to;
  return experiments.map(
    (experiment) =>
      new Lane((last) => store.listed(kind, experiment, { from, to, backwards, after: last, limit }), limit),
  );
};

/** The lane whose next one is the next of all. */
const nextOf = (lanes: readonly Lane[], backwards: boolean): Lane | undefined => {
  const waiting = lanes.filter(({ next }) => next !== undefined);
  const direction = backwards ? -1 : 1;
  const timeOf = (lane: Lane): number => direction * (lane.next?.at ?? 0);
  return waiting.reduce<Lane | undefined>(
    (best, lane) => (best === undefined || timeOf(lane) < timeOf(best) ? lane : best),
    undefined,
  );
};

async function* merged(walk: Walk, store: TrackingStore): AsyncGenerator<Listed> {
  const lanes = lanesOf(walk, store);
  for (let i = 0; i < lanes.length; i += FEWEST)
    await Promise.all(lanes.slice(i, i + FEWEST).map((lane) => lane.fill()));
  for (;;) {
    const lane = nextOf(lanes, walk.backwards);
    const found = lane?.take();
    if (lane === undefined || found === undefined) return;
    yield found;
    await lane.fill();
  }
}

/**
 * All that several experiments list, in one order of time, and of ids where the time is the same: each experiment is read some
 * way ahead, and whatever is next of all of them comes next. Whoever begins again behind what came last meets everything once,
 * however much is added meanwhile.
 */
export async function* walkListed(walk: Walk, store: TrackingStore): AsyncGenerator<Listed> {
  const { after } = walk;
  let together: Listed[] = [];
  const inOrder = (): Listed[] =>
    together
      .filter(({ at, id }) => after === undefined || at !== after.at || id > after.id)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  for await (const one of merged(walk, store)) {
    if (together.length > 0 && together[0]?.at !== one.at) {
      yield* inOrder();
      together = [];
    }
    together.push(one);
  }
  yield* inOrder();
}
