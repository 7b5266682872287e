import { randomInt } from 'node:crypto';
import * as z from 'zod';
import { requireRole } from '../access/domain/authorize';
import { type Caller, type Calls, call, searchSchema, tagListSchema, tagsOf } from './call';
import { parseFilter } from './domain/filter';
import { matchesAll } from './domain/matches';
import { invalid, missing, Refusal } from './domain/refusal';
import { experimentShape } from './domain/shapes';
import { experimentOf, type TrackingPorts } from './tracking';

export const experimentCalls = ({ tracking, places }: TrackingPorts): Calls => {
  const searchExperiments = async (given: z.output<typeof searchSchema>, { identity }: Caller) => {
    requireRole(identity, 'model:read');
    const conditions = parseFilter(given.filter);
    const all = await tracking.experiments();
    const found = all.filter(({ experimentId, name, tags, createdAt }) =>
      matchesAll(conditions, {
        attributes: { name, experiment_id: experimentId, creation_time: createdAt, last_update_time: createdAt },
        tags,
      }),
    );
    return {
      experiments: found.slice(0, given.max_results).map((one) => experimentShape(one, places.uriFor(identity))),
    };
  };

  return {
    'POST experiments/create': call(
      z.object({ name: z.string().min(1).max(500), tags: tagListSchema, artifact_location: z.string().optional() }),
      async ({ name, tags, artifact_location }, { identity, at }) => {
        requireRole(identity, 'model:upload');
        if (artifact_location) throw invalid('artifacts lie in the caller’s own place; leave artifact_location out');
        const experimentId = String(randomInt(2 ** 47, 2 ** 48 - 1));
        const made = await tracking.addExperiment({ experimentId, name, tags: tagsOf(tags), createdAt: at });
        if (!made) throw new Refusal('RESOURCE_ALREADY_EXISTS', `Experiment '${name}' already exists.`);
        return { experiment_id: experimentId };
      },
    ),
    'GET experiments/get': call(z.object({ experiment_id: z.string() }), async ({ experiment_id }, { identity }) => {
      requireRole(identity, 'model:read');
      return { experiment: experimentShape(await experimentOf(experiment_id, tracking), places.uriFor(identity)) };
    }),
    'GET experiments/get-by-name': call(
      z.object({ experiment_name: z.string() }),
      async ({ experiment_name }, { identity }) => {
        requireRole(identity, 'model:read');
        const found = await tracking.experimentNamed(experiment_name);
        if (found === undefined) throw missing(`Could not find experiment with name '${experiment_name}'`);
        return { experiment: experimentShape(found, places.uriFor(identity)) };
      },
    ),
    'GET experiments/search': call(searchSchema.loose(), searchExperiments),
    'POST experiments/search': call(searchSchema.loose(), searchExperiments),
  };
};
