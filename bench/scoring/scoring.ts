import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { LocalFailure } from '../../local/failure';
import { onConsole, type Progress, silent } from '../../local/progress';
import { buildChildren } from './children';
import { CONTENDER } from './contender';
import { Cores, Patience } from './cores';
import { verdictsOf } from './goals';
import { Measuring } from './measuring';
import { MODEL_NAMES, type Model, type ModelName, trainedModels } from './models';
import { NODE_LIMITS } from './node-limits';
import { MADE } from './places';
import { PYTHON_PEERS } from './python-peers';
import { printReport, type Report } from './report';
import type { Absence } from './results';
import type { Server } from './server';

const SERVERS: readonly Server[] = [...NODE_LIMITS, ...CONTENDER, ...PYTHON_PEERS];
const FULL = { rounds: 3, lengths: { warmUp: 0.5, load: 1.2 }, patienceMs: 240_000 };
const QUICK = { rounds: 1, lengths: { warmUp: 0.3, load: 0.5 }, patienceMs: 20_000 };
const QUICK_MODELS: readonly ModelName[] = ['boosted'];

export interface ScoringOptions {
  readonly quick: boolean;
  readonly json: boolean;
  /** @default - all, or `boosted` when quick */
  readonly models?: readonly string[];
  /** Servers to measure. @default - all */
  readonly peers?: readonly string[];
}

const chosen = <T extends string>(asked: readonly string[], known: readonly T[], what: string): readonly T[] => {
  const strange = asked.find((name) => !known.some((one) => one === name));
  if (strange !== undefined) throw new LocalFailure(`there is no ${what} "${strange}"; there are ${known.join(', ')}`);
  return known.filter((name) => asked.includes(name));
};

/** Those of the servers that can be measured here; why not is noted of the others. */
const prepared = async (
  servers: readonly Server[],
  models: readonly Model[],
  progress: Progress,
  absences: Absence[],
): Promise<readonly Server[]> => {
  const ready: Server[] = [];
  for (const server of servers) {
    const reason = await server.prepare(models, progress);
    if (reason === undefined) ready.push(server);
    else absences.push({ server: server.name, reason });
  }
  return ready;
};

const reportOf = (
  measuring: Measuring,
  absences: readonly Absence[],
  models: readonly Model[],
  servers: readonly Server[],
): Report => ({
  at: new Date().toISOString(),
  machine: {
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    coresDivided: measuring.manner.cores.areDivided,
  },
  package: { codeBytes: measuring.pack.codeBytes, layerBytes: measuring.pack.layerBytes },
  verdicts: models.flatMap(({ name }) => {
    const rounds = measuring.rounds.filter((round) => round.model === name);
    return verdictsOf(rounds, servers).map((verdict) => ({ model: name, ...verdict }));
  }),
  absences,
  rounds: measuring.rounds,
});

const print = (report: Report, servers: readonly Server[], json: boolean): void => {
  const text = JSON.stringify(report, null, 2);
  mkdirSync(MADE, { recursive: true });
  writeFileSync(join(MADE, 'scoring.json'), text);
  if (json) console.log(text);
  else printReport(report, servers);
};

/**
 * Measures what a prediction costs, beside what Node can do at best and beside what people use today.
 * @throws LocalFailure
 */
export const benchScoring = async (options: ScoringOptions): Promise<void> => {
  const { rounds, lengths, patienceMs } = options.quick ? QUICK : FULL;
  const progress = options.json ? silent : onConsole;
  const names = chosen(options.models ?? (options.quick ? QUICK_MODELS : MODEL_NAMES), MODEL_NAMES, 'model');
  const all = SERVERS.map(({ name }) => name);
  const wanted = chosen(options.peers ?? all, all, 'server');
  const asked = SERVERS.filter(({ name }) => wanted.includes(name));
  const models = await trainedModels(names, progress);
  await buildChildren();
  const absences: Absence[] = [];
  const servers = await prepared(asked, models, progress, absences);
  // From here on this process keeps to one core, so whatever wants all of them comes before.
  const manner = { cores: Cores.divide(), lengths, patience: new Patience(patienceMs) };
  const measuring = new Measuring(servers, manner, progress, absences);
  try {
    for (let round = 0; round < rounds; round++) {
      for (const model of models) await measuring.take(round, model);
    }
    print(reportOf(measuring, absences, models, asked), asked, options.json);
    if (absences.some(({ model }) => model !== undefined)) process.exitCode = 1;
  } finally {
    measuring.end();
  }
};
