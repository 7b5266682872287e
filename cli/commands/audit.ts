import type { Command } from 'commander';
import type { AuditCopy, AuditEvent } from '../../lambdas/registry/contract';
import { type AuditFault, type AuditVerdict, compareWithCopies } from '../../lambdas/registry/domain/audit-copies';
import type { Api } from '../api';
import { contextOf } from '../context';
import { Failure } from '../failure';
import { table, time } from '../present';

const FAULTS: Readonly<Record<AuditFault['fault'], string>> = {
  missing: 'is missing',
  overwritten: 'was overwritten: its content no longer has its hash',
  unlinked: 'does not follow from the event before it',
  cut: 'and all behind it were cut off: the vault has copies of them',
  rewritten: 'was rewritten, with its hash: its copy says otherwise',
  misplaced: 'is not in its place: it was swapped with another, or one was slipped in beside it',
  uncopied: 'has no copy, though later ones have, or time enough went by',
  'copy-overwritten': 'has a copy that somebody wrote over',
  'copy-deleted': 'has a copy that somebody deleted',
  'copy-unreadable': 'has a copy that is no audit event',
};

const factsOf = (event: AuditEvent): string =>
  Object.entries(event.detail)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

const beyondCopies = ({ before, pending, copied }: AuditVerdict): string => {
  const parts = [`${copied} agree with their copies`];
  if (pending > 0) parts.push(`${pending} of the last minutes have none yet`);
  if (before > 0) parts.push(`${before} from before there were copies have none`);
  return parts.join(', ');
};

/** Checks the whole chain as this program reads it, and against the copies: the platform's word is not taken for it. */
const verify = async (model: string, api: Api): Promise<AuditVerdict & { events: number; lastHash: string }> => {
  const path = `/api/v1/models/${model}/audit`;
  // The copies first: an event that comes meanwhile is a young one, and no copy without an event.
  const copies = await api.list<AuditCopy>(`${path}/copies`, Number.POSITIVE_INFINITY);
  const events = (await api.list<AuditEvent>(path, Number.POSITIVE_INFINITY)).reverse();
  const verdict = compareWithCopies(events, copies, Date.now());
  const { fault } = verdict;
  if (fault) throw new Failure(`the audit chain of ${model} is broken: event ${fault.sequence} ${FAULTS[fault.fault]}`);
  return { ...verdict, events: events.length, lastHash: events.at(-1)?.hash ?? 'none' };
};

export const addAuditCommands = (program: Command): void => {
  program
    .command('audit')
    .description(
      'what happened to a model, newest first; "audit verify <model>" recomputes the chain of hashes, and compares it with the copies',
    )
    .argument('<model...>')
    .option('--most <n>', 'at most so many events', '1000')
    .action(async (words: string[], options: { most: string }, command: Command) => {
      const verifying = words.length === 2 && words[0] === 'verify';
      const model = verifying ? words[1] : words[0];
      if (model === undefined || words.length > (verifying ? 2 : 1))
        throw new Failure('say contender audit <model>, or contender audit verify <model>', 2);
      const { api, print } = await contextOf(command, 'auditor');
      if (verifying) {
        const verdict = await verify(model, api);
        const { events, lastHash } = verdict;
        const whole = `the audit chain of ${model} is whole: ${events} events, last hash ${lastHash}`;
        return print({ model, whole: true, ...verdict }, () => `${whole}; ${beyondCopies(verdict)}`);
      }
      const events = await api.list<AuditEvent>(`/api/v1/models/${model}/audit`, Number(options.most));
      const rows = () =>
        events.map((e) => [e.sequence, time(e.at), e.type, e.version, e.actor.name ?? e.actor.id, factsOf(e)]);
      print(events, () => table(['#', 'time', 'event', 'version', 'by', 'facts'], rows()));
    });
};
