import { MAX_DATASETS, type ModelVersion } from '../../registry/contract';
import { trainingOf } from '../../registry/domain/training';
import { UploadRejected } from './rejected';

/** @throws UploadRejected when the transaction that registers the version has no room for its datasets */
export const checkDatasets = (candidate: Pick<ModelVersion, 'manifest' | 'run'>): void => {
  const { datasets, fromRun = [] } = trainingOf(candidate);
  const count = datasets.length;
  if (count <= MAX_DATASETS) return;
  const who = fromRun.includes('datasets') ? `the run ${candidate.run?.id} logged` : 'contender.yaml names';
  throw new UploadRejected(
    'too-many-datasets',
    `${who} ${count} datasets in training.datasets, over the limit of ${MAX_DATASETS}; name what they were joined into`,
  );
};
