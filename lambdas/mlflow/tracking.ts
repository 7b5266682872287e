import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { requireRole } from '../access/domain/authorize';
import type { TrackingStore } from './adapters/tracking-store';
import { type Caller, type Calls, call, tagsOf } from './call';
import { type RunInfo, runInfoSchema } from './contract';
import { keySchema, runRefSchema, tagsGivenSchema, timeSchema } from './domain/entries';
import { invalid, missing } from './domain/refusal';
import { type RunView, runInfoShape, runShape } from './domain/shapes';
import type { Places } from './places';
import { activeExperiment, ownRun, runInfoOf, writableRun } from './run-records';

export interface TrackingPorts {
  readonly tracking: TrackingStore;
  readonly places: Places;
}

/** The tag that is the run's name, too. */
export const RUN_NAME = 'mlflow.runName';

const named = runRefSchema.transform(({ run_id, run_uuid }) => run_id || run_uuid || '');
const statusSchema = runInfoSchema.shape.status;
const nameSchema = z.string().max(250).optional();

const createSchema = z.object({
  experiment_id: z.string().max(100).default('0'),
  run_name: nameSchema,
  start_time: timeSchema.default(0),
  tags: tagsGivenSchema,
});

const updateSchema = runRefSchema.extend({
  status: statusSchema.optional(),
  end_time: timeSchema.optional(),
  run_name: nameSchema,
});

/** Runs, from their beginning to their end. */
export const trackingCalls = ({ tracking, places }: TrackingPorts): Calls => {
  const runOf = async (id: string): Promise<RunView> => {
    const found = await tracking.run(id);
    if (found === undefined) throw missing(`Run with id=${id} not found`);
    return found;
  };

  const createRun = async (given: z.output<typeof createSchema>, { identity, at }: Caller) => {
    requireRole(identity, 'model:upload');
    const { experimentId } = await activeExperiment(given.experiment_id || '0', tracking);
    const runId = randomBytes(16).toString('hex');
    const said = tagsOf(given.tags)[RUN_NAME];
    if (given.run_name && said && given.run_name !== said)
      throw invalid(
        `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given.run_name}', mlflow.runName='${said}').`,
      );
    const info: RunInfo = {
      runId,
      experimentId,
      name: given.run_name || said || `run-${runId.slice(0, 8)}`,
      userId: identity.name,
      owner: identity.id,
      status: 'RUNNING',
      startedAt: given.start_time || at,
      deleted: false,
      artifactUri: `${places.uriFor(identity)}${experimentId}/${runId}/artifacts`,
    };
    const others = given.tags.filter(({ key }) => key !== RUN_NAME);
    await tracking.runs.add(info, [...others, { key: RUN_NAME, value: info.name }]);
    return { run: runShape(await runOf(runId)) };
  };

  const updateRun = async (given: z.output<typeof updateSchema>, caller: Caller) => {
    const info = await writableRun(given.run_id || given.run_uuid || '', caller, tracking);
    const changes = {
      ...(given.status ? { status: given.status } : {}),
      ...(given.end_time ? { endedAt: given.end_time } : {}),
      ...(given.run_name ? { name: given.run_name } : {}),
    };
    if (given.run_name) await tracking.runs.setTags(info.runId, [{ key: RUN_NAME, value: given.run_name }]);
    if (Object.keys(changes).length > 0) await tracking.runs.change(info.runId, changes);
    return { run_info: runInfoShape(await runInfoOf(info.runId, tracking)) };
  };

  return {
    'POST runs/create': call(createSchema, createRun),
    'GET runs/get': call(named, async (id, { identity }) => {
      requireRole(identity, 'model:read');
      const { experimentId } = await runInfoOf(id, tracking);
      const experiment = await tracking.experiments.get(experimentId);
      return { run: runShape(await runOf(id), experiment?.deletedAt !== undefined) };
    }),
    'POST runs/update': call(updateSchema, updateRun),
    'POST runs/delete': call(named, async (id, caller) => {
      await ownRun(id, caller, tracking);
      await tracking.runs.change(id, { deleted: true });
      return {};
    }),
    'POST runs/restore': call(named, async (id, caller) => {
      await ownRun(id, caller, tracking);
      await tracking.runs.change(id, { deleted: false });
      return {};
    }),
    'POST runs/delete-tag': call(runRefSchema.extend({ key: keySchema }), async ({ run_id = '', key }, caller) => {
      await writableRun(run_id, caller, tracking);
      if (!(await tracking.runs.hasTag(run_id, key)))
        throw missing(`No tag with name: ${key} in run with id ${run_id}`);
      await tracking.runs.deleteTag(run_id, key);
      return {};
    }),
  };
};
