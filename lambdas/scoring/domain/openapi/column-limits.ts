import type { Column, Datatype } from '../../../registry/contract';
import { isOneHot } from '../cell-kind';
import { isWrittenByLevel } from '../write-cell';

/** What becomes of a value beyond the declared limits of its column; `check-ranges` and `write-cell` decide. */
export type Beyond = 'refused' | 'missing' | 'taken';

/** Of a number outside of the range. @param datatype of the tensor that the column fills */
export const beyondRange = (column: Column, datatype: Datatype): Beyond =>
  column.unseen === 'reject' && datatype !== 'BYTES' && !isOneHot(column) ? 'refused' : 'taken';

/** Of a cell that is none of the levels. */
export const beyondLevels = (column: Column, datatype: Datatype): Beyond => {
  const { unseen, missing } = column;
  if (!isWrittenByLevel(column, datatype)) return unseen === 'reject' && datatype === 'BYTES' ? 'refused' : 'taken';
  const hasSubstitute = missing !== undefined || isOneHot(column);
  return unseen === 'missing' && hasSubstitute ? 'missing' : 'refused';
};

const OUTCOMES: Readonly<Record<Exclude<Beyond, 'refused'>, string>> = {
  missing: 'counts as missing',
  taken: 'is taken, too',
};

const sentence = (limits: string, beyond: Beyond): string =>
  beyond === 'refused' ? 'Anything else is refused.' : `Made for ${limits}; anything else ${OUTCOMES[beyond]}.`;

const rangeText = ({ min, max }: Column): string => {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  return min === undefined ? `at most ${max}` : `at least ${min}`;
};

/** Limits that the schema does not hold a value to, in words; those that it does hold it to show in the schema. */
export const limitsInWords = (column: Column, levels: Beyond, range: Beyond): readonly string[] => {
  const hasRange = column.min !== undefined || column.max !== undefined;
  const said = [
    ...(column.levels === undefined ? [] : [sentence(column.levels.join(', '), levels)]),
    ...(hasRange ? [sentence(rangeText(column), range)] : []),
  ];
  return [...new Set(said)];
};
