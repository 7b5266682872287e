import type { Datatype } from '../../registry/contract';

/** Elements in row-major order: BOOL as 0 and 1 in a Uint8Array, FP16 as its bits in a Uint16Array, BYTES as strings. */
export type TensorData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | string[];

export interface TensorValue {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, TensorValue>>;

/** Typed array of each datatype of fixed width. */
export const ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const satisfies Record<Exclude<Datatype, 'BYTES'>, unknown>;

/** Room for so many elements: zeros, or empty strings. */
export const allocate = (datatype: Datatype, length: number): TensorData =>
  datatype === 'BYTES' ? new Array<string>(length).fill('') : new ARRAYS[datatype](length);

/** Whole numbers that a JSON number cannot carry exactly. */
export const isLong = (datatype: Datatype): boolean => datatype === 'INT64' || datatype === 'UINT64';

/** Number of elements of a shape without variable dimensions; 1 for a scalar. */
export const elementsOf = (shape: readonly number[]): number => {
  let product = 1;
  for (const size of shape) product *= size;
  return product;
};

/** `[-1, 4]` as people write it. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
