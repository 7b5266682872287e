import type { AttributeFairness, ColumnSegments, LabelledEvidence } from '../lambdas/evaluation/contract';
import { number, table } from './present';

const MARK = '*';

const rate = (value: number | null, tooSmall: boolean | undefined): string =>
  value !== null && tooSmall ? `${number(value)} ${MARK}` : number(value);

/** Rates of each group of each protected attribute; those over too few rows are marked. */
export const groupTable = (attributes: LabelledEvidence['groups']): string => {
  const isClustered = attributes.some(({ groups }) => groups.some(({ clusters }) => clusters !== undefined));
  const rows = attributes.flatMap(({ attribute, groups }) =>
    groups.map((g) => [
      attribute,
      g.group,
      g.n,
      ...(isClustered ? [g.clusters] : []),
      rate(g.selectionRate, g.tooSmall),
      rate(g.tpr, g.tooSmall || g.tprTooSmall),
      rate(g.fpr ?? null, g.tooSmall || g.fprTooSmall),
      rate(g.accuracy, g.tooSmall),
    ]),
  );
  const heads = ['protected', 'group', 'n', ...(isClustered ? ['clusters'] : [])];
  const text = table([...heads, 'selection rate', 'TPR', 'FPR', 'accuracy'], rows);
  const marked = rows.some((row) => row.some((cell) => String(cell).endsWith(` ${MARK}`)));
  const few = isClustered ? '30 rows or 30 clusters' : '30 rows';
  return marked
    ? `${text}\n${MARK} over fewer than ${few} (TPR: with positives, FPR: with negatives): too small to judge`
    : text;
};

type Compared = AttributeFairness['groups'][number]['measures'][number];

const differs = ({ low, high }: Compared): boolean => (low ?? 0) > 0 || (high ?? 0) < 0;

/** Parity of each protected attribute, and the groups that differ from the rest by more than chance. */
export const fairnessTable = (fairness: readonly AttributeFairness[]): string => {
  const parity = fairness.map(({ attribute, demographicParity, equalizedOdds, equalOpportunity }) => [
    attribute,
    number(demographicParity?.difference),
    number(demographicParity?.ratio),
    number(equalizedOdds?.difference),
    number(equalOpportunity?.difference),
  ]);
  const heads = ['protected', 'demographic parity', 'as ratio', 'equalized odds', 'equal opportunity'];
  const apart = fairness.flatMap(({ attribute, groups }) =>
    groups.flatMap(({ group, measures }) =>
      measures
        .filter(differs)
        .map((m) => [
          `${attribute} ${group}`,
          m.measure,
          number(m.difference),
          `${number(m.low)} to ${number(m.high)}`,
        ]),
    ),
  );
  const parts = [table(heads, parity)];
  if (apart.length === 0) parts.push('no group differs from the rest by more than chance');
  else parts.push('', table(['more than chance', 'rate', 'from the rest', 'interval'], apart));
  return parts.join('\n');
};

/** The metrics of each segment; a row a segment. */
export const segmentTable = (columns: readonly ColumnSegments[]): string => {
  const all = columns.flatMap(({ column, segments }) => segments.map((segment) => ({ column, ...segment })));
  const names = [...new Set(all.flatMap(({ metrics }) => Object.keys(metrics)))].slice(0, 5);
  const rows = all.map(({ column, value, n, metrics, tooSmall }) => [
    column,
    value,
    n,
    ...names.map((name) => rate(metrics[name] ?? null, tooSmall)),
  ]);
  return table(['segment', '', 'n', ...names], rows);
};
