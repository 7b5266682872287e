import * as z from 'zod';
import { authorize, requireRole } from '../access/domain/authorize';
import type { Change, NotesStore } from './adapters/notes-store';
import { type Caller, type Calls, call } from './call';
import { DECIDED_ALIASES } from './contract';
import { createModelVersion, createSchema, type Register } from './create-version';
import { Refusal } from './domain/refusal';
import { modelVersionShape, type VersionView } from './domain/shapes';
import { withoutTag, withTag } from './domain/tags';
import type { ModelViews } from './model-views';
import { description, keyedVersion, taggedVersion, versioned, versionSearch } from './registry-parameters';
import { searchVersions } from './search-versions';
import type { Sources } from './version-sources';

export interface ModelVersionPorts {
  readonly views: ModelViews;
  readonly notes: NotesStore;
  readonly sources: Sources;
  readonly register: Register;
}

export const modelVersionCalls = (ports: ModelVersionPorts): Calls => {
  const { views, notes } = ports;

  const changeable = async (name: string, version: number, { identity, actor, at }: Caller): Promise<Change> => {
    requireRole(identity, 'model:upload');
    const { model } = await views.model(name);
    authorize(identity, 'model:upload', await views.access(model));
    await views.version(model, version);
    return { model, version, actor, at };
  };

  const readable = async (name: string, number: number, { identity }: Caller): Promise<VersionView> => {
    requireRole(identity, 'model:read');
    const { model } = await views.model(name);
    authorize(identity, 'model:read', await views.access(model));
    return views.versionView(model, number);
  };

  /** Its aliases go first: what still leads to it when this dies half-way is taken away by the next try. */
  const archive = async (name: string, version: number, caller: Caller): Promise<object> => {
    const change = await changeable(name, version, caller);
    const { aliases, version: record } = await views.versionView(change.model, version);
    if (record.status === 'SERVING' || aliases.some((alias) => DECIDED_ALIASES.has(alias)))
      throw new Refusal('PERMISSION_DENIED', `version ${version} of ${change.model} serves; roll it back first`);
    for (const alias of aliases) await notes.removeAlias(change, alias);
    await notes.change(change, 'Version Changed', () => ({ archivedAt: caller.at }));
    return {};
  };

  const search = call(versionSearch, (asked, caller) => searchVersions(asked, caller, views));

  return {
    'POST model-versions/create': call(createSchema, (given, caller) => createModelVersion(given, caller, ports)),
    'GET model-versions/get': call(versioned, async ({ name, version }, caller) => ({
      model_version: modelVersionShape(await readable(name, version, caller)),
    })),
    'PATCH model-versions/update': call(
      versioned.extend({ description }),
      async ({ name, version, description: text }, caller) => {
        const change = await changeable(name, version, caller);
        await notes.change(change, 'Version Changed', () => ({ description: text }));
        return { model_version: modelVersionShape(await views.versionView(change.model, version)) };
      },
    ),
    'DELETE model-versions/delete': call(versioned, ({ name, version }, caller) => archive(name, version, caller)),
    'POST model-versions/transition-stage': call(z.object({}).loose(), async () => {
      throw new Refusal(
        'PERMISSION_DENIED',
        'versions change state by approval and rollout, not by stages; reviewers find what waits for them with "contender approvals"',
      );
    }),
    'GET model-versions/get-download-uri': call(versioned, async ({ name, version }, caller) => {
      const view = await readable(name, version, caller);
      return { artifact_uri: `mlflow-artifacts:/models/${view.version.model}/${version}` };
    }),
    'GET model-versions/search': search,
    'POST model-versions/search': search,
    'POST model-versions/set-tag': call(taggedVersion, async ({ name, version, key, value }, caller) => {
      const change = await changeable(name, version, caller);
      await notes.change(change, 'Version Changed', (before) => withTag(before.tags, key, value));
      return {};
    }),
    'DELETE model-versions/delete-tag': call(keyedVersion, async ({ name, version, key }, caller) => {
      const change = await changeable(name, version, caller);
      await notes.change(change, 'Version Changed', (before) => withoutTag(before.tags, key));
      return {};
    }),
  };
};
