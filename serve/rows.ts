import {
  allocate,
  elementsOf,
  type TensorData,
  type Tensors,
  type TensorValue,
} from '../lambdas/scoring/domain/tensor';

type TypedArray = Exclude<TensorData, string[]>;

const copyInto = (target: TensorData, source: TensorData, at: number): void => {
  if (Array.isArray(target)) for (let i = 0; i < source.length; i++) target[at + i] = source[i] as string;
  else (target as Float32Array).set(source as Float32Array, at);
};

const joinTensor = (parts: readonly TensorValue[]): TensorValue => {
  const { datatype, shape } = parts[0] as TensorValue;
  const data = allocate(
    datatype,
    parts.reduce((sum, part) => sum + part.data.length, 0),
  );
  let at = 0;
  let rows = 0;
  for (const part of parts) {
    copyInto(data, part.data, at);
    at += part.data.length;
    rows += part.shape[0] ?? 1;
  }
  return { datatype, shape: [rows, ...shape.slice(1)], data };
};

/** Requests for the same graph as one, their rows one behind the other. @throws Error when they do not fit each other */
export const joinRows = (requests: readonly Tensors[]): Tensors => {
  const joined: Record<string, TensorValue> = {};
  for (const [name, first] of Object.entries(requests[0] ?? {})) {
    const inner = elementsOf(first.shape.slice(1));
    const parts = requests.map((request) => request[name] as TensorValue);
    if (parts.some((part) => elementsOf(part.shape.slice(1)) !== inner || part.shape.length !== first.shape.length))
      throw new Error(`rows of input ${name} differ in shape`);
    joined[name] = joinTensor(parts);
  }
  return joined;
};

/** The outputs of a batch, cut back into those of its requests. @throws Error when an output does not hold a row each */
export const splitRows = (outputs: Tensors, rows: readonly number[]): Tensors[] => {
  const total = rows.reduce((sum, count) => sum + count, 0);
  const parts: Record<string, TensorValue>[] = rows.map(() => ({}));
  for (const [name, { datatype, shape, data }] of Object.entries(outputs)) {
    if (shape[0] !== total) throw new Error(`output ${name} holds ${shape[0]} rows for ${total}`);
    const width = data.length / total;
    const inner = shape.slice(1);
    let start = 0;
    for (let at = 0; at < rows.length; at++) {
      const count = rows[at] as number;
      const end = start + count * width;
      const own = Array.isArray(data) ? data.slice(start, end) : (data as TypedArray).subarray(start, end);
      (parts[at] as Record<string, TensorValue>)[name] = { datatype, shape: [count, ...inner], data: own };
      start = end;
    }
  }
  return parts;
};
