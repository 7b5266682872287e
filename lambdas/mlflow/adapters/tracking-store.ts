import type { RunView } from '../domain/shapes';
import type { Items } from '../ports';
import { ExperimentStore } from './experiment-store';
import { LoggedModelStore, type MeasuredModel } from './logged-model-store';
import { RunStore } from './run-store';
import { experimentKey, type ListedKind, listedOf, listedSk } from './tracking-keys';

/** Something that an experiment lists, and when it began. */
export interface Listed {
  readonly id: string;
  /** UTC milliseconds. */
  readonly at: number;
}

/** Where a list is gone through: between two moments, both included, from behind or from the front. */
export interface Window {
  readonly from: number;
  readonly to: number;
  /** From the highest to the lowest, by time and then by id. */
  readonly backwards: boolean;
  readonly after?: Listed | undefined;
  readonly limit: number;
}

/** Experiments, runs and logged models, under keys of their own in the registry's table. */
export class TrackingStore {
  readonly experiments: ExperimentStore;
  readonly runs: RunStore;
  readonly loggedModels: LoggedModelStore;

  constructor(private readonly items: Items) {
    this.experiments = new ExperimentStore(items);
    this.runs = new RunStore(items);
    this.loggedModels = new LoggedModelStore(items);
  }

  run(id: string): Promise<RunView | undefined> {
    return this.runs.get(id);
  }

  /** One that was not deleted. */
  async loggedModel(id: string): Promise<MeasuredModel | undefined> {
    const found = await this.loggedModels.get(id);
    return found?.deletedAt === undefined ? found : undefined;
  }

  async listed(kind: ListedKind, experiment: string, window: Window): Promise<Listed[]> {
    const { after, backwards, limit } = window;
    // The item at `after` is within the range, and is taken out.
    const edge = after && listedSk(kind, after.at, after.id);
    const from = backwards || edge === undefined ? listedSk(kind, window.from, '') : edge;
    const to = backwards && edge !== undefined ? edge : listedSk(kind, window.to, '~');
    const range = { from, to, backwards, limit: limit + 1 };
    const items = await this.items.between(experimentKey(experiment), range);
    return items
      .filter(({ sk }) => sk !== edge)
      .flatMap(({ sk }) => listedOf(kind, sk) ?? [])
      .slice(0, limit);
  }
}
