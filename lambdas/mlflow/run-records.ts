import { requireRole } from '../access/domain/authorize';
import type { TrackingStore } from './adapters/tracking-store';
import type { Caller } from './call';
import type { Experiment, LoggedModel, RunInfo } from './contract';
import { invalid, missing, Refusal } from './domain/refusal';

/** What runs are of. @throws Refusal RESOURCE_DOES_NOT_EXIST */
export const experimentOf = async (id: string, tracking: TrackingStore): Promise<Experiment> => {
  const found = await tracking.experiments.get(id);
  if (found === undefined) throw missing(`No Experiment with id=${id} exists`);
  return found;
};

/** @throws Refusal when it is not there, or deleted */
export const activeExperiment = async (id: string, tracking: TrackingStore): Promise<Experiment> => {
  const found = await experimentOf(id, tracking);
  if (found.deletedAt !== undefined)
    throw invalid(`The experiment ${id} must be in the 'active' state. Current state is deleted.`);
  return found;
};

/** @throws Refusal RESOURCE_DOES_NOT_EXIST */
export const runInfoOf = async (id: string, tracking: TrackingStore): Promise<RunInfo> => {
  if (id === '') throw invalid("Missing value for required parameter 'run_id'.");
  const found = await tracking.runs.info(id);
  if (found === undefined) throw missing(`Run with id=${id} not found`);
  return found;
};

/** Runs are told by whoever began them. @throws Refusal */
export const ownRun = async (id: string, { identity }: Caller, tracking: TrackingStore): Promise<RunInfo> => {
  requireRole(identity, 'model:upload');
  const run = await runInfoOf(id, tracking);
  if (run.owner !== identity.id)
    throw new Refusal('PERMISSION_DENIED', `run ${id} is ${run.userId}'s; begin one of your own`);
  return run;
};

/** A run of the caller's that can still be told of: it may have finished, but not been deleted. @throws Refusal */
export const writableRun = async (id: string, caller: Caller, tracking: TrackingStore): Promise<RunInfo> => {
  const run = await ownRun(id, caller, tracking);
  if (run.deleted) throw invalid(`The run ${id} must be in the 'active' state. Current state is deleted.`);
  return run;
};

const noModel = (id: string): Refusal => missing(`Logged model with ID '${id}' not found.`);

/** @throws Refusal when it is not there, or deleted */
export const modelRecord = async (id: string, tracking: TrackingStore): Promise<LoggedModel> => {
  const found = await tracking.loggedModels.record(id);
  if (found === undefined || found.deletedAt !== undefined) throw noModel(id);
  return found;
};

/** A logged model of the caller's. @throws Refusal */
export const ownModel = async (id: string, { identity }: Caller, tracking: TrackingStore): Promise<LoggedModel> => {
  requireRole(identity, 'model:upload');
  const model = await modelRecord(id, tracking);
  if (model.creator !== identity.id)
    throw new Refusal('PERMISSION_DENIED', `logged model ${id} is another's; log one of your own`);
  return model;
};
