import type { ModelVersion } from '../../registry/contract';
import type { Alias, Experiment, LoggedModel, Metric, ModelMetric, Notes, RunInfo, Tags } from '../contract';

/** Tags as MLflow lists them. */
export const listed = (tags: Tags): { key: string; value: string }[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));

export interface VersionView {
  readonly version: ModelVersion;
  readonly notes: Notes;
  /** Names under which it goes: those that rollout decides about, and those that people gave. */
  readonly aliases: readonly string[];
}

/** Clients wait while a version is pending: registration is done when the evaluation is. */
const STATUS: Readonly<Record<ModelVersion['status'], string>> = {
  REGISTERED: 'PENDING_REGISTRATION',
  EVALUATED: 'READY',
  APPROVED: 'READY',
  SERVING: 'READY',
  RETIRED: 'READY',
  REJECTED: 'FAILED_REGISTRATION',
};

const messageOf = (version: ModelVersion): string => {
  if (version.status === 'REJECTED') return `${version.rejection.code}: ${version.rejection.message}`;
  if (version.status === 'REGISTERED') return 'Contender evaluates the version';
  return `${version.status}: see contender show ${version.model} ${version.version}`;
};

const lastChange = (version: ModelVersion, notes: Notes): number => {
  const moments = ['evaluatedAt', 'approvedAt', 'servingSince', 'retiredAt', 'rejectedAt'].map(
    (name) => (version as unknown as Record<string, number | undefined>)[name] ?? 0,
  );
  return Math.max(version.registeredAt, notes.changedAt, ...moments);
};

export const modelVersionShape = ({ version, notes, aliases }: VersionView) => ({
  name: version.model,
  version: String(version.version),
  creation_timestamp: version.registeredAt,
  last_updated_timestamp: lastChange(version, notes),
  user_id: version.uploader.name ?? version.uploader.id,
  current_stage: 'None',
  description: notes.description ?? '',
  source: notes.source ?? `s3://${version.source.bucket}/${version.source.key}`,
  run_id: notes.runId ?? '',
  run_link: notes.runLink ?? '',
  ...(notes.modelId === undefined ? {} : { model_id: notes.modelId }),
  status: STATUS[version.status],
  status_message: messageOf(version),
  tags: listed(notes.tags),
  aliases: [...aliases],
});

export interface ModelView {
  readonly name: string;
  readonly createdAt: number;
  readonly notes: Notes;
  readonly aliases: readonly Alias[];
  readonly latest: VersionView | undefined;
}

export const registeredModelShape = ({ name, createdAt, notes, aliases, latest }: ModelView) => ({
  name,
  creation_timestamp: createdAt,
  last_updated_timestamp: Math.max(createdAt, notes.changedAt, latest?.version.registeredAt ?? 0),
  description: notes.description ?? '',
  latest_versions: latest === undefined ? [] : [modelVersionShape(latest)],
  tags: listed(notes.tags),
  aliases: aliases.map(({ alias, version }) => ({ alias, version: String(version) })),
});

export const experimentShape = (experiment: Experiment, artifacts: string) => ({
  experiment_id: experiment.experimentId,
  name: experiment.name,
  artifact_location: `${artifacts}${experiment.experimentId}`,
  lifecycle_stage: experiment.deletedAt === undefined ? 'active' : 'deleted',
  creation_time: experiment.createdAt,
  last_update_time: experiment.changedAt ?? experiment.createdAt,
  tags: listed(experiment.tags),
});

export interface RunView {
  readonly info: RunInfo;
  readonly params: Tags;
  readonly tags: Tags;
  readonly metrics: readonly Metric[];
  /** Datasets, as clients describe them. */
  readonly inputs: readonly unknown[];
  readonly inputModels: readonly unknown[];
  readonly outputs: readonly unknown[];
}

/** JSON has no word for numbers that are none; protocol buffers write them as texts, which clients read. */
const numberShape = (text: string): number | string => (Number.isFinite(Number(text)) ? Number(text) : text);

export const metricShape = ({ key, value, timestamp, step }: Metric) => ({
  key,
  value: numberShape(value),
  timestamp,
  step,
});

/** @param isGone whether its experiment is deleted, and the run with it */
export const runInfoShape = (info: RunInfo, isGone = false) => ({
  run_id: info.runId,
  run_uuid: info.runId,
  experiment_id: info.experimentId,
  run_name: info.name,
  user_id: info.userId,
  status: info.status,
  start_time: info.startedAt,
  ...(info.endedAt === undefined ? {} : { end_time: info.endedAt }),
  artifact_uri: info.artifactUri,
  lifecycle_stage: info.deleted || isGone ? 'deleted' : 'active',
});

export const runShape = (run: RunView, isGone = false) => ({
  info: runInfoShape(run.info, isGone),
  data: { metrics: run.metrics.map(metricShape), params: listed(run.params), tags: listed(run.tags) },
  inputs: { dataset_inputs: [...run.inputs], model_inputs: [...run.inputModels] },
  outputs: { model_outputs: [...run.outputs] },
});

const modelMetricShape = (modelId: string, metric: ModelMetric) => ({
  ...metricShape(metric),
  model_id: modelId,
  run_id: metric.runId,
  ...(metric.datasetName === undefined ? {} : { dataset_name: metric.datasetName }),
  ...(metric.datasetDigest === undefined ? {} : { dataset_digest: metric.datasetDigest }),
});

export const loggedModelShape = (model: LoggedModel, metrics: readonly ModelMetric[] = []) => ({
  info: {
    model_id: model.modelId,
    experiment_id: model.experimentId,
    name: model.name,
    creation_timestamp_ms: model.createdAt,
    last_updated_timestamp_ms: model.updatedAt,
    artifact_uri: model.artifactUri,
    status: model.status,
    model_type: model.modelType,
    ...(model.sourceRunId === undefined ? {} : { source_run_id: model.sourceRunId }),
    tags: listed(model.tags),
  },
  data: {
    params: listed(model.params),
    metrics: metrics.map((metric) => modelMetricShape(model.modelId, metric)),
  },
});
