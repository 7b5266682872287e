import { metricNameSchema, worseBy } from '../../registry/contract';
import type { ModelCard } from '../schemas/model-card';

const TASKS = {
  'binary-classification': 'classification',
  'multiclass-classification': 'classification',
  regression: 'regression',
} as const;

interface PerformanceMetric {
  readonly type: string;
  readonly value: string;
  readonly slice?: string;
  readonly confidenceInterval?: { readonly lowerBound: string; readonly upperBound: string };
}

type Evaluation = NonNullable<ModelCard['evaluation']>;

const metricsIn = (metrics: Readonly<Record<string, number | null | undefined>>, slice?: string): PerformanceMetric[] =>
  Object.entries(metrics).flatMap(([type, value]) =>
    value === null || value === undefined
      ? []
      : [{ type, value: String(value), ...(slice === undefined ? {} : { slice }) }],
  );

const intervalOf = ({ low, high }: { low?: number | undefined; high?: number | undefined }) =>
  low === undefined || high === undefined
    ? {}
    : { confidenceInterval: { lowerBound: String(low), upperBound: String(high) } };

const byGroup = ({ groups }: Evaluation): PerformanceMetric[] =>
  groups.flatMap(({ attribute, groups: rows }) =>
    rows.flatMap(({ group, selectionRate, tpr, fpr, accuracy, loss }) =>
      metricsIn({ selectionRate, tpr, fpr, accuracy, loss }, `${attribute} = ${group}`),
    ),
  );

const againstRest = ({ fairness = [] }: Evaluation): PerformanceMetric[] =>
  fairness.flatMap(({ attribute, groups }) =>
    groups.flatMap(({ group, measures }) =>
      measures.flatMap(({ measure, difference, low, high }) =>
        difference === undefined
          ? []
          : [
              {
                type: `${measure} difference`,
                value: String(difference),
                slice: `${attribute} = ${group}, less all others`,
                ...intervalOf({ low, high }),
              },
            ],
      ),
    ),
  );

const bySegment = ({ segments = [] }: Evaluation): PerformanceMetric[] =>
  segments.flatMap(({ column, segments: rows }) =>
    rows.flatMap(({ value, metrics }) => metricsIn(metrics, `${column} = ${value}`)),
  );

const besideChampion = ({ champion }: Evaluation): PerformanceMetric[] => {
  if (champion?.status !== 'compared') return [];
  const names = [...new Set([...Object.keys(champion.difference), ...Object.keys(champion.paired?.metrics ?? {})])];
  return names.flatMap((name) => {
    const paired = champion.paired?.metrics[name];
    const difference = paired?.difference ?? champion.difference[name];
    if (difference === undefined) return [];
    const slice = `less the champion, version ${champion.version}, on the same rows`;
    return [{ type: `${name} difference`, value: String(difference), slice, ...intervalOf(paired ?? {}) }];
  });
};

const speedOf = ({ latency, peakMemoryBytes }: Evaluation): PerformanceMetric[] => {
  const { batch1, batch100, loadMs, roundTrip } = latency ?? {};
  const how = roundTrip ? ', network included' : '';
  return [
    ...metricsIn(
      { 'latency p50, ms a row': batch1?.p50, 'latency p99, ms a row': batch1?.p99 },
      `requests of 1 row${how}`,
    ),
    ...metricsIn(
      { 'latency p50, ms a row': batch100?.p50, 'latency p99, ms a row': batch100?.p99 },
      `requests of 100 rows${how}`,
    ),
    ...metricsIn({ 'load time, ms': loadMs, 'peak memory, bytes': peakMemoryBytes }),
  ];
};

const performanceOf = (evaluation: Evaluation): PerformanceMetric[] => [
  ...metricsIn(evaluation.metrics),
  ...besideChampion(evaluation),
  ...byGroup(evaluation),
  ...againstRest(evaluation),
  ...bySegment(evaluation),
  ...speedOf(evaluation),
];

type Measure = NonNullable<Evaluation['fairness']>[number]['groups'][number]['measures'][number];

const harmText = ({ measure, difference = 0, low, high, level = 0 }: Measure): string =>
  `${measure} ${difference > 0 ? 'higher' : 'lower'} than of all others by ${Math.abs(difference)}, and not by chance (${100 * level} % interval ${low} to ${high})`;

