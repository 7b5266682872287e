import * as z from 'zod';
import { authorize, requireRole } from '../access/domain/authorize';
import type { CopyRequest, RegisterAnswer, RegisterRequest } from '../upload/contract';
import type { NotesStore, Said } from './adapters/notes-store';
import type { Caller } from './call';
import { type Notes, namedSchema } from './contract';
import { invalid } from './domain/refusal';
import { modelVersionShape } from './domain/shapes';
import type { ModelViews } from './model-views';
import { description, tags } from './registry-parameters';
import type { TrainedBy } from './trained-by';
import type { Sources, VersionSource } from './version-sources';

/** Has something registered. @throws NotReady when that takes longer than a client can be kept waiting */
export type Register = (request: RegisterRequest | CopyRequest) => Promise<RegisterAnswer>;

export interface CreateVersionPorts {
  readonly views: ModelViews;
  readonly notes: NotesStore;
  readonly sources: Sources;
  readonly register: Register;
}

export const createSchema = namedSchema.extend({
  source: z.string().min(1).max(1000),
  run_id: z.string().max(100).optional(),
  run_link: z.string().max(1000).optional(),
  tags,
  description: description.optional(),
  model_id: z.string().max(100).optional(),
});
type Given = z.output<typeof createSchema>;

/** @returns the number that the bytes have in the model, be it a new one */
const numberOf = async (
  model: string,
  source: VersionSource,
  { identity: { kind, id, name } }: Caller,
  { register, sources, trained }: CreateVersionPorts & Pick<TrainedBy, 'trained'>,
): Promise<number> => {
  const actor = { kind, id, name };
  if (source.kind === 'version' && source.copyOf.model === model) return source.copyOf.version;
  const answer = await register(
    source.kind === 'version'
      ? { model, copyOf: source.copyOf, actor }
      : { model, bucket: sources.bucket, prefix: source.prefix, actor, ...trained },
  );
  if (answer.outcome === 'refused') throw invalid(answer.message);
  if (answer.outcome === 'waiting')
    throw invalid(`${source.uri} is not whole: it lacks ${answer.missing.join(', ')}; log the model again`);
  return answer.version;
};

/** What a client says of a version; of a copy, the run and the logged model are those of its source where it says none. */
const saidOf = async (
  given: Given,
  source: VersionSource,
  { notes, runId: named }: CreateVersionPorts & Pick<TrainedBy, 'runId'>,
): Promise<Said> => {
  const inherited =
    source.kind === 'version' ? await notes.notes(source.copyOf.model, source.copyOf.version) : undefined;
  const modelId = given.model_id || inherited?.modelId;
  const runId = named ?? inherited?.runId;
  return {
    source: source.uri,
    tags: given.tags,
    ...(given.description ? { description: given.description } : {}),
    ...(runId ? { runId } : {}),
    ...(given.run_link ? { runLink: given.run_link } : {}),
    ...(modelId ? { modelId } : {}),
  };
};

/**
 * Bytes that are a version already keep what was said of it first; a version that was deleted is there again. A client that
 * tries again because its first call was cut off says what that one no longer could.
 */
const toldOf = (before: Notes, said: Said): Said | undefined => {
  if (before.archivedAt !== undefined) return { ...said, archivedAt: undefined };
  if (before.source !== undefined) return undefined;
  const kept = before.description === undefined ? {} : { description: before.description };
  return { ...said, ...kept, tags: { ...said.tags, ...before.tags } };
};

/** `model-versions/create`. @throws Refusal for a source that is not there, not whole, or not the caller's to take */
export const createModelVersion = async (given: Given, caller: Caller, ports: CreateVersionPorts): Promise<object> => {
  const { views, notes, sources } = ports;
  requireRole(caller.identity, 'model:upload');
  const { model } = await views.model(given.name);
  authorize(caller.identity, 'model:upload', await views.access(model));
  const source = await sources.resolve(given.source, caller);
  const { runId, trained } = await sources.trainedBy(given);
  const said = await saidOf(given, source, { ...ports, runId });
  const version = await numberOf(model, source, caller, { ...ports, trained });
  const change = { model, version, actor: caller.actor, at: caller.at };
  await notes.change(change, 'Version Changed', (before) => toldOf(before, said));
  return { model_version: modelVersionShape(await views.versionView(model, version)) };
};
