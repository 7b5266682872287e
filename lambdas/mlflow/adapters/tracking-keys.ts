import { createHash } from 'node:crypto';
import { sortableInteger } from '../domain/sortable';
import type { Key } from '../ports';

/** Bytes of a sort key that a name may take; DynamoDB has 1,024 for all of it. */
const NAME_BYTES = 900;

export const META = 'META';
export const experimentKey = (id: string): string => `EXPERIMENT#${id}`;
export const EXPERIMENTS = 'EXPERIMENTS';
export const NAMES = 'NAME#';
export const runKey = (id: string): string => `RUN#${id}`;
export const loggedKey = (id: string): string => `LOGGED#${id}`;
export const historyKey = (run: string, metric: string): string => `HISTORY#${run}#${metric}`;

/** Items of a run or a logged model beside the record itself. */
export const PREFIX = {
  params: 'PARAM#',
  tags: 'TAG#',
  metrics: 'METRIC#',
  inputs: 'INPUT#',
  outputs: 'OUTPUT#',
  inputModels: 'MODELIN#',
} as const;

/** What an experiment lists by time. */
export const LISTED = { runs: 'RUN#', loggedModels: 'LOGGED#' } as const;
export type ListedKind = keyof typeof LISTED;

export const hashed = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

/** Names of 500 characters may have more bytes than a key takes: the end of such is a hash. */
export const experimentNameKey = (name: string): Key => ({
  pk: EXPERIMENTS,
  sk: NAMES + (Buffer.byteLength(name) <= NAME_BYTES ? name : `${name.slice(0, 200)}#${hashed(name)}`),
});

/** Where something stands among what its experiment lists. */
export const listedSk = (kind: ListedKind, at: number, id: string): string =>
  `${LISTED[kind]}${sortableInteger(at)}#${id}`;

export const listedOf = (kind: ListedKind, sk: string): { at: number; id: string } | undefined => {
  const [, at, id] = /^(\d+)#(.+)$/.exec(sk.slice(LISTED[kind].length)) ?? [];
  return at === undefined || id === undefined ? undefined : { at: Number(at), id };
};