/** One assessment a group: what was found to differ by more than chance, or that nothing was, or that nothing can be said. */
const assessmentsOf = ({ groups, fairness = [] }: Evaluation): object[] =>
  groups.flatMap(({ attribute, groups: rows }) =>
    rows.map(({ group, tooSmall }) => {
      const groupAtRisk = `${attribute} = ${group}`;
      const found = fairness.find((one) => one.attribute === attribute)?.groups.find((one) => one.group === group);
      const judged = found?.measures.filter((measure) => !measure.tooSmall) ?? [];
      if (tooSmall || judged.length === 0) return { groupAtRisk, harms: 'Too few rows to judge.' };
      const apart = judged.filter(({ low = 0, high = 0 }) => low > 0 || high < 0);
      const harms =
        apart.length === 0
          ? 'No rate differs from that of all others by more than chance.'
          : apart.map(harmText).join('; ');
      return { groupAtRisk, harms };
    }),
  );

const failedGates = ({ gates }: Evaluation): string[] =>
  (gates?.results ?? [])
    .filter(({ pass }) => !pass)
    .map(({ gate, threshold, why }) => `Gate not passed: ${gate} (${threshold}): ${why}`);

/** What the version was paid for with: metrics that are worse than the champion’s, and what an answer takes. */
const tradeoffsOf = ({ champion, metrics, latency }: Evaluation): string[] => {
  const theirs = champion?.status === 'compared' ? champion.metrics : {};
  const worse = metricNameSchema.options.flatMap((name) => {
    const [own, other] = [metrics[name], theirs[name]];
    if (own === undefined || other === undefined || worseBy(name, own, other) <= 0) return [];
    return [`${name} is ${own}, of the champion ${other}`];
  });
  if (latency === undefined) return worse;
  const { p50, p99 } = latency.batch1;
  const how = latency.roundTrip ? ', network included' : '';
  return [...worse, `A request of one row takes ${p50} ms at the median, ${p99} ms at the 99th percentile${how}.`];
};

/** What the evidence rests on where it is not all that there could be. */
const shortOf = ({ data, notRun }: Evaluation): string[] => [
  ...(notRun === undefined ? [] : [`Not run: ${notRun}`]),
  ...(data?.sample === undefined ? [] : [`Judged on a random sample: ${data.rows} of ${data.sample.of} rows.`]),
];

const considerationsOf = ({ evaluation, training, intendedUse = {} }: ModelCard): object => {
  const { purpose, users, outOfScope, limitations, ethics } = intendedUse;
  const withdrawals = training.flags.map(({ dataset, reason }) => `rests on ${dataset.name}, withdrawn: ${reason}`);
  const found = evaluation === undefined ? [] : [...shortOf(evaluation), ...failedGates(evaluation)];
  const listed = {
    users: [users].filter(Boolean),
    useCases: [purpose].filter(Boolean),
    technicalLimitations: [limitations, outOfScope && `Not for: ${outOfScope}`, ...withdrawals, ...found].filter(
      Boolean,
    ),
    performanceTradeoffs: evaluation === undefined ? [] : tradeoffsOf(evaluation),
    ethicalConsiderations: ethics === undefined ? [] : [{ name: ethics }],
    fairnessAssessments: evaluation === undefined ? [] : assessmentsOf(evaluation),
  };
  const considerations = Object.fromEntries(Object.entries(listed).filter(([, items]) => items.length > 0));
  return Object.keys(considerations).length === 0 ? {} : { considerations };
};

const formatsOf = (tensors: ModelCard['details']['inputs']): object[] =>
  tensors.map(({ name, datatype, shape }) => ({ format: `${name}: ${datatype}[${shape.join(',')}]` }));

/** The model card of CycloneDX 1.6. @param datasets references of the components that it was trained on */
export const bomModelCard = (card: ModelCard, datasets: readonly string[]): object => {
  const { task, inputs, outputs } = card.details;
  return {
    modelParameters: {
      ...(task === undefined ? {} : { approach: { type: 'supervised' }, task: TASKS[task] }),
      datasets: datasets.map((ref) => ({ ref })),
      inputs: formatsOf(inputs),
      outputs: formatsOf(outputs),
    },
    quantitativeAnalysis: {
      performanceMetrics: card.evaluation === undefined ? [] : performanceOf(card.evaluation),
    },
    ...considerationsOf(card),
  };
};
