import type { Command } from 'commander';
import type { AuditEvent } from '../../lambdas/registry/contract';
import { verifyChain } from '../../lambdas/registry/domain/audit-chain';
import { contextOf } from '../context';
import { Failure } from '../failure';
import { table, time } from '../present';

const FAULTS = {
  missing: 'is missing',
  overwritten: 'was overwritten: its content no longer has its hash',
  unlinked: 'does not follow from the event before it',
};

const factsOf = (event: AuditEvent): string =>
  Object.entries(event.detail)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

/** Checks the whole chain as this program reads it: the platform's word is not taken for it. */
const verify = (model: string, newestFirst: readonly AuditEvent[]): string => {
  const events = [...newestFirst].reverse();
  const fault = verifyChain(events);
  if (fault) throw new Failure(`the audit chain of ${model} is broken: event ${fault.sequence} ${FAULTS[fault.fault]}`);
  return `the audit chain of ${model} is whole: ${events.length} events, last hash ${events.at(-1)?.hash ?? 'none'}`;
};

export const addAuditCommands = (program: Command): void => {
  program
    .command('audit')
    .description('what happened to a model, newest first; "audit verify <model>" recomputes the chain of hashes')
    .argument('<model...>')
    .option('--most <n>', 'at most so many events', '1000')
    .action(async (words: string[], options: { most: string }, command: Command) => {
      const verifying = words.length === 2 && words[0] === 'verify';
      const model = verifying ? words[1] : words[0];
      if (model === undefined || words.length > (verifying ? 2 : 1))
        throw new Failure('say contender audit <model>, or contender audit verify <model>', 2);
      const { api, print } = await contextOf(command, 'auditor');
      const events = await api.list<AuditEvent>(
        `/api/v1/models/${model}/audit`,
        verifying ? Number.POSITIVE_INFINITY : Number(options.most),
      );
      if (verifying) {
        const verdict = verify(model, events);
        return print({ model, whole: true, events: events.length }, () => verdict);
      }
      const rows = () =>
        events.map((e) => [e.sequence, time(e.at), e.type, e.version, e.actor.name ?? e.actor.id, factsOf(e)]);
      print(events, () => table(['#', 'time', 'event', 'version', 'by', 'facts'], rows()));
    });
};
