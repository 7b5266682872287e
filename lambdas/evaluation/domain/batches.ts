import type { TensorData, Tensors, TensorValue } from '../../scoring/domain/tensor';

/** Most rows that the model is given at once: enough for speed, few enough to say where it failed. */
const MAX_BATCH_ROWS = 1000;
/** Most elements of one input that are sent at once. */
const MAX_BATCH_ELEMENTS = 1_000_000;

export interface RowRange {
  readonly start: number;
  readonly rows: number;
}

const widthOf = (tensor: TensorValue): number => tensor.shape.slice(1).reduce((product, size) => product * size, 1);

/** Consecutive ranges that cover all rows. @param fixed rows a run where the graph fixes them. */
export const batchesOf = (inputs: Tensors, rows: number, fixed: number | undefined): readonly RowRange[] => {
  const widest = Math.max(1, ...Object.values(inputs).map(widthOf));
  const size = fixed ?? Math.max(1, Math.min(MAX_BATCH_ROWS, Math.floor(MAX_BATCH_ELEMENTS / widest)));
  const ranges: RowRange[] = [];
  for (let start = 0; start < rows; start += size) ranges.push({ start, rows: Math.min(size, rows - start) });
  return ranges;
};

const mapTensors = (inputs: Tensors, map: (tensor: TensorValue, width: number) => TensorValue): Tensors =>
  Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, map(tensor, widthOf(tensor))]));

/** Consecutive rows, without copying where the elements are numbers. */
export const sliceRows = (inputs: Tensors, { start, rows }: RowRange): Tensors =>
  mapTensors(inputs, ({ datatype, shape, data }, width) => {
    const [from, to] = [start * width, (start + rows) * width];
    return {
      datatype,
      shape: [rows, ...shape.slice(1)],
      data: Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to),
    };
  });

const likeness = (data: TensorData, length: number): TensorData => {
  if (Array.isArray(data)) return new Array<string>(length).fill('');
  const type = data.constructor as new (length: number) => Exclude<TensorData, string[]>;
  return new type(length);
};

/** Copies `width` elements. */
export const copyElements = (target: TensorData, at: number, source: TensorData, from: number, width: number): void => {
  for (let element = 0; element < width; element++) {
    const value = source[from + element];
    if (value !== undefined) target[at + element] = value;
  }
};

/** The rows named, in that order; a row may come more than once. */
export const gatherRows = (inputs: Tensors, rows: ArrayLike<number>): Tensors =>
  mapTensors(inputs, ({ datatype, shape, data }, width) => {
    const picked = likeness(data, rows.length * width);
    for (let row = 0; row < rows.length; row++)
      copyElements(picked, row * width, data, (rows[row] ?? 0) * width, width);
    return { datatype, shape: [rows.length, ...shape.slice(1)], data: picked };
  });
