import type { AttributeGroups } from '../contract';
import type { Judged } from './judged-rows';
import { groupRates } from './metrics/group-rates';
import { type TableColumn, textAt } from './table';

/** Further groups are judged together: an attribute with hundreds of values is none to compare groups by. */
const MAX_GROUPS = 20;
const MAX_NAME_LENGTH = 64;
const MISSING = '(missing)';
const OTHER = '(other)';

const textsOf = (column: TableColumn, rows: number): string[] =>
  Array.from({ length: rows }, (_, row) => textAt(column, row)?.slice(0, MAX_NAME_LENGTH) ?? MISSING);

/** The value of each row, the rare ones as `(other)`. */
const groupsIn = (column: TableColumn, rows: number): string[] => {
  const texts = textsOf(column, rows);
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  if (counts.size <= MAX_GROUPS) return texts;
  const kept = new Set(
    [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_GROUPS)
      .map(([text]) => text),
  );
  return texts.map((text) => (kept.has(text) ? text : OTHER));
};

/** Rates of each group of one protected attribute. */
export const groupsOf = (
  attribute: string,
  column: TableColumn,
  judged: Judged,
  losses: Float64Array,
): AttributeGroups => {
  const groups = groupsIn(column, judged.rows);
  const meanLoss = new Map(groupRates({ groups, correct: losses }).map(({ group, accuracy }) => [group, accuracy]));
  const flags = judged.kind === 'classes' ? flagsOf(judged) : { correct: losses };
  const rates = groupRates({ groups, ...flags }).map((rate) => ({
    ...rate,
    accuracy: judged.kind === 'classes' ? rate.accuracy : null,
    loss: meanLoss.get(rate.group) ?? 0,
  }));
  return { attribute, groups: rates };
};

const flagsOf = ({ truth, positive, predictions }: Extract<Judged, { kind: 'classes' }>) => {
  const { index } = predictions;
  const correct = Uint8Array.from(truth, (value, row) => (value === index[row] ? 1 : 0));
  if (positive === undefined) return { correct };
  return {
    correct,
    predictedPositive: Uint8Array.from(index, (value) => (value === positive ? 1 : 0)),
    truePositive: Uint8Array.from(truth, (value) => (value === positive ? 1 : 0)),
  };
};
