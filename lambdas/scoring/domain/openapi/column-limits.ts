import type { Column, Datatype } from '../../../registry/contract';
import { hasSubstitute, isOneHot } from '../cell-kind';
import { isWrittenByLevel } from '../write-cell';
import type { Schema } from './json-schema';

/** What becomes of a value beyond the declared limits of its column; `check-ranges` and `write-cell` decide. */
export type Beyond = 'refused' | 'missing' | 'taken';

/** Of a number outside of the range. @param datatype of the tensor that the column fills */
export const beyondRange = (column: Column, datatype: Datatype): Beyond =>
  column.unseen === 'reject' && datatype !== 'BYTES' && !isOneHot(column) ? 'refused' : 'taken';

/** Of a cell of tabular requests that is none of the levels. */
export const cellBeyondLevels = (column: Column, datatype: Datatype): Beyond => {
  if (!isWrittenByLevel(column, datatype)) return elementBeyondLevels(column, datatype);
  return column.unseen === 'missing' && hasSubstitute(column) ? 'missing' : 'refused';
};

/** Of an element of a tensor that is none of the levels, or the position of none. */
export const elementBeyondLevels = ({ unseen, encode }: Column, datatype: Datatype): Beyond =>
  unseen === 'reject' && (datatype === 'BYTES' || encode === 'ordinal') ? 'refused' : 'taken';

export type Range = { readonly min?: number | bigint | undefined; readonly max?: number | bigint | undefined };

/** The narrowest of ranges. */
export const within = (ranges: readonly Range[]): Schema => {
  const pick = (key: keyof Range, isNarrower: (a: number | bigint, b: number | bigint) => boolean) =>
    ranges
      .flatMap((range) => range[key] ?? [])
      .reduce<number | bigint | undefined>((a, b) => (a === undefined || isNarrower(b, a) ? b : a), undefined);
  const minimum = pick('min', (a, b) => a > b);
  const maximum = pick('max', (a, b) => a < b);
  return { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
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
