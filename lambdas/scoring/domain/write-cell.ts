import type { Column, Datatype } from '../../registry/contract';
import { type Cell, type CellKind, cellKindOf, isByLevel, isMissing, isOneHot } from './cell-kind';
import { type Put, putInto, Unfit } from './put-element';
import { INTEGER_RANGES, isFloat, LONG_RANGES, type TensorData } from './tensor';

/** Writes one cell of a column; tells what is wrong, if anything is. */
export type WriteCell = (target: TensorData, at: number, cell: Cell | undefined) => Unfit | undefined;

type Present = Exclude<Cell, null>;

const NO_VALUE = new Unfit('a value; fill it, or say what stands for it (missing: nan, or a value) in contender.yaml');
const NO_TEXT = new Unfit('a string');
const NO_BOOLEAN = new Unfit('true or false');
const NO_NUMBER = new Unfit('a number');
const NO_INTEGER = new Unfit('a whole number of 32 bits (integer)');
const NO_LONG = new Unfit('a whole number of 64 bits, every digit written (long)');

const fitInteger = (cell: Present): number | Unfit => {
  const { min, max } = INTEGER_RANGES.INT32;
  return typeof cell === 'number' && Number.isInteger(cell) && cell >= min && cell <= max ? cell : NO_INTEGER;
};

const fitLong = (cell: Present): number | bigint | Unfit => {
  const { min, max } = LONG_RANGES.INT64;
  if (typeof cell === 'bigint') return cell >= min && cell <= max ? cell : NO_LONG;
  // A number beyond 2⁵³ has lost digits already.
  return Number.isSafeInteger(cell) ? (cell as number) : NO_LONG;
};

const fitNumber = (cell: Present): number | bigint | Unfit =>
  typeof cell === 'number' || typeof cell === 'bigint' ? cell : NO_NUMBER;

/** A cell as its column has it: booleans are no numbers, and numbers no strings. */
const FITS: Readonly<Record<CellKind, (cell: Present) => number | bigint | string | Unfit>> = {
  text: (cell) => (typeof cell === 'string' ? cell : NO_TEXT),
  boolean: (cell) => (typeof cell === 'boolean' ? Number(cell) : NO_BOOLEAN),
  integer: fitInteger,
  long: fitLong,
  number: fitNumber,
};

/** What stands for a missing cell. Floating-point numbers have a value for it of their own. */
const substituteOf = (column: Column, kind: CellKind, datatype: Datatype): number | string | undefined => {
  if (column.missing !== undefined) return column.missing === 'nan' ? Number.NaN : column.missing;
  return kind === 'number' && isFloat(datatype) ? Number.NaN : undefined;
};

const writePlain = (column: Column, datatype: Datatype): WriteCell => {
  const kind = cellKindOf(column);
  const put = putInto(datatype);
  const read = FITS[kind];
  const isExact = kind !== 'number';
  const substitute = substituteOf(column, kind, datatype);
  const isTruth = kind === 'boolean' && datatype === 'BYTES';
  return (target, at, cell) => {
    if (isMissing(cell)) return substitute === undefined ? NO_VALUE : put(target, at, substitute, false);
    const value = read(cell);
    if (value instanceof Unfit) return value;
    return put(target, at, isTruth ? String(cell) : value, isExact);
  };
};

/** Position of the cell's level; undefined for one that is unseen and counts as missing. */
const levelReader = (column: Column): ((cell: Present) => number | undefined | Unfit) => {
  const levels = column.levels ?? [];
  const kind = cellKindOf(column);
  const known = new Map<number | bigint | string, number>();
  const keyOf = (level: string): number | string => {
    if (kind === 'text') return level;
    return kind === 'boolean' ? Number(level === 'true') : Number(level);
  };
  levels.forEach((level, index) => {
    if (!known.has(keyOf(level))) known.set(keyOf(level), index);
  });
  const unseen = new Unfit(`one of its levels ${levels.join(', ')}`);
  return (cell) => {
    const value = FITS[kind](cell);
    if (value instanceof Unfit) return value;
    const index = known.get(value);
    return index === undefined && column.unseen !== 'missing' ? unseen : index;
  };
};

const missingLevel = (column: Column, put: Put): ((target: TensorData, at: number) => Unfit | undefined) => {
  const oneHot = isOneHot(column);
  const substitute = column.missing === 'nan' ? Number.NaN : column.missing;
  // A one-hot row of zeros is the absence of every level.
  if (substitute === undefined) return () => (oneHot ? undefined : NO_VALUE);
  const level = column.levels?.indexOf(String(substitute)) ?? -1;
  if (level >= 0) return (target, at) => (oneHot ? put(target, at + level, 1, true) : put(target, at, level, true));
  if (typeof substitute !== 'number') return () => new Unfit(`missing: to be one of its levels, not ${substitute}`);
  return (target, at) => (oneHot ? undefined : put(target, at, substitute, false));
};

const writeLevel = (column: Column, datatype: Datatype): WriteCell => {
  const oneHot = isOneHot(column);
  const put = putInto(datatype);
  const levelOf = levelReader(column);
  const putMissing = missingLevel(column, put);
  return (target, at, cell) => {
    const level = isMissing(cell) ? undefined : levelOf(cell);
    if (level instanceof Unfit) return level;
    if (level === undefined) return putMissing(target, at);
    return oneHot ? put(target, at + level, 1, true) : put(target, at, level, true);
  };
};

/** Whether a cell is one of its column's levels, and never the value that the graph takes. */
export const isWrittenByLevel = (column: Column, datatype: Datatype): boolean => {
  const isTextInNumbers =
    column.type === 'string' && column.levels !== undefined && datatype !== 'BYTES' && column.encode !== 'none';
  return isByLevel(column) || isTextInNumbers;
};

/** How the cells of a column become elements of a tensor. */
export const cellWriter = (column: Column, datatype: Datatype): WriteCell =>
  isWrittenByLevel(column, datatype) ? writeLevel(column, datatype) : writePlain(column, datatype);
