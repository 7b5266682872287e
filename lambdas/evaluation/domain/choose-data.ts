import type { AcceptedVersion, ArtifactFile, Column, Signature } from '../../registry/contract';
import type { DataDeclaration } from '../contract';
import { CandidateRejected } from './candidate-rejected';

/** Evaluation data, and the version whose artifact holds them. */
export interface DataChoice {
  readonly owner: AcceptedVersion;
  readonly file: ArtifactFile;
  readonly declaration: DataDeclaration;
}

export const fileOf = (version: AcceptedVersion, path: string): ArtifactFile | undefined =>
  version.files.find((file) => file.path === path);

/** The evaluation data that came with a version, if any did. */
export const ownData = (version: AcceptedVersion): DataChoice | undefined => {
  const declaration = version.manifest.evaluation;
  const file = declaration && fileOf(version, declaration.data);
  return file && { owner: version, file, declaration };
};

/** @throws CandidateRejected when the upload names data that it does not have. */
export const checkOwnData = (version: AcceptedVersion): void => {
  const declaration = version.manifest.evaluation;
  if (declaration === undefined || fileOf(version, declaration.data) !== undefined) return;
  const present = version.files.map(({ path }) => path).join(', ');
  throw new CandidateRejected(
    'data-missing',
    `evaluation.data names ${declaration.data}, which is not in the upload (${present}); upload it, or correct contender.yaml`,
  );
};

const shapeOf = ({ inputs }: Signature): string =>
  JSON.stringify(inputs.map(({ name, datatype, shape }) => [name, datatype, shape]).sort());

const namesOf = (columns: readonly Column[]): string => JSON.stringify(columns.map(({ name }) => name).sort());

/**
 * Why data made for one version cannot judge another; undefined when signatures agree: the same task, and the same named
 * columns, or, where the candidate names none, the same input tensors.
 */
export const disagreement = (candidate: AcceptedVersion, owner: AcceptedVersion): string | undefined => {
  const tasks = [candidate.manifest.task, owner.manifest.task];
  if (tasks[0] !== undefined && tasks[1] !== undefined && tasks[0] !== tasks[1]) {
    return `version ${owner.version} is for ${tasks[1]}, this one for ${tasks[0]}`;
  }
  const named = candidate.signature.columns.length > 0;
  if (named && owner.signature.columns.length > 0) {
    const agree = namesOf(candidate.signature.columns) === namesOf(owner.signature.columns);
    return agree ? undefined : `version ${owner.version} takes other columns`;
  }
  const agree = shapeOf(candidate.signature) === shapeOf(owner.signature);
  return agree ? undefined : `version ${owner.version} takes other input tensors`;
};
