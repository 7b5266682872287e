import type { Command } from 'commander';
import type { AuditEvent } from '../../lambdas/registry/contract';
import type { Api } from '../api';
import { type Context, contextOf } from '../context';
import { Failure } from '../failure';
import { table, time } from '../present';
import { beforeFrom, lineOf, modelsToVerify, type Verification, type Verified, verifyModel } from './audit-verify';

const USAGE = 'say contender audit <model>, contender audit verify <model…>, or contender audit verify --all';

const factsOf = (event: AuditEvent): string =>
  Object.entries(event.detail)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

interface AuditOptions {
  readonly most: string;
  readonly all?: boolean;
  readonly lateUntil?: string;
  readonly against?: string;
}

const verificationOf = ({ lateUntil, against }: AuditOptions): Verification => {
  const until = lateUntil === undefined ? undefined : Date.parse(lateUntil);
  if (Number.isNaN(until))
    throw new Failure(`--late-until ${lateUntil} is no time; say one such as 2026-03-01T12:00:00Z`, 2);
  return { lateUntil: until, before: against === undefined ? new Map() : beforeFrom(against) };
};

/** A model may be called `verify`: alone, the word is its name. */
const askedFor = (
  words: readonly string[],
  { all = false }: AuditOptions,
): { verifying: boolean; models: string[] } => {
  const [first, ...rest] = words;
  if (first === 'verify' && all !== rest.length > 0) return { verifying: true, models: rest };
  if (first === undefined || all || rest.length > 0) throw new Failure(USAGE, 2);
  return { verifying: false, models: [first] };
};

/** What cannot be read is told as broken, and the rest is verified. */
const verifyOrTell = (api: Api, model: string, by: Verification): Promise<Verified> =>
  verifyModel(api, model, by).catch((error: Error) => {
    if (!(error instanceof Failure)) throw error;
    const nothing = { events: 0, lastHash: '', copied: 0, pending: 0, late: 0, strays: [] };
    return { model, whole: false, ...nothing, broken: `the record of ${model} cannot be read: ${error.message}` };
  });

const verifyOne = async ({ api, print }: Context, model: string, by: Verification) => {
  const verified = await verifyModel(api, model, by);
  if (verified.broken !== undefined) throw new Failure(verified.broken);
  print(verified, () => lineOf(verified));
};

/** Verifies each, tells of each, and fails if one is broken, or if the list itself is. */
const verifyEach = async (
  { api, print }: Context,
  models: Iterable<string> | AsyncIterable<string>,
  by: Verification,
) => {
  const verified: Verified[] = [];
  let unlisted: unknown;
  try {
    for await (const model of models) verified.push(await verifyOrTell(api, model, by));
  } catch (error) {
    unlisted = error;
  }
  print(verified, () => verified.map(lineOf).join('\n'));
  if (unlisted !== undefined) throw unlisted;
  const broken = verified.filter(({ whole }) => !whole).length;
  if (broken > 0) throw new Failure(`${broken} of ${verified.length} audit chains are broken`);
};

const show = async ({ api, print }: Context, model: string, most: number) => {
  const events = await api.list<AuditEvent>(`/api/v1/models/${model}/audit`, most);
  const rows = () =>
    events.map((e) => [e.sequence, time(e.at), e.type, e.version, e.actor.name ?? e.actor.id, factsOf(e)]);
  print(events, () => table(['#', 'time', 'event', 'version', 'by', 'facts'], rows()));
};

export const addAuditCommands = (program: Command): void => {
  program
    .command('audit')
    .description(
      'what happened to a model, newest first; "audit verify <model…>" recomputes the chains of hashes, and compares them with the copies in the vault',
    )
    .argument('[model...]')
    .option('--most <n>', 'at most so many events', '1000')
    .option('--all', 'verify every model of the vault and of the registry')
    .option('--late-until <time>', 'late copies that were made until then are accounted for, as after an outage')
    .option('--against <file>', 'what "audit verify --json" printed before: chains must go on from there')
    .action(async (words: string[], options: AuditOptions, command: Command) => {
      const { verifying, models } = askedFor(words, options);
      const by = verificationOf(options);
      const context = await contextOf(command, 'auditor');
      const [model = ''] = models;
      if (!verifying) return show(context, model, Number(options.most));
      if (options.all) return verifyEach(context, modelsToVerify(context.api, by.before), by);
      return models.length === 1 ? verifyOne(context, model, by) : verifyEach(context, models, by);
    });
};
