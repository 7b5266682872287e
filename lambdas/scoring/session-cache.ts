import { LRUCache } from 'lru-cache';
import { Unsupported } from '../kernel/errors';
import type { AcceptedVersion } from '../registry/contract';
import type { ArtifactReader, OnnxSession } from './ports';
import { warmUp } from './warm-up';

interface Loaded {
  readonly session: OnnxSession;
  readonly bytes: number;
  /** Runs under way; an evicted session is released after the last. */
  users: number;
  evicted: boolean;
}

export interface SessionCacheProps {
  readonly artifacts: ArtifactReader;
  readonly load: (graph: Uint8Array) => Promise<OnnxSession>;
  /** Bytes of graphs kept loaded; a larger graph is kept alone. */
  readonly maxBytes: number;
}

/** Loaded graphs by root digest, the least recently used given up first. */
export class SessionCache {
  private readonly loaded: LRUCache<string, Loaded>;
  private readonly loading = new Map<string, Promise<Loaded>>();

  constructor(private readonly props: SessionCacheProps) {
    this.loaded = new LRUCache({
      maxSize: props.maxBytes,
      sizeCalculation: ({ bytes }) => Math.max(1, Math.min(bytes, props.maxBytes)),
      dispose: (entry) => {
        entry.evicted = true;
        releaseUnused(entry);
      },
    });
  }

  /** Lends the version's session to `use`; it is not released before `use` ends. */
  async use<T>(version: AcceptedVersion, use: (session: OnnxSession) => Promise<T>): Promise<T> {
    const entry = this.takeLoaded(version) ?? (await this.take(version));
    try {
      return await use(entry.session);
    } finally {
      entry.users--;
      releaseUnused(entry);
    }
  }

  /** Gives every session up; those in use after their run. */
  clear(): void {
    this.loaded.clear();
  }

  private takeLoaded(version: AcceptedVersion): Loaded | undefined {
    const entry = this.loaded.get(version.rootDigest);
    if (entry !== undefined) entry.users++;
    return entry;
  }

  private async take(version: AcceptedVersion): Promise<Loaded> {
    let entry = await this.loadOnce(version);
    // Evicted while this caller's turn came: load again rather than run on a released session.
    while (entry.evicted) entry = await this.loadOnce(version);
    entry.users++;
    return entry;
  }

  private loadOnce(version: AcceptedVersion): Promise<Loaded> {
    const digest = version.rootDigest;
    const known = this.loading.get(digest);
    if (known !== undefined) return known;
    const loading = this.load(version).finally(() => this.loading.delete(digest));
    this.loading.set(digest, loading);
    return loading;
  }

  private async load(version: AcceptedVersion): Promise<Loaded> {
    const graph = await this.props.artifacts.readGraph(version);
    const session = await this.props.load(graph);
    await warmUp(session, version, this.props.artifacts);
    const entry: Loaded = { session, bytes: graph.byteLength, users: 0, evicted: false };
    this.loaded.set(version.rootDigest, entry);
    return entry;
  }
}

const releaseUnused = (entry: Loaded): void => {
  if (!entry.evicted || entry.users > 0) return;
  // Nobody waits for it and nothing can be done about a failure: the memory goes with the process.
  entry.session.release().catch(() => undefined);
};

/** The path of the version's graph. @throws Unsupported for a version that is not scored here. */
export const graphPathOf = (version: AcceptedVersion): string => {
  if (version.runtime.kind === 'onnx') return version.runtime.file;
  throw new Unsupported(`version ${version.version} of ${version.model} runs on ${version.runtime.kind}, not on ONNX`);
};
