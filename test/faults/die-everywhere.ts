import { Crash, Fuse, type Moment } from './fuse';

/** Work that may die at any of its calls, and be done again. */
export interface Scenario<World, Result> {
  /** Before the work; each death has a world of its own. */
  open(): World | Promise<World>;
  /** The work, in a process of its own: every call that leaves it passes the fuse. */
  run(world: World, fuse: Fuse): Promise<Result>;
  /** Fails unless the world is whole, as it must be at any time, whatever died. */
  check(world: World): void | Promise<void>;
  /** What must be in the end as if nothing had died. */
  outcome(world: World, result: Result): unknown;
  close?(world: World): void | Promise<void>;
  /** Whether a call does more than read. @default all do */
  readonly hasEffect?: (call: string) => boolean;
}

export interface Deaths {
  /** How many processes die one after the other before one lives. @default 1 */
  readonly inARow?: 1 | 2;
}

const MOMENTS: readonly Moment[] = ['before its effect', 'after its effect'];

interface Death {
  readonly at: number;
  readonly moment: Moment;
}

/** @returns the fuse; it is not blown when the work was done before it came to that call. */
const dieAt = async <W, R>(scenario: Scenario<W, R>, world: W, { at, moment }: Death): Promise<Fuse> => {
  const fuse = new Fuse(at, moment, scenario.hasEffect);
  await scenario.run(world, fuse).catch((error: unknown) => {
    if (!fuse.isBlown && !(error instanceof Crash)) throw error;
  });
  await scenario.check(world);
  return fuse;
};

const live = async <W, R>(scenario: Scenario<W, R>, world: W) => {
  const fuse = new Fuse();
  const result = await scenario.run(world, fuse);
  await scenario.check(world);
  return { calls: fuse.calls, outcome: await scenario.outcome(world, result) };
};

/** One world in which processes die, one after the other, until one does the work. @returns whether the last one died */
const endure = async <W, R>(
  scenario: Scenario<W, R>,
  deaths: readonly Death[],
  expected: unknown,
): Promise<boolean> => {
  const world = await scenario.open();
  const said: string[] = [];
  try {
    let isBlown = false;
    for (const death of deaths) {
      const fuse = await dieAt(scenario, world, death);
      said.push(`${death.moment} at call ${fuse.calls.length}, ${fuse.calls.at(-1)}`);
      isBlown = fuse.isBlown;
    }
    expect((await live(scenario, world)).outcome).toEqual(expected);
    return isBlown;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`after a death ${said.join(', then ') || JSON.stringify(deaths)}: ${message}`, { cause: error });
  } finally {
    await scenario.close?.(world);
  }
};

/**
 * Does the work once undisturbed, and then lets it die at every call it makes, before and after the effect: what is there must
 * be whole after each death, and the next try must lead to what the undisturbed work led to. A call that is added to the work
 * is a death that is added here.
 * @returns the calls of the undisturbed work
 */
export const dieEverywhere = async <W, R>(
  scenario: Scenario<W, R>,
  { inARow = 1 }: Deaths = {},
): Promise<readonly string[]> => {
  const world = await scenario.open();
  const { calls, outcome } = await live(scenario, world);
  await scenario.close?.(world);
  const everyDeath = async (before: readonly Death[]): Promise<void> => {
    for (const moment of MOMENTS) {
      for (let at = 1; await endure(scenario, [...before, { at, moment }], outcome); at++)
        if (before.length + 1 < inARow) await everyDeath([...before, { at, moment }]);
    }
  };
  await everyDeath([]);
  return calls;
};
