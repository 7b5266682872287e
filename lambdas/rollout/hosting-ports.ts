import type { AuditEntry, ModelVersion, Route } from '../registry/contract';
import type { Rollout } from './contract';
import type { HostedEndpoint, HostingPlace } from './domain/hosted-endpoint';

export type EndpointState =
  | { readonly status: 'absent' }
  /** Being made, changed or deleted: it takes no other change meanwhile. */
  | { readonly status: 'starting' | 'deleting' }
  | { readonly status: 'in-service' }
  | { readonly status: 'failed'; readonly reason: string };

/** An entry of the host for a version, whether or not its endpoint is still there. */
export interface HostedEntry {
  readonly name: string;
  readonly model: string;
  readonly version: number;
  readonly createdAt: number;
}

/** Where endpoints live. Every call may be repeated: what is there already, or gone already, is success. */
export interface EndpointHost {
  look(name: string): Promise<EndpointState>;
  /** @throws UpstreamFailed when it will not be made however often one asks; anything else may pass by itself */
  create(endpoint: HostedEndpoint): Promise<void>;
  remove(name: string): Promise<void>;
  /** Everything that this deployment hosts, page by page. */
  list(): AsyncIterable<HostedEntry>;
}

export interface HostingPorts {
  readonly host: EndpointHost;
  readonly place: HostingPlace;
  readonly startTimeoutMs: number;
  readonly keepFormerMs: number;
  readonly now: () => number;
  readonly registry: {
    /** @throws NotFound */
    version(model: string, version: number): Promise<ModelVersion>;
    findVersion(model: string, version: number): Promise<ModelVersion | undefined>;
    route(model: string): Promise<Route | undefined>;
  };
  readonly store: {
    find(model: string, id: string): Promise<Rollout | undefined>;
    /** @throws Conflict when the version changed meanwhile */
    commit(change: { readonly audit: AuditEntry; readonly versions: readonly ModelVersion[] }): Promise<void>;
  };
  /** Whether a rollout is under way for the version; may lag behind by seconds. */
  isClimbing(model: string, version: number): Promise<boolean>;
}
