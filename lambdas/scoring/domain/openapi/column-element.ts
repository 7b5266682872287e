import type { Column, Datatype } from '../../../registry/contract';
import { isOneHot } from '../cell-kind';
import { isWrittenByLevel } from '../write-cell';
import { beyondRange, elementBeyondLevels, limitsInWords, within } from './column-limits';
import { anyOf, type Schema } from './json-schema';

/** Positions of levels stand where the graph takes numbers. */
const isPosition = (column: Column, datatype: Datatype): boolean =>
  datatype !== 'BYTES' && isWrittenByLevel(column, datatype);

const describe = (column: Column, datatype: Datatype): string => {
  const { levels = [] } = column;
  const beyond = elementBeyondLevels(column, datatype);
  if (!isPosition(column, datatype)) return limitsInWords(column, beyond, beyondRange(column, datatype)).join(' ');
  const positions = levels.map((level, at) => `${at} is ${level}`).join(', ');
  return `Position of the level: ${positions}${beyond === 'refused' ? '' : '; anything else is taken, too'}.`;
};

/** The element held to what is refused of it; undefined where the whole datatype is taken. */
const heldElement = (element: Schema, column: Column, datatype: Datatype): Schema | undefined => {
  const { levels, min, max } = column;
  if (levels !== undefined && elementBeyondLevels(column, datatype) === 'refused') {
    return isPosition(column, datatype)
      ? { type: 'integer', minimum: 0, maximum: levels.length - 1 }
      : { enum: levels };
  }
  if (beyondRange(column, datatype) !== 'refused' || (min === undefined && max === undefined)) return undefined;
  return { ...element, ...within([column]) };
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
