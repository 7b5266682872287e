import { TooLarge } from '../../kernel/errors';
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
export const isLong = (datatype: Datatype): datatype is 'INT64' | 'UINT64' =>
  datatype === 'INT64' || datatype === 'UINT64';

/** Number of elements of a shape without variable dimensions; 1 for a scalar. */
export const elementsOf = (shape: readonly number[]): number => {
  let product = 1;
  for (const size of shape) product *= size;
  return product;
};

/** Sizes of nested lists, as far as their first elements tell. */
export const nestingOf = (value: unknown): number[] => {
  const shape: number[] = [];
  for (let part = value; Array.isArray(part); part = part[0]) shape.push(part.length);
  return shape;
};

/** Whether sizes are those of a declared shape, in which −1 is any size. */
export const fitsShape = (declared: readonly number[], shape: readonly number[]): boolean =>
  shape.length === declared.length && declared.every((size, at) => size < 0 || size === shape[at]);

/** Rows of a request: the first dimension of its first tensor. */
export const rowsIn = (inputs: Tensors): number => Object.values(inputs)[0]?.shape[0] ?? 1;

/** A declared shape for so many rows; other open dimensions become 1. */
export const shapeForRows = (declared: readonly number[], rows: number): number[] => [
  rows,
  ...declared.slice(1).map((size) => Math.max(1, size)),
];

/** `[-1, 4]` as people write it. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Datatypes that have a NaN. */
export const isFloat = (datatype: Datatype): boolean =>
  datatype === 'FP16' || datatype === 'FP32' || datatype === 'FP64';

/** Whole numbers that a JSON number carries exactly. */
export const INTEGER_RANGES = {
  BOOL: { min: 0, max: 1 },
  UINT8: { min: 0, max: 0xff },
  UINT16: { min: 0, max: 0xffff },
  UINT32: { min: 0, max: 0xffff_ffff },
  INT8: { min: -0x80, max: 0x7f },
  INT16: { min: -0x8000, max: 0x7fff },
  INT32: { min: -0x8000_0000, max: 0x7fff_ffff },
} as const satisfies Partial<Record<Datatype, { min: number; max: number }>>;

export const LONG_RANGES = {
  INT64: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  UINT64: { min: 0n, max: 2n ** 64n - 1n },
} as const;

/** Largest finite numbers of each floating-point type. */
export const LARGEST = { FP16: 65_504, FP32: 3.4028234663852886e38, FP64: Number.MAX_VALUE } as const;

/** Elements of one input: more than 6 MB of JSON can carry, and a tensor of 32 MB. */
const MAX_ELEMENTS = 4_000_000;

/** Before anything is allocated for them. @throws TooLarge */
export const checkElements = (input: string, elements: number): void => {
  if (elements <= MAX_ELEMENTS) return;
  throw new TooLarge(`input ${input}: ${elements} elements, at most ${MAX_ELEMENTS} are taken; send fewer rows`);
};
