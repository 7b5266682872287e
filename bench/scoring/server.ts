import type { Progress } from '../../local/progress';
import type { Model } from './models';
import type { Protocol } from './protocols';

/** A process to start. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Where one server is to run. */
export interface Place {
  readonly model: Model;
  readonly port: number;
  /** Further free ports. */
  readonly spare: readonly [number, number];
  /** A folder for what it needs to find at its start; empty, its own. */
  readonly folder: string;
}

/** Something that answers predictions over HTTP with one worker. */
export interface Server {
  readonly name: string;
  readonly title: string;
  /** `limit`: what a Node process can do at best; `peer`: what people use today. */
  readonly kind: 'limit' | 'contender' | 'peer';
  readonly protocol: Protocol;
  readonly readyPath: string;
  /** Whether it takes the binary tensor extension. */
  readonly takesBinary?: true;
  /** Why it cannot be measured, if so; environments and bundles are made here. @throws LocalFailure */
  prepare(models: readonly Model[], progress: Progress): Promise<string | undefined>;
  command(place: Place): Command;
}
