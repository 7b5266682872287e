import type { Grant, Identity } from '../access/contract';
import type { AcceptedVersion, ArtifactFile, Route, Tensor } from '../registry/contract';
import type { Tensors } from './domain/tensor';

/** An ONNX graph, loaded. */
export interface OnnxSession {
  /** The graph's own tensors; −1 stands for a variable dimension. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** @throws UpstreamFailed when the model fails on these inputs. */
  run(inputs: Tensors): Promise<Tensors>;
  /** Frees native memory. No run may follow. */
  release(): Promise<void>;
}

/** What scoring must know about a model, read together. */
export interface ModelSnapshot {
  readonly model: string;
  readonly access: 'open' | 'restricted';
  readonly grants: readonly Grant[];
  readonly route: Route;
  /** Records of the route's versions; the challenger's is absent without one, and while it cannot be read. */
  readonly champion: AcceptedVersion | undefined;
  readonly challenger: AcceptedVersion | undefined;
}

export interface RegistryReader {
  /** A consistent read, or undefined if there is no such model. @throws UpstreamFailed, Throttled */
  readModel(model: string): Promise<ModelSnapshot | undefined>;
}

export interface ArtifactReader {
  /** The bytes of the version's graph, whose SHA-256 is the registered one. @throws UpstreamFailed */
  readGraph(version: AcceptedVersion): Promise<Uint8Array>;
  /** The bytes of another of the version's files, whose SHA-256 is the registered one. @throws UpstreamFailed */
  readFile(version: AcceptedVersion, file: ArtifactFile): Promise<Uint8Array>;
  /** The graph, streamed into a new file, from which the challenger's process loads it. */
  copyGraph(version: AcceptedVersion, path: string): Promise<void>;
}

/** How the challenger's process fared with a request. */
export type ChallengerAnswer =
  | { readonly status: 'scored'; readonly outputs: Tensors }
  /** Not loaded yet. */
  | { readonly status: 'loading' }
  /** Late, failed or dead. */
  | { readonly status: 'lost'; readonly reason: string };

export interface ChallengerPatience {
  /** Within this an answer comes, whatever the challenger does. */
  readonly deadlineMs: number;
  /** How long callers together wait for one load; after that they are told `loading` at once. */
  readonly loadMs: number;
}

/** Runs challengers where they can hurt nobody. Never rejects. */
export interface ChallengerHost {
  /** Starts loading, if that has not happened yet. */
  prepare(version: AcceptedVersion): void;
  score(version: AcceptedVersion, inputs: Tensors, patience: ChallengerPatience): Promise<ChallengerAnswer>;
}

/** Scores rows at a SageMaker endpoint. */
export interface EndpointScorer {
  /** @throws Throttled, UpstreamFailed; also when the endpoint takes longer than `deadlineMs`. */
  score(version: AcceptedVersion, inputs: Tensors, deadlineMs: number): Promise<Tensors>;
}

/** Inputs that a caller left in a bucket, too large to send. */
export interface InputReferences {
  /** What the URIs that this caller may name begin with. */
  placeOf(caller: Identity): string;
  /** @throws Forbidden outside of the caller's own prefix. @throws NotFound, TooLarge, InvalidInput, UpstreamFailed */
  read(uri: string, caller: Identity): Promise<Buffer>;
}

/** Operational events: logged, and counted as metrics from the log. */
export interface ScoringEvents {
  report(event: ScoringEvent): void;
}

export type ScoringEvent =
  | { readonly name: 'RouteStale'; readonly model: string; readonly ageMs: number; readonly cause: unknown }
  | { readonly name: 'ChallengerLost'; readonly model: string; readonly version: number; readonly reason: string }
  | { readonly name: 'ChampionFallback'; readonly model: string; readonly version: number; readonly reason: string }
  | { readonly name: 'OutputsUnreadable'; readonly model: string; readonly version: number; readonly cause: unknown }
  | { readonly name: 'PredictionIdsUnavailable'; readonly model: string; readonly cause: unknown };
