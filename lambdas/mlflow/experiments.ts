import { randomInt } from 'node:crypto';
import * as z from 'zod';
import { requireRole } from '../access/domain/authorize';
import { type Caller, type Calls, call, searchSchema, tagsOf } from './call';
import type { Experiment } from './contract';
import { AnswerPage } from './domain/answer-page';
import { experimentNameSchema, experimentTagSchema, keySchema } from './domain/entries';
import { parseFilter } from './domain/filter';
import { matchesAll } from './domain/matches';
import { afterOf, FOREIGN_TOKEN, tokenOf } from './domain/page-token';
import { invalid, missing, Refusal } from './domain/refusal';
import { experimentShape } from './domain/shapes';
import { compareBy, type Direction, sortKeyOf } from './domain/sort-key';
import { experimentOf } from './run-records';
import type { TrackingPorts } from './tracking';

/** Experiments that one search looks at: all of them must be, whatever the order. */
const MAX_SORTED = 20_000;
/** Of the Default experiment, which is there before anybody made it. */
const DEFAULT_ID = '0';

const idSchema = z.object({ experiment_id: z.string().max(100) });
const search = searchSchema.extend({
  view_type: z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']).default('ACTIVE_ONLY'),
  max_results: z.coerce.number().int().min(1).max(50_000).default(1000),
  page_token: z.string().max(10_000).optional(),
});

const attributesOf = ({ experimentId, name, createdAt, changedAt }: Experiment) => ({
  name,
  experiment_id: experimentId,
  creation_time: createdAt,
  last_update_time: changedAt ?? createdAt,
});
type Attribute = keyof ReturnType<typeof attributesOf>;
const ATTRIBUTES = ['name', 'experiment_id', 'creation_time', 'last_update_time'] as const;

interface Order {
  readonly key: Attribute;
  readonly direction: Direction;
}

