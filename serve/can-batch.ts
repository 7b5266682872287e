import type { Tensor } from '../lambdas/registry/contract';
import {
  allocate,
  elementsOf,
  isLong,
  shapeForRows,
  type Tensors,
  type TensorValue,
} from '../lambdas/scoring/domain/tensor';
import type { OnnxSession } from '../lambdas/scoring/ports';
import { joinRows, splitRows } from './rows';

/** Relative difference that a kernel for more rows may make. */
const TOLERANCE = 1e-4;
/** Rows tried together: enough for kernels that work on several at once. */
const TRIED = 5;

/** Different rows: a graph that mixes them gives itself away. */
const rowOf = ({ datatype, shape }: Tensor, row: number): TensorValue => {
  const sizes = shapeForRows(shape, 1);
  const data = allocate(datatype, elementsOf(sizes));
  for (let i = 0; i < data.length; i++) {
    const value = (row * 7 + i * 3) % 5;
    if (Array.isArray(data)) data[i] = String(value);
    else if (isLong(datatype)) data[i] = BigInt(value % 2);
    else (data as Float32Array)[i] = datatype === 'FP32' || datatype === 'FP64' ? value - 1.5 : value % 2;
  }
  return { datatype, shape: sizes, data };
};

const isClose = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Object.is(a, b) || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
};

const areAlike = (a: Tensors, b: Tensors): boolean =>
  Object.entries(a).every(([name, { data }]) =>
    Array.from<unknown>(data).every((value, i) => isClose(value, b[name]?.data[i])),
  );

const hasFreeRows = ({ shape }: Tensor): boolean => shape[0] === -1;

/**
 * Whether rows of different callers may share a run: every tensor has a free first dimension, and rows scored together come
 * out as they do alone. A graph that refuses the rows that are made up here is not batched.
 */
export const canBatch = async (session: OnnxSession): Promise<boolean> => {
  if (session.inputs.length === 0 || !session.inputs.every(hasFreeRows)) return false;
  const rows = Array.from({ length: TRIED }, (_, row) =>
    Object.fromEntries(session.inputs.map((input) => [input.name, rowOf(input, row)])),
  );
  try {
    const alone = await Promise.all(rows.map((row) => session.run(row)));
    const together = splitRows(
      await session.run(joinRows(rows)),
      rows.map(() => 1),
    );
    return together.every((outputs, at) => areAlike(outputs, alone[at] as Tensors));
  } catch {
    return false;
  }
};
