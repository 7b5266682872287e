import type { Column, Signature } from '../../registry/contract';
import type { Cell, Cells } from '../../scoring/domain/encode-columns';
import { elementsOf, type ScoredDatatype, type TensorData, type Tensors } from '../../scoring/domain/tensor';

/** A value that the column's own declaration admits. */
const plausible = ({ levels, min, max, type }: Column): Cell => {
  if (levels?.[0] !== undefined) return levels[0];
  if (type === 'string') return '';
  if (type === 'boolean') return false;
  const middle = min !== undefined && max !== undefined ? (min + max) / 2 : (min ?? max ?? 0);
  return type === 'integer' || type === 'long' ? Math.round(middle) : middle;
};

/** Made-up cells for a smoke run: the same plausible row again and again. */
export const smokeCells =
  (columns: readonly Column[], rows: number) =>
  (name: string): Cells => {
    const column = columns.find((candidate) => candidate.name === name);
    return new Array<Cell>(rows).fill(column === undefined ? null : plausible(column));
  };

const zeros = (datatype: ScoredDatatype, length: number): TensorData => {
  switch (datatype) {
    case 'BYTES':
      return new Array<string>(length).fill('');
    case 'INT64':
      return new BigInt64Array(length);
    case 'UINT64':
      return new BigUint64Array(length);
    case 'FP32':
      return new Float32Array(length);
    case 'FP64':
      return new Float64Array(length);
    case 'INT32':
      return new Int32Array(length);
    case 'UINT32':
      return new Uint32Array(length);
    case 'INT16':
      return new Int16Array(length);
    case 'UINT16':
      return new Uint16Array(length);
    case 'INT8':
      return new Int8Array(length);
    case 'BOOL':
    case 'UINT8':
      return new Uint8Array(length);
  }
};

/** Zeros of the graph's own shapes, for a model without named columns. Open dimensions other than the rows become 1. */
export const smokeTensors = (inputs: Signature['inputs'], rows: number): Tensors =>
  Object.fromEntries(
    inputs.flatMap(({ name, datatype, shape }) => {
      if (datatype === 'FP16') return [];
      const sizes = shape.length === 0 ? [rows] : [rows, ...shape.slice(1).map((size) => Math.max(1, size))];
      return [[name, { datatype, shape: sizes, data: zeros(datatype, elementsOf(sizes)) }]];
    }),
  );
