import { LRUCache } from 'lru-cache';
import { NotFound, NotReady } from '../kernel/errors';
import { modelNameSchema } from '../registry/contract';
import { championAlone } from './domain/route-request';
import type { ModelSnapshot, RegistryReader, ScoringEvents } from './ports';

/** How long a route is served from memory: the longest time that a change of traffic takes to reach a process. */
export const ROUTE_TTL_MS = 3000;
/** From this age on a route is read anew behind the answer, so that busy models never wait for the registry. */
const REFRESH_AFTER_MS = 2000;
/** A name without a model is asked for again after this: a first version may arrive at any moment. */
const UNKNOWN_TTL_MS = 1000;
/** How long the last known champion serves alone while the registry does not answer. */
export const STALE_LIMIT_MS = 900_000;
/** After a failed read, requests are served from memory and the registry is asked at most this often. */
const RETRY_AFTER_MS = 3000;
/** A failure older than this says nothing about now: the next request waits for a new read. */
const OUTAGE_MEMORY_MS = 15_000;
/** Names are the caller's choice, so their number is bounded. */
const MAX_MODELS = 5000;

interface Entry {
  /** As it was read last; undefined: there is no such model. */
  snapshot: RouteLookUp | undefined;
  /** When the read began: a read that was frozen with its function is as old as its beginning. */
  readAt: number;
  failedAt: number;
  failure: unknown;
  reading: { readonly startedAt: number; readonly done: Promise<void> } | undefined;
}

export interface RouteLookUp extends ModelSnapshot {
  /** The registry did not answer: this is the last known champion alone. */
  readonly stale: boolean;
}

/** Routes and grants of models, at most three seconds old while the registry answers. */
export class RouteCache {
  private readonly entries = new LRUCache<string, Entry>({ max: MAX_MODELS });

  constructor(
    private readonly registry: RegistryReader,
    private readonly events: ScoringEvents,
    private readonly now: () => number,
  ) {}

  /** What is known well enough to answer at once, without a turn of the event loop. @throws NotFound for an unknown model */
  known(model: string): RouteLookUp | undefined {
    const entry = this.entryOf(model);
    if (!this.isFresh(entry)) return undefined;
    if (entry.snapshot !== undefined && this.ageOf(entry) >= REFRESH_AFTER_MS) this.refreshBehind(model, entry);
    return present(model, entry);
  }

  /**
   * @throws NotFound for an unknown model.
   * @throws NotReady when the registry has not answered for too long; otherwise what the registry's adapter throws.
   */
  async lookUp(model: string): Promise<RouteLookUp> {
    const known = this.known(model);
    if (known !== undefined) return known;
    const entry = this.entryOf(model);
    if (entry.snapshot !== undefined && this.now() - entry.failedAt < OUTAGE_MEMORY_MS) {
      this.refreshBehind(model, entry);
      return this.stale(model, entry);
    }
    const before = entry.readAt;
    await this.refresh(model, entry);
    return entry.readAt > before ? present(model, entry) : this.stale(model, entry);
  }

  private entryOf(model: string): Entry {
    const key = model.toLowerCase();
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    if (!modelNameSchema.safeParse(model).success) throw new NotFound(`there is no model ${model.slice(0, 64)}`);
    const never = Number.NEGATIVE_INFINITY;
    const entry: Entry = {
      snapshot: undefined,
      readAt: never,
      failedAt: never,
      failure: undefined,
      reading: undefined,
    };
    this.entries.set(key, entry);
    return entry;
  }

  private ageOf(entry: Entry): number {
    return this.now() - entry.readAt;
  }

  private isFresh(entry: Entry): boolean {
    return this.ageOf(entry) < (entry.snapshot === undefined ? UNKNOWN_TTL_MS : ROUTE_TTL_MS);
  }

  private refreshBehind(model: string, entry: Entry): void {
    if (this.now() - entry.failedAt < RETRY_AFTER_MS) return;
    void this.refresh(model, entry);
  }

  /** One read at a time; joins the one under way unless that began too long ago to give a fresh answer. Never rejects. */
  private refresh(model: string, entry: Entry): Promise<void> {
    const startedAt = this.now();
    if (entry.reading !== undefined && startedAt - entry.reading.startedAt < UNKNOWN_TTL_MS) return entry.reading.done;
    const done = this.read(model, entry, startedAt).finally(() => {
      if (entry.reading?.startedAt === startedAt) entry.reading = undefined;
    });
    entry.reading = { startedAt, done };
    return done;
  }

  private async read(model: string, entry: Entry, startedAt: number): Promise<void> {
    try {
      const found = await this.registry.readModel(model);
      if (startedAt < entry.readAt) return;
      const snapshot: RouteLookUp | undefined = found && { ...found, stale: false };
      Object.assign(entry, { snapshot, readAt: startedAt, failedAt: Number.NEGATIVE_INFINITY, failure: undefined });
    } catch (cause) {
      Object.assign(entry, { failedAt: this.now(), failure: cause });
      if (entry.snapshot !== undefined) {
        this.events.report({ name: 'RouteStale', model, ageMs: this.ageOf(entry), cause });
      }
    }
  }

  private stale(model: string, entry: Entry): RouteLookUp {
    const { snapshot, failure } = entry;
    if (snapshot === undefined)
      throw failure ?? new NotReady(`the route of model ${model} could not be read; try again`);
    const age = this.ageOf(entry);
    if (age < STALE_LIMIT_MS) return { ...snapshot, route: championAlone(snapshot.route), stale: true };
    throw new NotReady(
      `the registry has not answered for ${Math.round(age / 1000)} s, so nobody can say which version of ${model} serves`,
      { cause: failure },
    );
  }
}

const present = (model: string, entry: Entry): RouteLookUp => {
  if (entry.snapshot === undefined) throw new NotFound(`there is no model ${model}`);
  return entry.snapshot;
};
