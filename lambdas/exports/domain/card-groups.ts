import type { ModelCard } from '../schemas/model-card';
import { between, type Cell, escaped, rounded, table } from './markdown';

type Evaluation = NonNullable<ModelCard['evaluation']>;
type Attribute = Evaluation['groups'][number];
type GroupRow = Attribute['groups'][number];

const noteOf = ({ tooSmall, tprTooSmall, fprTooSmall }: GroupRow): string | undefined => {
  if (tooSmall) return 'too small to judge';
  const few = [...(tprTooSmall ? ['positives'] : []), ...(fprTooSmall ? ['negatives'] : [])];
  return few.length === 0 ? undefined : `too few ${few.join(' and ')} to judge their rate`;
};

/** The champion’s mean loss of each group, where it was compared. */
const championLoss = ({ champion }: Evaluation, attribute: string): ReadonlyMap<string, number> => {
  const groups = champion?.status === 'compared' ? champion.groups : [];
  const found = groups.find((one) => one.attribute === attribute);
  return new Map(found?.groups.map(({ group, loss }) => [group, loss]) ?? []);
};

/** A column that is left out where no row has anything in it. */
type Column = readonly [string, (row: GroupRow) => Cell];

const groupTable = (evaluation: Evaluation, { attribute, groups }: Attribute): string => {
  const champion = championLoss(evaluation, attribute);
  const columns: Column[] = [
    ['rows', ({ n }) => n],
    ['clusters', ({ clusters }) => clusters],
    ['selection rate', ({ selectionRate }) => rounded(selectionRate)],
    ['TPR', ({ tpr }) => rounded(tpr)],
    ['FPR', ({ fpr }) => rounded(fpr)],
    ['accuracy', ({ accuracy }) => rounded(accuracy)],
    ['mean loss', ({ loss }) => rounded(loss)],
    ['champion’s', ({ group }) => rounded(champion.get(group))],
    ['note', noteOf],
  ];
  const filled = columns.filter(([, of]) => groups.some((row) => of(row) !== undefined));
  return table(
    ['group', ...filled.map(([head]) => head)],
    groups.map((row) => [row.group, ...filled.map(([, of]) => of(row))]),
  );
};

const groupTables = (evaluation: Evaluation): string[] =>
  evaluation.groups.flatMap((attribute) => [
    `### By ${escaped(attribute.attribute)}`,
    groupTable(evaluation, attribute),
    ...againstRest(evaluation, attribute.attribute),
  ]);

type Measure = NonNullable<Evaluation['fairness']>[number]['groups'][number]['measures'][number];

const verdictOf = ({ low = 0, high = 0, tooSmall }: Measure): string => {
  if (tooSmall) return 'too small to judge';
  return low > 0 || high < 0 ? 'more than chance' : 'within chance';
};

const againstRest = ({ fairness = [] }: Evaluation, attribute: string): string[] => {
  const compared = fairness.find((one) => one.attribute === attribute)?.groups ?? [];
  const rows = compared.flatMap(({ group, measures }) =>
    measures.map((measure) => [
      group,
      measure.measure,
      rounded(measure.rate),
      rounded(measure.restRate),
      rounded(measure.difference),
      between(measure.low, measure.high),
      verdictOf(measure),
    ]),
  );
  if (rows.length === 0) return [];
  const level = compared.flatMap(({ measures }) => measures).find((one) => one.level !== undefined)?.level;
  const interval = level === undefined ? 'interval' : `${rounded(100 * level)} % interval`;
  return [
    'Each group against all others:',
    table(['group', 'rate', 'own', 'others', 'difference', interval, 'verdict'], rows),
  ];
};

const spreadText = (spread: { difference: number; ratio: number } | undefined): string | undefined =>
  spread && `${rounded(spread.difference)} (ratio ${rounded(spread.ratio)})`;

const parityTable = ({ fairness = [] }: Evaluation): string[] =>
  fairness.length === 0
    ? []
    : [
        '### Fairness',
        'By how much the highest and the lowest rate of groups differ; – where too few rows were there to say.',
        table(
          ['attribute', 'demographic parity', 'equalized odds', 'equal opportunity'],
          fairness.map(({ attribute, demographicParity, equalizedOdds, equalOpportunity }) => [
            attribute,
            spreadText(demographicParity),
            spreadText(equalizedOdds),
            spreadText(equalOpportunity),
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

/** Rates by protected group, how groups differ, and metrics by segment. */
export const groupsPart = (evaluation: Evaluation): string[] => [
  ...parityTable(evaluation),
  ...groupTables(evaluation),
  ...segmentTables(evaluation),
];
