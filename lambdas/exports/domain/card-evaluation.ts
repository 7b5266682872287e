import { policyText } from '../../registry/domain/policy-for';
import type { ModelCard } from '../schemas/model-card';
import { day, escaped, rounded, table } from './markdown';

const byName = <T>(record: Readonly<Record<string, T>>): Array<[string, T]> =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

type Evaluation = NonNullable<ModelCard['evaluation']>;

const metricsTable = ({ metrics, champion }: Evaluation): string => {
  if (champion?.status !== 'compared')
    return table(
      ['metric', 'value'],
      byName(metrics).map(([name, value]) => [name, rounded(value)]),
    );
  return table(
    ['metric', 'this version', `champion, version ${champion.version}`, 'difference'],
    byName(metrics).map(([name, value]) => [
      name,
      rounded(value),
      rounded(champion.metrics[name]),
      rounded(champion.difference[name]),
    ]),
  );
};

type GroupRow = Evaluation['groups'][number]['groups'][number];

const noteOf = ({ tooSmall, tprTooSmall }: GroupRow): string | undefined => {
  if (tooSmall) return 'too small to judge';
  return tprTooSmall ? 'too few positives to judge their rate' : undefined;
};

const groupTables = ({ groups }: Evaluation): string[] =>
  groups.flatMap(({ attribute, groups: rows }) => [
    `### By ${escaped(attribute)}`,
    table(
      ['group', 'rows', 'selection rate', 'true positive rate', 'accuracy', 'mean loss', 'note'],
      rows.map((row) => [
        row.group,
        row.n,
        rounded(row.selectionRate),
        rounded(row.tpr),
        rounded(row.accuracy),
        rounded(row.loss),
        noteOf(row),
      ]),
    ),
  ]);

const ratioText = (spread: { difference: number; ratio: number } | undefined): string | undefined =>
  spread && `${rounded(spread.difference)} (ratio ${rounded(spread.ratio)})`;

const fairnessTable = ({ fairness = [] }: Evaluation): string[] =>
  fairness.length === 0
    ? []
    : [
        '### Fairness',
        'By how much the highest and the lowest rate of groups differ; – where too few rows were there to say.',
        table(
          ['attribute', 'demographic parity', 'equalized odds', 'equal opportunity'],
          fairness.map(({ attribute, demographicParity, equalizedOdds, equalOpportunity }) => [
            attribute,
            ratioText(demographicParity),
            ratioText(equalizedOdds),
            ratioText(equalOpportunity),
          ]),
        ),
      ];

const segmentTables = ({ segments = [] }: Evaluation): string[] =>
  segments.flatMap(({ column, segments: rows }) => {
    const names = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))].sort();
    return [
      `### Segments of ${escaped(column)}`,
      table(
        ['segment', 'rows', ...names.map(escaped), 'note'],
        rows.map(({ value, n, metrics, tooSmall }) => [
          value,
          n,
          ...names.map((name) => rounded(metrics[name])),
          tooSmall ? 'too small to judge' : undefined,
        ]),
      ),
    ];
  });

const goldenLine = ({ golden }: Evaluation): string[] =>
  golden === undefined
    ? []
    : [
        `Golden rows: ${golden.parity ? 'answered as where the model was built' : 'NOT answered as where the model was built'}, ${golden.rows} rows of ${escaped(golden.file)}, largest difference ${escaped(String(golden.largestAbs))}.`,
      ];

const speedTable = ({ latency, peakMemoryBytes }: Evaluation): string[] => {
  if (latency === undefined) return [];
  const { loadMs, batch1, batch100 } = latency;
  return [
    '### Latency and memory',
    table(
      ['', 'p50', 'p99'],
      [
        ['ms a row, 1 row at a time', rounded(batch1.p50), rounded(batch1.p99)],
        ...(batch100 ? [['ms a row, 100 rows at a time', rounded(batch100.p50), rounded(batch100.p99)]] : []),
        ['ms to load', rounded(loadMs), undefined],
        ['bytes of memory at most', peakMemoryBytes, undefined],
      ],
    ),
  ];
};

const gateTable = ({ gates }: Evaluation): string[] =>
  gates === undefined
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

/** The evaluation, with all that was found out by group and by segment. */
export const evaluationPart = ({ evaluation }: ModelCard): string => {
  if (evaluation === undefined) return '## Evaluation\n\nNot evaluated.';
  const { data, champion, report } = evaluation;
  return [
    '## Evaluation',
    data === undefined
      ? 'There was no labelled data: the version was loaded, run and timed only.'
      : table(
          ['', ''],
          [
            ['data', `${data.file}, of version ${data.version}`],
            ['SHA-256', data.sha256],
            ['rows', data.rows],
            ['label', data.label],
            ['evaluated', day(evaluation.evaluatedAt)],
          ],
        ),
    ...(Object.keys(evaluation.metrics).length === 0 ? [] : [metricsTable(evaluation)]),
    ...(champion?.status === 'absent' ? [`Not compared with a champion: ${escaped(champion.reason)}`] : []),
    ...groupTables(evaluation),
    ...fairnessTable(evaluation),
    ...segmentTables(evaluation),
    ...goldenLine(evaluation),
    ...speedTable(evaluation),
    ...gateTable(evaluation),
    `Whole report: ${escaped(report.key)}, SHA-256 ${escaped(report.sha256)}`,
  ].join('\n\n');
};