const orderOf = (text: string): Order => {
  const [, name = '', given = 'ASC'] = /^(?:attributes?\.)?[`"]?(\w+)[`"]?(?:\s+(ASC|DESC))?$/i.exec(text.trim()) ?? [];
  const key = ATTRIBUTES.find((one) => one === name);
  if (key === undefined)
    throw invalid(`experiments cannot be ordered by ${text.slice(0, 200)}; by ${ATTRIBUTES.join(', ')}`);
  return { key, direction: given.toUpperCase() === 'DESC' ? -1 : 1 };
};

export const experimentCalls = ({ tracking, places }: TrackingPorts): Calls => {
  const { experiments } = tracking;

  const searchExperiments = async (given: z.output<typeof search>, { identity }: Caller) => {
    requireRole(identity, 'model:read');
    const conditions = parseFilter(given.filter);
    const orders = (given.order_by.length > 0 ? given.order_by : ['creation_time DESC']).map(orderOf);
    const compare = compareBy(orders.map(({ direction }) => direction));
    const all = await experiments.list(MAX_SORTED + 1);
    if (all.length > MAX_SORTED)
      throw invalid(`there are more than ${MAX_SORTED} experiments, too many to search; get them by name or id`);
    const found = all
      .filter(
        (one) =>
          (given.view_type === 'ALL' || (one.deletedAt !== undefined) === (given.view_type === 'DELETED_ONLY')) &&
          matchesAll(conditions, { attributes: attributesOf(one), tags: one.tags }),
      )
      .map((one) => {
        const attributes = attributesOf(one);
        return { one, id: one.experimentId, keys: orders.map(({ key }) => sortKeyOf(attributes[key])) };
      })
      .sort(compare);
    const asked = JSON.stringify([given.filter, given.order_by, given.view_type]);
    const after = afterOf(asked, given.page_token);
    if (after !== undefined && !('keys' in after)) throw invalid(FOREIGN_TOKEN);
    const left = after === undefined ? found : found.filter((one) => compare(one, after) > 0);
    const page = new AnswerPage(given.max_results);
    const leftOut = left.findIndex(({ one }) => !page.take(experimentShape(one, places.uriFor(identity))));
    const last = left[leftOut - 1];
    return {
      experiments: page.found,
      ...(last === undefined ? {} : { next_page_token: tokenOf(asked, { keys: last.keys, id: last.id }) }),
    };
  };

  /** Experiments are their maker's to rename and delete; what nobody made, everybody's who may upload, but for the first. */
  const changed = async (id: string, { identity }: Caller, next: (now: Experiment) => Experiment) => {
    requireRole(identity, 'model:upload');
    if (id === DEFAULT_ID)
      throw new Refusal('PERMISSION_DENIED', 'the Default experiment stays as it is; make another');
    const result = await experiments.change(id, (now) => {
      if (now.owner !== undefined && now.owner !== identity.id)
        throw new Refusal('PERMISSION_DENIED', `experiment ${id} is another's; make one of your own`);
      return next(now);
    });
    if (result === undefined) throw missing(`No Experiment with id=${id} exists`);
    if (result === 'taken') throw new Refusal('RESOURCE_ALREADY_EXISTS', 'an experiment of that name already exists.');
  };

  const changeTags = async (
    id: string,
    { identity, at }: Caller,
    next: (now: Experiment['tags']) => Experiment['tags'],
  ) => {
    requireRole(identity, 'model:upload');
    const result = await experiments.change(id, (now) => ({ ...now, tags: next(now.tags), changedAt: at }));
    if (result === undefined) throw missing(`No Experiment with id=${id} exists`);
    return {};
  };

  const shown = (experiment: Experiment, { identity }: Caller) => {
    requireRole(identity, 'model:read');
    return { experiment: experimentShape(experiment, places.uriFor(identity)) };
  };

  return {
    'POST experiments/create': call(
      z.object({
        name: experimentNameSchema,
        tags: z.array(experimentTagSchema).max(100).default([]),
        artifact_location: z.string().optional(),
      }),
      async ({ name, tags, artifact_location }, { identity, at }) => {
        requireRole(identity, 'model:upload');
        if (artifact_location) throw invalid('artifacts lie in the caller’s own place; leave artifact_location out');
        const experimentId = String(randomInt(2 ** 47, 2 ** 48 - 1));
        const facts = { experimentId, name, tags: tagsOf(tags), createdAt: at, owner: identity.id, generation: 0 };
        if (await experiments.add(facts)) return { experiment_id: experimentId };
        throw new Refusal('RESOURCE_ALREADY_EXISTS', `Experiment '${name}' already exists.`);
      },
    ),
    'GET experiments/get': call(idSchema, async ({ experiment_id }, caller) =>
      shown(await experimentOf(experiment_id, tracking), caller),
    ),
    'GET experiments/get-by-name': call(
      z.object({ experiment_name: z.string().max(5000) }),
      async ({ experiment_name }, caller) => {
        const found = await experiments.named(experiment_name);
        if (found === undefined)
          throw missing(`Could not find experiment with name '${experiment_name.slice(0, 500)}'`);
        return shown(found, caller);
      },
    ),
    'POST experiments/update': call(
      idSchema.extend({ new_name: experimentNameSchema }),
      async ({ experiment_id, new_name }, caller) => {
        await changed(experiment_id, caller, (now) => {
          if (now.deletedAt !== undefined) throw invalid('Cannot rename a non-active experiment.');
          return { ...now, name: new_name, changedAt: caller.at };
        });
        return {};
      },
    ),
    'POST experiments/delete': call(idSchema, async ({ experiment_id }, caller) => {
      await changed(experiment_id, caller, (now) => {
        if (now.deletedAt !== undefined) throw missing(`No Experiment with id=${experiment_id} exists`);
        return { ...now, deletedAt: caller.at, changedAt: caller.at };
      });
      return {};
    }),
    'POST experiments/restore': call(idSchema, async ({ experiment_id }, caller) => {
      await changed(experiment_id, caller, ({ deletedAt, ...now }) => {
        if (deletedAt === undefined) throw missing(`No deleted Experiment with id=${experiment_id} exists`);
        return { ...now, changedAt: caller.at };
      });
      return {};
    }),
    'POST experiments/set-experiment-tag': call(
      idSchema.and(experimentTagSchema),
      ({ experiment_id, key, value }, caller) =>
        changeTags(experiment_id, caller, (tags) => ({ ...tags, [key]: value })),
    ),
    'POST experiments/delete-experiment-tag': call(
      idSchema.extend({ key: keySchema }),
      ({ experiment_id, key }, caller) =>
        changeTags(experiment_id, caller, ({ [key]: value, ...others }) => {
          if (value === undefined) throw missing(`No tag with name: ${key} in experiment with id ${experiment_id}`);
          return others;
        }),
    ),
    'GET experiments/search': call(search, searchExperiments),
    'POST experiments/search': call(search, searchExperiments),
  };
};
