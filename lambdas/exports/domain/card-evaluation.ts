import { policyText } from '../../registry/domain/policy-for';
import type { ModelCard } from '../schemas/model-card';
import { metricsPart } from './card-comparison';
import { groupsPart } from './card-groups';
import { between, day, escaped, facts, rounded, table } from './markdown';

type Evaluation = NonNullable<ModelCard['evaluation']>;

const spanText = (time: NonNullable<Evaluation['data']>['time']): string | undefined => {
  if (time === undefined) return undefined;
  const without = time.missing === 0 ? '' : `; ${time.missing} rows without a time`;
  return `${time.from === undefined ? 'no row has a time' : `${day(time.from)} to ${day(time.to)}`}${without}`;
};

const clusterText = (clustering: NonNullable<Evaluation['data']>['clustering']): string | undefined => {
  if (clustering === undefined) return undefined;
  const { clusters, column, largest } = clustering;
  return `${clusters} of ${column}, of ${largest} rows at most; intervals and p go by them`;
};

const runtimeText = ({ onnxruntime, endpoint, platform }: NonNullable<Evaluation['runtime']>): string =>
  endpoint === undefined ? `ONNX Runtime ${onnxruntime}, ${platform}` : `the endpoint ${endpoint}`;

const withoutData = ({ notRun }: Evaluation): string =>
  notRun === undefined
    ? 'There was no labelled data: the version was loaded, run and timed only.'
    : `The version was not run: ${escaped(notRun)}`;

const dataPart = (evaluation: Evaluation): string => {
  const { data, evaluatedAt, runtime } = evaluation;
  if (data === undefined) return withoutData(evaluation);
  return facts([
    ['data', `${data.file}, of version ${data.version}`],
    ['SHA-256', data.sha256],
    ['rows', data.sample === undefined ? data.rows : `${data.rows}, a random sample of ${data.sample.of}`],
    ['seen', spanText(data.time)],
    ['clusters', clusterText(data.clustering)],
    ['label', data.label],
    ['evaluated', day(evaluatedAt)],
    ['runtime', runtime && runtimeText(runtime)],
  ]);
};

const calibrationPart = ({ calibration }: Evaluation): string[] =>
  calibration === undefined || calibration.bins.length === 0
    ? []
    : [
        '### Calibration',
        'Bins of as many rows each, by score; a calibrated score comes true as often as it says.',
        table(
          ['scores', 'rows', 'mean score', 'came true'],
          calibration.bins.map(({ low, high, n, score, rate }) => [
            between(low, high),
            n,
            rounded(score),
            rounded(rate),
          ]),
        ),
      ];

/** More columns than these matter little, or the reader has the report. */
const MOST_COLUMNS = 20;

const columnsPart = ({ importance, columns = [] }: Evaluation): string[] => {
  if (importance === undefined) return [];
  const omitted = importance.omitted === undefined ? [] : [escaped(importance.omitted)];
  if (importance.columns.length === 0) return omitted;
  const seen = new Map(columns.map((column) => [column.name, column]));
  const ranked = [...importance.columns].sort((a, b) => b.drop - a.drop);
  const rest = ranked.length - MOST_COLUMNS;
  return [
    '### What it goes by',
    `How much ${escaped(importance.metric)} (${rounded(importance.reference)} on ${importance.rows} rows) falls when a column is shuffled.`,
    table(
      ['column', 'lost', 'deviation', 'missing'],
      ranked.slice(0, MOST_COLUMNS).map(({ column, drop, deviation }) => {
        const found = seen.get(column);
        return [column, rounded(drop), rounded(deviation), found && `${found.missing} of ${found.rows}`];
      }),
    ),
    ...(rest > 0 ? [`${rest} further columns are in the report.`] : []),
    ...omitted,
  ];
};

const goldenPart = ({ golden }: Evaluation): string[] =>
  golden === undefined
    ? []
    : [
        '### Golden rows',
        facts([
          ['parity', golden.parity ? 'answered as where the model was built' : 'NOT answered as where it was built'],
          ['rows', `${golden.rows} of ${golden.file}`],
          ['let through', `${golden.abs} + ${golden.rel} of what is expected`],
          ['largest difference', golden.largestAbs],
          ['relative', golden.largestRel],
        ]),
      ];

const BYTES_PER_MB = 1_048_576;

const askedText = ({ latency, runtime }: Evaluation): string[] => {
  if (runtime?.endpoint === undefined) return [];
  const how = latency?.roundTrip ? ', there and back, network included' : '';
  return [`Asked at the endpoint ${escaped(runtime.endpoint)}${how}; time to load and memory are not known.`];
};

const speedPart = (evaluation: Evaluation): string[] => {
  const { latency, peakMemoryBytes } = evaluation;
  if (latency === undefined) return [];
  const { loadMs, batch1, batch100 } = latency;
  const memory = peakMemoryBytes === undefined ? undefined : peakMemoryBytes / BYTES_PER_MB;
  const process = facts([
    ['ms to load', rounded(loadMs)],
    ['MB of memory at most', rounded(memory)],
  ]);
  return [
    '### Latency and memory',
    ...askedText(evaluation),
    table(
      ['', 'p50', 'p99', 'runs'],
      [
        ['ms a row, one row at a time', rounded(batch1.p50), rounded(batch1.p99), batch1.runs],
        ...(batch100
          ? [['ms a row, 100 rows at a time', rounded(batch100.p50), rounded(batch100.p99), batch100.runs]]
          : []),
      ],
    ),
    ...(process === '' ? [] : [process]),
  ];
};

const gatesPart = ({ gates }: Evaluation): string[] =>
  gates === undefined || gates.results.length === 0
    ? []
    : [
        `### Gates of ${escaped(policyText(gates))}`,
        table(
          ['gate', 'value', 'threshold', 'result', 'why'],
          gates.results.map(({ gate, value, threshold, pass, severity, why }) => [
            gate,
            rounded(value),
            threshold,
            pass ? 'pass' : `fail (${severity})`,
            why,
          ]),
        ),
      ];

/** The evaluation: gates and metrics first, then what is behind them. */
export const evaluationPart = ({ evaluation }: ModelCard): string => {
  if (evaluation === undefined) return '## Evaluation\n\nNot evaluated.';
  const { report } = evaluation;
  return [
    '## Evaluation',
    dataPart(evaluation),
    ...gatesPart(evaluation),
    ...metricsPart(evaluation),
    ...calibrationPart(evaluation),
    ...groupsPart(evaluation),
    ...columnsPart(evaluation),
    ...goldenPart(evaluation),
    ...speedPart(evaluation),
    `The whole report is ${escaped(report.key)}, SHA-256 ${escaped(report.sha256)}.`,
  ].join('\n\n');
};
