import { Conflict } from '../../kernel/errors';
import { DEFAULT_EXPERIMENT, type Experiment, experimentSchema } from '../contract';
import type { Item, Items, Write } from '../ports';
import { EXPERIMENTS, experimentKey, experimentNameKey, META, NAMES } from './tracking-keys';

/** How often a change is tried when others change the same experiment. */
const ATTEMPTS = 8;

const itemsOf = (experiment: Experiment): readonly [Item, Item] => [
  { ...experiment, pk: experimentKey(experiment.experimentId), sk: META },
  { ...experiment, ...experimentNameKey(experiment.name) },
];

/** Experiments by id and by name: two items of the same content, written together. */
export class ExperimentStore {
  constructor(private readonly items: Items) {}

  async get(id: string): Promise<Experiment | undefined> {
    const found = await this.items.get({ pk: experimentKey(id), sk: META });
    if (found !== undefined) return experimentSchema.parse(found);
    return id === DEFAULT_EXPERIMENT.experimentId ? DEFAULT_EXPERIMENT : undefined;
  }

  async many(ids: readonly string[]): Promise<Experiment[]> {
    const found = await this.items.many(ids.map((id) => ({ pk: experimentKey(id), sk: META })));
    const stored = found.map((item) => experimentSchema.parse(item));
    const { experimentId } = DEFAULT_EXPERIMENT;
    const hasDefault = !ids.includes(experimentId) || stored.some((one) => one.experimentId === experimentId);
    return hasDefault ? stored : [DEFAULT_EXPERIMENT, ...stored];
  }

  async named(name: string): Promise<Experiment | undefined> {
    const found = await this.items.get(experimentNameKey(name));
    if (found !== undefined) return experimentSchema.parse(found);
    if (name !== DEFAULT_EXPERIMENT.name) return undefined;
    // It may have another name by now.
    const first = await this.get(DEFAULT_EXPERIMENT.experimentId);
    return first?.name === name ? first : undefined;
  }

  /** Up to `most` of them, by name. */
  async list(most: number): Promise<Experiment[]> {
    const range = { from: NAMES, to: `${NAMES}\u{10ffff}`, backwards: false, limit: most };
    const stored = (await this.items.between(EXPERIMENTS, range)).map((item) => experimentSchema.parse(item));
    const isStored = stored.some(({ experimentId }) => experimentId === DEFAULT_EXPERIMENT.experimentId);
    return isStored ? stored : [DEFAULT_EXPERIMENT, ...stored];
  }

  /** @returns false when there is one of that name, deleted or not */
  async add(experiment: Experiment): Promise<boolean> {
    if (experiment.name === DEFAULT_EXPERIMENT.name && (await this.named(experiment.name)) !== undefined) return false;
    const writes = itemsOf(experiment).map((item): Write => ({ kind: 'put', item, when: { kind: 'absent' } }));
    return (await this.items.write(writes)).length === 0;
  }

  /**
   * Changes what was read last, again when somebody else was faster.
   * @returns undefined when there is no such experiment; `taken` when it was to get a name that another has
   * @throws Conflict when too many change it at once
   */
  async change(id: string, next: (now: Experiment) => Experiment): Promise<Experiment | 'taken' | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const now = await this.get(id);
      if (now === undefined) return undefined;
      const changed = { ...next(now), generation: now.generation + 1 };
      const refused = await this.items.write(this.replacing(now, changed));
      if (refused.length === 0) return changed;
      const isTaken = refused.some(({ write }) => write.kind === 'put' && write.when?.kind === 'absent');
      if (isTaken) return 'taken';
    }
    throw new Conflict(`experiment ${id} is being changed by too many at once; try again`);
  }

  private replacing(now: Experiment, next: Experiment): Write[] {
    const [byId, byName] = itemsOf(next);
    const when = { kind: 'generation', is: now.generation } as const;
    if (now.name === next.name) return [byId, byName].map((item): Write => ({ kind: 'put', item, when }));
    return [
      { kind: 'put', item: byId, when },
      { kind: 'put', item: byName, when: { kind: 'absent' } },
      { kind: 'delete', key: experimentNameKey(now.name) },
    ];
  }
}
