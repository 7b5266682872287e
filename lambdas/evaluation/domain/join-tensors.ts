import { allocate, type TensorData, type Tensors, type TensorValue } from '../../scoring/domain/tensor';
import { copyElements } from './batches';
import { CandidateRejected } from './candidate-rejected';

const oddly = (name: string, parts: readonly TensorValue[]): CandidateRejected => {
  const shapes = [...new Set(parts.map(({ shape }) => `[${shape.slice(1).join(', ')}]`))];
  return new CandidateRejected(
    'outputs-unreadable',
    `output ${name} has rows of different shapes: ${shapes.slice(0, 5).join(', ')}; every row must be answered alike`,
  );
};

const joinOne = (name: string, parts: readonly TensorValue[]): TensorValue => {
  const [first] = parts;
  if (first === undefined) throw oddly(name, parts);
  const width = first.shape.slice(1).join();
  if (parts.some(({ shape, datatype }) => shape.slice(1).join() !== width || datatype !== first.datatype))
    throw oddly(name, parts);
  const length = parts.reduce((sum, { data }) => sum + data.length, 0);
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  const data: TensorData = allocate(first.datatype, length);
  let at = 0;
  for (const part of parts) {
    copyElements(data, at, part.data, 0, part.data.length);
    at += part.data.length;
  }
  return { datatype: first.datatype, shape: [rows, ...first.shape.slice(1)], data };
};

/** The outputs of consecutive rows as one. @throws CandidateRejected when they differ in shape. */
export const joinTensors = (parts: readonly Tensors[]): Tensors => {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first ?? {};
  return Object.fromEntries(
    Object.keys(first).map((name) => [
      name,
      joinOne(
        name,
        parts.flatMap((part) => part[name] ?? []),
      ),
    ]),
  );
};
