import { run } from '../../local/child-process';
import { batchUs } from './batch';
import { childPath } from './children';
import { type Cores, othersShare, type Patience } from './cores';
import { fire, goldenShots, type Shot } from './load';
import type { Model } from './models';
import type { RawRun } from './raw-run.child';
import { RunningServer, ServerFailed } from './running-server';
import type { Server } from './server';

/** One start of one server with one model. Times in microseconds where not said otherwise. */
export interface Sample {
  readonly startUpMs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Requests a second at 8 and at 64 connections. */
  readonly at8: number;
  readonly at64: number;
  /** The server's processor time for one request at 8 connections: steadier than all others when the machine is shared. */
  readonly processorUs?: number;
  /** Share of its core that the server had meanwhile: as these connections leave it no rest, others had what is missing. */
  readonly share?: number;
  readonly residentMb: number;
  /** Of those that take binary tensors: 1,000 rows there and back. */
  readonly batchUs?: number;
  /** Answers compared with the golden ones. */
  readonly compared: number;
  /** Largest share of a core that the load generator took. */
  readonly generator: number;
  /** Share of a core that others took just before or just after. */
  readonly others: number;
}

/** How long each part of a measurement lasts, in seconds. */
export interface Lengths {
  readonly warmUp: number;
  readonly load: number;
}

/** Every golden row is asked for once before any load. */
const checkAll = async (running: RunningServer): Promise<void> => {
  for (const row of running.model.golden.rows.keys()) await running.check(row);
};

/** Answers after which the machine code of a handler is compiled, and how many bursts are spent on that at most. */
const WARM_AFTER = 20_000;
const WARMING_BURSTS = 5;

const warm = async (running: RunningServer, shots: readonly Shot[], seconds: number): Promise<void> => {
  let answers = 0;
  for (let burst = 0; burst < WARMING_BURSTS && answers < WARM_AFTER; burst++)
    answers += (await fire(running, shots, { connections: 8, seconds })).answers;
};

const difference = (after?: number, before?: number): number | undefined =>
  after === undefined || before === undefined ? undefined : after - before;

const measured = async (running: RunningServer, { warmUp, load }: Lengths): Promise<Omit<Sample, 'others'>> => {
  const shots = goldenShots(running);
  await checkAll(running);
  await warm(running, shots, warmUp);
  const one = await fire(running, shots, { connections: 1, seconds: load });
  const processorBefore = running.processorMs();
  const eight = await fire(running, shots, { connections: 8, seconds: load });
  const processor = difference(running.processorMs(), processorBefore);
  const many = await fire(running, shots, { connections: 64, seconds: load });
  return {
    startUpMs: running.startUpMs,
    p50Us: one.p50Us,
    p99Us: one.p99Us,
    at8: eight.perSecond,
    at64: many.perSecond,
    ...(processor !== undefined && {
      processorUs: (processor * 1000) / eight.answers,
      share: processor / eight.ms,
    }),
    residentMb: running.residentMb(),
    ...(running.server.takesBinary && { batchUs: await batchUs(running, load) }),
    compared: one.compared + eight.compared + many.compared,
    generator: Math.max(one.generator, eight.generator, many.generator),
  };
};

/** Others may have this share of a core, or of the server's, before a measurement counts as disturbed. */
const DISTURBING = { around: 0.5, meanwhile: 0.15 };

/** Whether others were at work on this machine during the measurement. */
export const isDisturbed = ({ others, share, generator }: Sample): boolean => {
  // A generator that is at its own limit leaves the server some rest.
  const isBusy = generator < 1 - DISTURBING.meanwhile;
  return others > DISTURBING.around || (isBusy && share !== undefined && share < 1 - DISTURBING.meanwhile);
};

/** How measurements are taken in a run. */
export interface Manner {
  readonly cores: Cores;
  readonly lengths: Lengths;
  readonly patience: Patience;
}

const sampleOnce = async (server: Server, model: Model, { cores, lengths, patience }: Manner): Promise<Sample> => {
  const before = await patience.awaitQuiet();
  const running = await RunningServer.start(server, model, cores);
  let sample: Omit<Sample, 'others'>;
  try {
    sample = await measured(running, lengths);
  } finally {
    await running.stop();
  }
  return { ...sample, others: Math.max(before, await othersShare()) };
};

/**
 * Measures one server, and again what was disturbed, as long as patience lasts.
 * @throws ServerFailed when the server does not start, or any of its answers is not right
 */
export const sampleOf = async (server: Server, model: Model, manner: Manner): Promise<Sample> => {
  for (;;) {
    const startedAt = performance.now();
    const sample = await sampleOnce(server, model, manner);
    if (!isDisturbed(sample) || manner.patience.isOver) return sample;
    manner.patience.spend(performance.now() - startedAt);
  }
};

/** The session's own run in a process of its own. */
export const rawRunOf = async ({ folder }: Model, { cores, lengths }: Manner): Promise<RawRun> => {
  const args = [childPath('raw-run'), folder, String(lengths.load)];
  const ended = await run(cores.onServerCore({ command: process.execPath, args }));
  if (ended.code !== 0) throw new ServerFailed(`the raw run of ${folder} failed: ${ended.printed.slice(-400)}`);
  return JSON.parse(ended.printed) as RawRun;
};
