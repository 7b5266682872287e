import type { Column, Datatype } from '../../../registry/contract';
import { isOneHot } from '../cell-kind';
import { isWrittenByLevel } from '../write-cell';
import { type Beyond, beyondRange, limitsInWords } from './column-limits';
import { anyOf, type Schema } from './json-schema';

/** Of an element that is none of its column's levels, or the position of none. */
const beyondLevels = ({ unseen, encode }: Column, datatype: Datatype): Beyond =>
  unseen === 'reject' && (datatype === 'BYTES' || encode === 'ordinal') ? 'refused' : 'taken';

/** Positions of levels stand where the graph takes numbers. */
const isPosition = (column: Column, datatype: Datatype): boolean =>
  datatype !== 'BYTES' && isWrittenByLevel(column, datatype);

const describe = (column: Column, datatype: Datatype): string => {
  const { levels = [] } = column;
  const beyond = beyondLevels(column, datatype);
  if (!isPosition(column, datatype)) return limitsInWords(column, beyond, beyondRange(column, datatype)).join(' ');
  const positions = levels.map((level, at) => `${at} is ${level}`).join(', ');
  return `Position of the level: ${positions}${beyond === 'refused' ? '' : '; anything else is taken, too'}.`;
};

/** The element held to what is refused of it; undefined where the whole datatype is taken. */
const heldElement = (element: Schema, column: Column, datatype: Datatype): Schema | undefined => {
  const { levels, min, max } = column;
  if (levels !== undefined && beyondLevels(column, datatype) === 'refused') {
    return isPosition(column, datatype)
      ? { type: 'integer', minimum: 0, maximum: levels.length - 1 }
      : { enum: levels };
  }
  if (beyondRange(column, datatype) !== 'refused' || (min === undefined && max === undefined)) return undefined;
  return { ...element, ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) };
};

/** An element of a column within a tensor, held to what is refused of it; what stands for missing may always be given. */
export const columnElement = (element: Schema, column: Column, datatype: Datatype): Schema => {
  const titled: Schema = { title: column.name };
  if (isOneHot(column)) return { ...element, ...titled };
  const { missing } = column;
  const held = heldElement(element, column, datatype);
  const substitute: Schema[] = missing === undefined ? [] : [{ const: missing === 'nan' ? null : missing }];
  const description = describe(column, datatype);
  return {
    ...titled,
    ...(description === '' ? {} : { description }),
    ...(held === undefined ? element : anyOf(held, ...substitute)),
  };
};
