import type { Datatype } from '../../registry/contract';

/** Datatypes that are scored; half precision is refused until it can be carried exactly. */
export type ScoredDatatype = Exclude<Datatype, 'FP16'>;

/** Elements in row-major order: BOOL as 0 and 1 in a Uint8Array, BYTES as strings. */
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
  readonly datatype: ScoredDatatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, TensorValue>>;

/** Number of elements of a shape without variable dimensions; 1 for a scalar. */
export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** `[-1, 4]` as people write it. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
