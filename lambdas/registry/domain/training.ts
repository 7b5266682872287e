import type { Lineage } from '../schemas/api';
import type { ModelVersion } from '../schemas/model-version';

type Training = Omit<Lineage, 'championReplaced'>;

/** What a version was made from: as contender.yaml declares it and, where that says nothing, as its run logged it. */
export const trainingOf = ({ manifest, run }: Pick<ModelVersion, 'manifest' | 'run'>): Training => {
  const { datasets = [], code, parent, seed } = manifest?.training ?? {};
  const hasDatasets = datasets.length > 0 || run === undefined || run.datasets.length === 0;
  const hasCode = code !== undefined || run?.code === undefined;
  const fromRun = [...(hasDatasets ? [] : (['datasets'] as const)), ...(hasCode ? [] : (['code'] as const))];
  return {
    datasets: hasDatasets ? datasets : run.datasets,
    code: hasCode ? code : run?.code,
    parent,
    seed,
    ...(run === undefined ? {} : { run: run.id, fromRun }),
  };
};
