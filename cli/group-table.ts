import type { LabelledEvidence } from '../lambdas/evaluation/contract';
import { number, table } from './present';

const MARK = '*';

const rate = (value: number | null, tooSmall: boolean | undefined): string =>
  value !== null && tooSmall ? `${number(value)} ${MARK}` : number(value);

/** Rates of each group of each protected attribute; those over too few rows are marked. */
export const groupTable = (attributes: LabelledEvidence['groups']): string => {
  const rows = attributes.flatMap(({ attribute, groups }) =>
    groups.map((g) => [
      attribute,
      g.group,
      g.n,
      rate(g.selectionRate, g.tooSmall),
      rate(g.tpr, g.tooSmall || g.tprTooSmall),
      rate(g.accuracy, g.tooSmall),
    ]),
  );
  const text = table(['protected', 'group', 'n', 'selection rate', 'TPR', 'accuracy'], rows);
  const marked = rows.some((row) => row.some((cell) => String(cell).endsWith(` ${MARK}`)));
  return marked ? `${text}\n${MARK} over fewer than 30 rows (TPR: 30 positives): too small to judge` : text;
};
