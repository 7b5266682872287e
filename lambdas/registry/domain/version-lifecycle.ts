import { Conflict } from '../../kernel/errors';
import type { EvaluationSummary } from '../schemas/evaluation-summary';
import type { ModelVersion } from '../schemas/model-version';

type In<S extends ModelVersion['status']> = Extract<ModelVersion, { status: S }>;

const refuse = (version: ModelVersion, change: string): never => {
  throw new Conflict(`version ${version.version} of ${version.model} is ${version.status} and cannot be ${change}`);
};

export const evaluated = (version: ModelVersion, evaluation: EvaluationSummary, at: number): In<'EVALUATED'> => {
  if (version.status !== 'REGISTERED') return refuse(version, 'evaluated');
  return { ...version, status: 'EVALUATED', evaluation, evaluatedAt: at, generation: version.generation + 1 };
};

/** @param evaluation what was found out before; that of an evaluated version stays. */
export const rejected = (
  version: ModelVersion,
  rejection: In<'REJECTED'>['rejection'],
  at: number,
  evaluation?: EvaluationSummary,
): In<'REJECTED'> => {
  if (version.status !== 'REGISTERED' && version.status !== 'EVALUATED') return refuse(version, 'rejected');
  const { model, version: number, registeredAt, uploader, source, rootDigest, manifest } = version;
  const found = version.status === 'EVALUATED' ? version.evaluation : evaluation;
  const evidence = found === undefined ? {} : { evaluation: found };
  const identified = { model, version: number, registeredAt, uploader, source, rootDigest, manifest, ...evidence };
  const { flags, run, copiedFrom, signing } = version;
  return {
    ...identified,
    ...(flags ? { flags } : {}),
    ...(run ? { run } : {}),
    ...(copiedFrom ? { copiedFrom } : {}),
    ...(signing ? { signing } : {}),
    status: 'REJECTED',
    rejection,
    rejectedAt: at,
    generation: version.generation + 1,
  };
};

export const approved = (version: ModelVersion, approvalId: string, at: number): In<'APPROVED'> => {
  if (version.status !== 'EVALUATED') return refuse(version, 'approved');
  return { ...version, status: 'APPROVED', approvalId, approvedAt: at, generation: version.generation + 1 };
};

/** A retired version may serve again: a rollback returns to it. */
export const serving = (version: ModelVersion, at: number): In<'SERVING'> => {
  if (version.status === 'RETIRED') {
    const { retiredAt: _, ...rest } = version;
    return { ...rest, status: 'SERVING', servingSince: at, generation: version.generation + 1 };
  }
  if (version.status !== 'APPROVED') return refuse(version, 'put into service');
  return { ...version, status: 'SERVING', servingSince: at, generation: version.generation + 1 };
};

export const retired = (version: ModelVersion, at: number): In<'RETIRED'> => {
  if (version.status !== 'SERVING') return refuse(version, 'retired');
  const { servingSince: _, ...rest } = version;
  return { ...rest, status: 'RETIRED', retiredAt: at, generation: version.generation + 1 };
};
