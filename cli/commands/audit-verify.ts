import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Page } from '../../lambdas/kernel/contract';
import type { AuditEvent, CopiedModelsPage, CopiesPage } from '../../lambdas/registry/contract';
import type { AuditFault } from '../../lambdas/registry/domain/audit-copies';
import { type AuditTrail, type AuditVerdict, verifyAudit } from '../../lambdas/registry/verify-audit';
import type { Api } from '../api';
import { Failure } from '../failure';

/** Items that are asked for at once. */
const PAGE = 200;

const FAULTS: Readonly<Record<AuditFault['fault'], string>> = {
  missing: 'is missing',
  overwritten: 'was overwritten: its content no longer has its hash',
  unlinked: 'does not follow from the event before it',
  foreign: 'is one of another model',
  cut: 'and all behind it were cut off: they were there, by their copies or an earlier verification',
  rewritten: 'was rewritten, with its hash: its copy says otherwise',
  misplaced: 'is not in its place: it was swapped with another, or one was slipped in beside it',
  uncopied: 'has no copy, though later ones have, or time enough went by',
  future: 'has no copy, and is dated in the future',
  late: 'was copied late: who could delete its first copy may have made this one. If an outage accounts for it, say so with --late-until',
  otherwise: 'is not what it was when it was verified before',
  'copy-overwritten': 'has a copy that somebody wrote over',
  'copy-deleted': 'has a copy that somebody deleted',
  'copy-unreadable': 'has a copy that is no audit event',
  'copy-misplaced': 'has a copy that is of another event',
};

/** How chains ended when they were verified before, by model in lower case. */
export type Before = ReadonlyMap<string, { readonly events: number; readonly lastHash: string }>;

const endingSchema = z.object({
  model: z.string(),
  events: z.number().int().min(0),
  lastHash: z.string(),
  whole: z.boolean(),
});

/** Reads what `audit verify --json` printed. @throws Failure */
export const beforeFrom = (path: string): Before => {
  try {
    const printed = z.union([z.array(endingSchema), endingSchema]).parse(JSON.parse(readFileSync(path, 'utf8')));
    const whole = [printed].flat().filter((ending) => ending.whole);
    return new Map(whole.map(({ model, events, lastHash }) => [model.toLowerCase(), { events, lastHash }]));
  } catch (cause) {
    throw new Failure(
      `${path} does not hold what "contender audit verify --json" printed: ${(cause as Error).message}`,
      2,
      {
        cause,
      },
    );
  }
};

const queryOf = (query: Readonly<Record<string, string | undefined>>): string => {
  const said = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) said.set(key, value);
  return String(said);
};

const trailOf = (api: Api, model: string): AuditTrail => {
  const path = `/api/v1/models/${encodeURIComponent(model)}/audit`;
  const limit = String(PAGE);
  return {
    events: (after, cursor) => api.get<Page<AuditEvent>>(`${path}?${queryOf({ limit, after: String(after), cursor })}`),
    copies: (cursor) => api.get<CopiesPage>(`${path}/copies?${queryOf({ limit, cursor })}`),
  };
};

/** What one verification says. */
export interface Verified extends AuditVerdict {
  readonly model: string;
  readonly whole: boolean;
  /** Why it is not whole. */
  readonly broken?: string;
}

const brokenBy = (model: string, { fault, strays, events, copied }: AuditVerdict): string | undefined => {
  if (fault !== undefined)
    return `the audit chain of ${model} is broken: event ${fault.sequence} ${FAULTS[fault.fault]}`;
  if (strays.length > 0) return `the vault holds what is no copy of an event of ${model}: ${strays.join(', ')}`;
  if (events + copied === 0) return `of ${model} there is neither an event on record nor a copy`;
  return undefined;
};

export interface Verification {
  readonly lateUntil: number | undefined;
  readonly before: Before;
}

/** Checks a whole chain as this program reads it, and against the copies: the platform's word is not taken for it. */
export const verifyModel = async (api: Api, model: string, { lateUntil, before }: Verification): Promise<Verified> => {
  const by = { model, now: Date.now(), lateUntil, before: before.get(model.toLowerCase()) };
  const verdict = await verifyAudit(trailOf(api, model), by);
  const broken = brokenBy(model, verdict);
  return { model, whole: broken === undefined, ...verdict, ...(broken === undefined ? {} : { broken }) };
};

async function* pagesOf(api: Api, path: string): AsyncGenerator<CopiedModelsPage> {
  let cursor: string | undefined;
  do {
    const page: CopiedModelsPage = await api.get(`${path}?${queryOf({ limit: String(PAGE), cursor })}`);
    yield page;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/**
 * Every model whose record there is to verify, once: those of the vault, which an attacker may have taken out of the registry; those of the registry,
 * whose copies may be gone; and those that were verified before. Names alone are kept in memory.
 * @throws Failure at the end, for what lies beside the vault's folders
 */
export async function* modelsToVerify(api: Api, before: Before): AsyncGenerator<string> {
  const seen = new Set<string>();
  const strays = new Set<string>();
  const isNew = (model: string): boolean => seen.size < seen.add(model.toLowerCase()).size;
  for (const path of ['/api/v1/audit/models', '/api/v1/models'])
    for await (const page of pagesOf(api, path)) {
      for (const stray of page.strays ?? []) strays.add(stray);
      yield* page.items.map(({ model }) => model).filter(isNew);
    }
  yield* [...before.keys()].filter(isNew);
  if (strays.size > 0) throw new Failure(`the vault holds what belongs to no model: ${[...strays].join(', ')}`);
}

const MINUTE = 60_000;
const UNITS: ReadonlyArray<readonly [string, number]> = [
  ['days', 24 * 60 * MINUTE],
  ['hours', 60 * MINUTE],
  ['minutes', MINUTE],
];
const span = (ms: number): string => {
  const [unit, length] = UNITS.find(([, of]) => ms >= 2 * of) ?? ['minutes', MINUTE];
  return `${Math.floor(ms / length)} ${unit}`;
};

/** A line for people. */
export const lineOf = ({ model, events, lastHash, copied, pending, late, latestMs = 0, broken }: Verified): string => {
  if (broken !== undefined) return broken;
  const parts = [`${copied} agree with their copies`];
  if (late > 0) parts.push(`${late} of these copies were made late, up to ${span(latestMs)} after the event`);
  if (pending > 0) parts.push(`${pending} of the last minutes have none yet`);
  return `the audit chain of ${model} is whole: ${events} events, last hash ${lastHash}; ${parts.join(', ')}`;
};
