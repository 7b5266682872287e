import Table from 'cli-table3';
import color from 'picocolors';
import type { PackageSize } from './cold-start';
import type { Verdict } from './goals';
import type { ModelName } from './models';
import { type Absence, medianOf, type Round } from './results';
import type { Server } from './server';
import { isDisturbed, type Sample } from './take-sample';

/** All of a run, as it is written to scoring.json. */
export interface Report {
  readonly at: string;
  readonly machine: {
    readonly cpus: number;
    readonly cpu: string;
    readonly node: string;
    readonly coresDivided: boolean;
  };
  readonly package: PackageSize;
  readonly verdicts: readonly (Verdict & { readonly model: ModelName })[];
  readonly absences: readonly Absence[];
  readonly rounds: readonly Round[];
}

const NOTHING = '–';
const shown = (value: number | undefined, show: (value: number) => string): string =>
  value === undefined ? NOTHING : show(value);
const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const times = (value: number): string => `${value.toFixed(2)} ×`;
const inMs = (value: number): string => `${whole(value)} ms`;
const inUs = (value: number): string => `${whole(value)} µs`;
const inMb = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

/** Without colours of its own, and without a line under each row. */
const STYLE = { head: [], border: [], compact: true };
const HEAD = [
  '',
  'start-up',
  'p50 at 1',
  'p99 at 1',
  '/s at 8',
  '/s at 64',
  '÷ bare',
  'CPU each',
  'memory',
  'beyond raw',
  'batch',
];

const printModel = (model: ModelName, rounds: readonly Round[], servers: readonly Server[]): void => {
  const table = new Table({
    head: [model, ...HEAD.slice(1)],
    style: STYLE,
    colAligns: HEAD.map((_, column) => (column === 0 ? 'left' : 'right')),
  });
  const raw = (look: (round: Round) => number) => inUs(medianOf(rounds, look) ?? Number.NaN);
  const gap = Array.from({ length: 6 }, () => NOTHING);
  table.push([
    'raw session run',
    NOTHING,
    raw((round) => round.raw.p50Us),
    raw((round) => round.raw.p99Us),
    ...gap,
    raw((round) => round.raw.batchUs),
  ]);
  for (const { name, title } of servers) {
    const of = (key: keyof Sample) => medianOf(rounds, (round) => round.servers[name]?.[key]);
    const beside = ({ servers: { [name]: own, bare } }: Round) => (own && bare ? own.at8 / bare.at8 : undefined);
    const beyond = (round: Round) => round.servers[name] && round.servers[name].p50Us - round.raw.p50Us;
    table.push([
      title,
      shown(of('startUpMs'), inMs),
      shown(of('p50Us'), inUs),
      shown(of('p99Us'), inUs),
      shown(of('at8'), whole),
      shown(of('at64'), whole),
      shown(medianOf(rounds, beside), times),
      shown(of('processorUs'), inUs),
      shown(of('residentMb'), (mb) => `${whole(mb)} MB`),
      shown(medianOf(rounds, beyond), inUs),
      shown(of('batchUs'), inUs),
    ]);
  }
  console.log(table.toString());
};

const SHOWN = { '×': times, µs: inUs, ms: inMs };
const paint = { met: color.green, missed: color.red, 'not measured': color.dim };

const printVerdicts = (verdicts: Report['verdicts'], models: readonly ModelName[]): void => {
  const table = new Table({
    head: ['goal', 'of', 'limit', ...models],
    style: STYLE,
    colAligns: ['left', 'left', 'right', ...models.map(() => 'right' as const)],
  });
  const rows = new Map(verdicts.map((verdict) => [`${verdict.subject} ${verdict.goal}`, verdict]));
  for (const { goal, subject, limit, unit } of rows.values()) {
    const cells = models.map((model) => {
      const found = verdicts.find((one) => one.model === model && one.goal === goal && one.subject === subject);
      if (found?.value === undefined) return color.dim('not measured');
      return paint[found.verdict](`${SHOWN[unit](found.value)} ${found.verdict}`);
    });
    table.push([goal, subject, `${limit} ${unit}`, ...cells]);
  }
  console.log(table.toString());
};

/** Median over the rounds, a table for each model; then how Contender stands beside its goals. */
export const printReport = (report: Report, servers: readonly Server[]): void => {
  const models = [...new Set(report.rounds.map(({ model }) => model))];
  for (const model of models)
    printModel(
      model,
      report.rounds.filter((round) => round.model === model),
      servers,
    );
  printVerdicts(report.verdicts, models);
  for (const { server, model, reason } of report.absences)
    console.log(`${server}${model ? ` with ${model}` : ''}: ${reason}`);
  const { codeBytes, layerBytes } = report.package;
  console.log(`Lambda package: code ${inMb(codeBytes)} (goal: at most 1 MB), runtime layer ${inMb(layerBytes)}`);
  const echo = medianOf(report.rounds, ({ servers: { echo } }) => echo?.generator);
  if (echo !== undefined)
    console.log(`the load generator took ${Math.round(echo * 100)} % of a core against the JSON echo`);
  const samples = report.rounds.flatMap((round) => Object.values(round.servers));
  const disturbed = samples.filter(isDisturbed).length;
  if (disturbed > 0)
    console.log(
      color.yellow(
        `${disturbed} of ${samples.length} measurements were disturbed by others on this machine; run it again`,
      ),
    );
};
