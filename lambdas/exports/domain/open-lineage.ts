import type { ModelCard } from '../schemas/model-card';
import type { RunEvent } from '../schemas/open-lineage';
import { derivedUuid } from './derived-uuid';
import { evaluationData, madeVersion, reportDataset, trainingData, versionDataset } from './lineage-datasets';
import { type Facet, type Facets, facet, facets, PRODUCER, SPEC, uriOf } from './lineage-facets';

/** A run that is over. */
interface Run {
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly runFacets: Facets;
  readonly job: RunEvent['job'];
  readonly inputs: RunEvent['inputs'];
  readonly outputs: RunEvent['outputs'];
}

/** The standard asks for a START and a COMPLETE of each run; what is known of it comes with the latter. */
const eventsOf = ({ id, startedAt, endedAt, runFacets, job, inputs, outputs }: Run): RunEvent[] => {
  const common = { producer: PRODUCER, schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`, job };
  const at = (time: number) => ({ eventTime: new Date(time).toISOString() });
  return [
    { eventType: 'START', ...at(startedAt), ...common, run: { runId: id, facets: {} }, inputs: [], outputs: [] },
    { eventType: 'COMPLETE', ...at(endedAt), ...common, run: { runId: id, facets: runFacets }, inputs, outputs },
  ];
};

const sourceFacet = ({ training }: ModelCard): Facet | undefined => {
  const { code } = training.lineage;
  const url = uriOf(code?.repo);
  if (code === undefined || url === undefined) return undefined;
  return facet('SourceCodeLocationJobFacet', { type: 'git', url, repoUrl: code.repo, version: code.commit });
};

const jobFacets = (card: ModelCard, jobType: 'TRAINING' | 'EVALUATION', description: string): Facets => {
  const { owner } = card.details;
  return facets({
    jobType: facet('JobTypeJobFacet', { processingType: 'BATCH', integration: 'CONTENDER', jobType }),
    documentation: facet('DocumentationJobFacet', { description }),
    ownership: owner === undefined ? undefined : facet('OwnershipJobFacet', { owners: [{ name: owner }] }),
    sourceCodeLocation: jobType === 'TRAINING' ? sourceFacet(card) : undefined,
  });
};

/** The run that trained it, as MLflow knows it: its id is no UUID of this producer's. */
const runFacet = (runId: string | undefined): Facet | undefined =>
  runId === undefined
    ? undefined
    : { _producer: PRODUCER, _schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunFacet`, runId };

const trainingRun = (card: ModelCard, namespace: string): Run => {
  const { model, version, rootDigest, registeredAt } = card.details;
  const { parent, run, copiedFrom } = card.training.lineage;
  const datasets = card.training.datasets.map((dataset) => trainingData(dataset, namespace));
  return {
    id: derivedUuid(`training\0${model}\0${version}\0${rootDigest}`),
    startedAt: registeredAt,
    endedAt: registeredAt,
    runFacets: facets({ contender_trainingRun: runFacet(run) }),
    job: {
      namespace,
      name: `training/${model}`,
      facets: jobFacets(card, 'TRAINING', `Makes versions of ${model}, outside of Contender; as uploads declare it.`),
    },
    inputs: [
      ...datasets,
      ...(parent === undefined ? [] : [versionDataset(namespace, model, parent)]),
      ...(copiedFrom ? [versionDataset(namespace, copiedFrom.model, copiedFrom.version, rootDigest)] : []),
    ],
    outputs: [madeVersion(card, namespace)],
  };
};

type Evaluation = NonNullable<ModelCard['evaluation']>;

/** Gates as the tests that they are. */
const gatesFacet = ({ gates }: Evaluation): Facet | undefined =>
  gates === undefined || gates.results.length === 0
    ? undefined
    : facet('TestRunFacet', {
        tests: gates.results.map(({ gate, kind, threshold, value, pass, severity, why }) => ({
          name: gate,
          status: pass ? 'pass' : 'fail',
          severity: severity === 'block' ? 'error' : 'warn',
          type: kind,
          description: why,
          expected: threshold,
          ...(value === undefined ? {} : { actual: String(value) }),
        })),
      });

/** The standard wants a version, which nobody knows of what runs at an endpoint. */
const engineFacet = ({ runtime }: Evaluation): Facet | undefined =>
  runtime?.onnxruntime === undefined
    ? undefined
    : facet('ProcessingEngineRunFacet', { name: 'ONNX Runtime', version: runtime.onnxruntime });

const evaluationRun = (card: ModelCard, evaluation: Evaluation, namespace: string): Run => {
  const { model, version, rootDigest, registeredAt } = card.details;
  const { champion, report } = evaluation;
  const data = evaluationData(card, namespace);
  const beside =
    champion?.status === 'compared' ? [versionDataset(namespace, model, champion.version, champion.rootDigest)] : [];
  return {
    id: derivedUuid(`evaluation\0${model}\0${version}\0${report.sha256}`),
    startedAt: registeredAt,
    endedAt: evaluation.evaluatedAt ?? registeredAt,
    runFacets: facets({ processing_engine: engineFacet(evaluation), test: gatesFacet(evaluation) }),
    job: {
      namespace,
      name: `evaluation/${model}`,
      facets: jobFacets(card, 'EVALUATION', `Runs versions of ${model} on labelled data, and judges their gates.`),
    },
    inputs: [versionDataset(namespace, model, version, rootDigest), ...beside, ...(data === undefined ? [] : [data])],
    outputs: [reportDataset(namespace, report)],
  };
};

/** What made a version, and what evaluated it, as runs that are over; none for what was rejected before it was evaluated. */
export const openLineage = (card: ModelCard, deployment: string): RunEvent[] => {
  const namespace = `contender://${deployment}`;
  const { evaluation, details } = card;
  if (details.runtime === undefined && evaluation === undefined) return [];
  const evaluated = evaluation === undefined ? [] : eventsOf(evaluationRun(card, evaluation, namespace));
  return [...eventsOf(trainingRun(card, namespace)), ...evaluated];
};
