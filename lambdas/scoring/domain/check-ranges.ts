import { InvalidInput } from '../../kernel/errors';
import { type Column, columnWidth, type Datatype, type Signature } from '../../registry/contract';
import { fromHalf, toHalf } from './half-precision';
import type { Tensors, TensorValue } from './tensor';

/** Where a named column of the tabular view lies within the inputs. */
interface Place {
  readonly column: Column;
  readonly tensor: string;
  /** Position within a row of the tensor. */
  readonly offset: number;
}

const rejecting = new WeakMap<Signature, readonly Place[]>();

/** Places of the columns that reject the unseen: decided once a version, not once a request. */
const rejectingPlaces = (signature: Signature): readonly Place[] => {
  const known = rejecting.get(signature);
  if (known !== undefined) return known;
  const places = placesOf(signature).filter(({ column }) => column.unseen === 'reject');
  rejecting.set(signature, places);
  return places;
};

const placesOf = (signature: Signature): readonly Place[] => {
  const only = signature.inputs.length === 1 ? signature.inputs[0]?.name : undefined;
  const used = new Map<string, number>();
  return signature.columns.map((column) => {
    const tensor = column.tensor ?? only ?? column.name;
    const offset = used.get(tensor) ?? 0;
    used.set(tensor, offset + columnWidth(column));
    return { column, tensor, offset };
  });
};

/** A number as the datatype holds it: 0.1 is a little more in FP32, and a limit of 0.1 with it. */
const heldAs = (datatype: Datatype, value: number): number => {
  if (datatype === 'FP32') return Math.fround(value);
  return datatype === 'FP16' ? fromHalf(toHalf(value)) : value;
};

/** Whether it is what stands for a missing value: then it was never given. */
const standsForMissing = ({ missing }: Column, value: number | bigint | string, datatype: Datatype): boolean => {
  if (missing === undefined) return false;
  if (typeof value === 'string') return missing === value;
  if (missing === 'nan') return Number.isNaN(value);
  return typeof missing === 'number' && heldAs(datatype, missing) === Number(value);
};

/** What is wrong with a value of a column that rejects the unseen. */
const faultOf = (column: Column, value: number | bigint | string, datatype: Datatype): string | undefined => {
  const { levels, min, max } = column;
  if (column.encode === 'one-hot') return undefined;
  if (typeof value === 'string') {
    return levels === undefined || levels.includes(value) ? undefined : `one of ${levels.join(', ')}`;
  }
  const number = Number(value);
  if (levels !== undefined && column.encode === 'ordinal') {
    const isLevel = Number.isInteger(number) && number >= 0 && number < levels.length;
    return isLevel ? undefined : `the position of a level, 0 to ${levels.length - 1} (${levels.join(', ')})`;
  }
  if (min !== undefined && number < heldAs(datatype, min)) return `at least ${min}`;
  return max !== undefined && number > heldAs(datatype, max) ? `at most ${max}` : undefined;
};

type PlaceOf = (row: number) => number;

const checkColumn = (
  { column, offset }: Place,
  { data, datatype }: TensorValue,
  rows: number,
  placeOf: PlaceOf,
): void => {
  const width = data.length / rows;
  for (let row = 0; row < rows; row++) {
    const stored = data[row * width + offset];
    const value = datatype === 'FP16' ? fromHalf(stored as number) : stored;
    if (value === undefined || standsForMissing(column, value, datatype)) continue;
    const expected = faultOf(column, value, datatype);
    if (expected === undefined) continue;
    const unit = column.unit ? ` ${column.unit}` : '';
    throw new InvalidInput(`column ${column.name}, row ${placeOf(row)}: expected ${expected}${unit}, given ${value}`);
  }
};

/**
 * Holds columns declared with `unseen: reject` to their levels and range; other columns are the model's own business.
 * @param placeOf number of a row for messages
 * @throws InvalidInput naming column, row, what was expected and what was given.
 */
export const checkDeclaredRanges = (
  signature: Signature,
  inputs: Tensors,
  rows: number,
  placeOf: PlaceOf = (row) => row,
): void => {
  for (const place of rejectingPlaces(signature)) {
    const tensor = inputs[place.tensor];
    if (tensor !== undefined) checkColumn(place, tensor, rows, placeOf);
  }
};
