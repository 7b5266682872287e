import type { Column, Datatype } from '../../../registry/contract';
import { type CellKind, cellKindOf, hasSubstitute, isByLevel } from '../cell-kind';
import { INTEGER_RANGES, isFloat, LARGEST, LONG_RANGES } from '../tensor';
import { beyondRange, cellBeyondLevels, limitsInWords, type Range, within } from './column-limits';
import { anyOf, type Json, type Schema } from './json-schema';

const TYPES: Readonly<Record<CellKind, string>> = {
  text: 'string',
  boolean: 'boolean',
  integer: 'integer',
  long: 'integer',
  number: 'number',
};
const FORMATS: Readonly<Partial<Record<CellKind, string>>> = { integer: 'int32', long: 'int64' };

/** Whole numbers up to here are held with every digit. */
const EXACT = { FP16: 2 ** 11, FP32: 2 ** 24, FP64: 2 ** 53 } as const;

/** What a tensor can hold of a kind of cell. */
const rangeWithin = (kind: CellKind, datatype: Datatype): Range => {
  if (datatype === 'BYTES') return {};
  if (datatype === 'INT64' || datatype === 'UINT64') return LONG_RANGES[datatype];
  if (datatype !== 'FP16' && datatype !== 'FP32' && datatype !== 'FP64') return INTEGER_RANGES[datatype];
  const largest = kind === 'number' ? LARGEST[datatype] : EXACT[datatype];
  return { min: -largest, max: largest };
};

const RANGES: Readonly<Partial<Record<CellKind, Range>>> = { integer: INTEGER_RANGES.INT32, long: LONG_RANGES.INT64 };

/** A cell that is held to no levels. */
const plainCell = (column: Column, kind: CellKind, datatype: Datatype): Schema => {
  if (kind === 'text' || kind === 'boolean') return { type: TYPES[kind] };
  const isWhole = kind !== 'number' || !(isFloat(datatype) || datatype === 'BYTES');
  const format = FORMATS[kind];
  const held: Range = beyondRange(column, datatype) === 'refused' ? { min: column.min, max: column.max } : {};
  return {
    type: isWhole ? 'integer' : 'number',
    ...(format === undefined ? {} : { format }),
    ...within([held, RANGES[kind] ?? {}, rangeWithin(kind, datatype)]),
  };
};

const levelIn = (kind: CellKind, level: string): Json => {
  if (kind === 'text') return level;
  return kind === 'boolean' ? level === 'true' : Number(level);
};

/** Whether a cell may be null: something stands for it, or the tensor has a value for what is missing. */
const isNullable = (column: Column, kind: CellKind, datatype: Datatype): boolean => {
  if (hasSubstitute(column)) return true;
  return !isByLevel(column) && kind === 'number' && isFloat(datatype);
};

const describe = (column: Column, datatype: Datatype): Schema => {
  const { unit, missing } = column;
  const parts = [
    ...(unit === undefined ? [] : [`In ${unit}.`]),
    ...limitsInWords(column, cellBeyondLevels(column, datatype), beyondRange(column, datatype)),
    ...(missing === undefined ? [] : [`Where it is missing, ${missing === 'nan' ? 'NaN' : missing} stands for it.`]),
  ];
  return {
    ...(parts.length > 0 ? { description: parts.join(' ') } : {}),
    ...(unit === undefined ? {} : { 'x-unit': unit }),
  };
};

/** A cell of a named column, as tabular requests give it. @param datatype of the tensor that it fills */
export const columnSchema = (column: Column, datatype: Datatype): Schema => {
  const kind = cellKindOf(column);
  const { levels } = column;
  const isClosed = levels !== undefined && cellBeyondLevels(column, datatype) === 'refused';
  const cell: Schema = isClosed
    ? { type: TYPES[kind], enum: levels.map((level) => levelIn(kind, level)) }
    : plainCell(column, kind, datatype);
  const schema = isNullable(column, kind, datatype) ? anyOf(cell, { type: 'null' }) : cell;
  return { title: column.name, ...describe(column, datatype), ...schema };
};

const middleOf = ({ min, max }: Column): number => {
  if (min !== undefined && max !== undefined) return (min + max) / 2;
  if (min !== undefined) return min + 1;
  return max === undefined ? 0 : max - 1;
};

/** A value within the column's levels or range. */
export const exampleCell = (column: Column): string | number | boolean => {
  const kind = cellKindOf(column);
  const [level] = column.levels ?? [];
  if (level !== undefined) return levelIn(kind, level) as string | number | boolean;
  if (kind === 'text') return 'text';
  if (kind === 'boolean') return true;
  const middle = middleOf(column);
  if (kind === 'number') return middle;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = column;
  return Math.max(Math.ceil(min), Math.min(Math.floor(max), Math.round(middle)));
};
