import { InvalidInput } from '../../kernel/errors';
import type { PackedPredictions } from '../contract';
import type { ClassProbabilities, Predictions } from './predictions';

/** More classes than this are no classes but a number taken for one. */
const MAX_CLASSES = 1000;

const pack = ({ buffer, byteOffset, byteLength }: Float64Array | Int32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

/** Bytes of base64. */
const sizeOf = (bytes: number): number => Math.ceil(bytes / 3) * 4;

export interface Packed {
  readonly predictions: PackedPredictions;
  /** What was left out, and why. */
  readonly note?: string;
}

/** Predictions as JSON carries them, exactly. Probabilities of many classes are left out where they take more bytes than given. */
export const packPredictions = (predictions: Predictions, maxBytes: number): Packed => {
  if (predictions.kind === 'numbers') return { predictions: { kind: 'numbers', values: pack(predictions.values) } };
  const { index, positive, probabilities } = predictions;
  const labels = { kind: 'classes' as const, index: pack(index), ...(positive && { positive: pack(positive) }) };
  if (probabilities === undefined) return { predictions: labels };
  const { classes, values } = probabilities;
  if (labels.index.length + sizeOf(values.byteLength) > maxBytes) {
    return {
      predictions: labels,
      note: `compared by its classes alone: its probabilities of ${classes} classes on ${index.length} rows are too large to be passed on`,
    };
  }
  return { predictions: { ...labels, probabilities: { classes, values: pack(values) } } };
};

const bytesOf = (base64: string, length: number, width: number): ArrayBuffer => {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === length * width) return new Uint8Array(bytes).buffer;
  throw new InvalidInput(`its answers hold ${bytes.length / width} numbers where ${length} are expected`);
};

const finite = (base64: string, length: number): Float64Array => {
  const values = new Float64Array(bytesOf(base64, length, Float64Array.BYTES_PER_ELEMENT));
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd === undefined) return values;
  throw new InvalidInput(`its answers hold ${odd}, which is no score`);
};

const shares = (base64: string, length: number): Float64Array => {
  const values = finite(base64, length);
  const odd = values.find((value) => value < 0 || value > 1);
  if (odd === undefined) return values;
  throw new InvalidInput(`its answers hold ${odd}, which is no probability`);
};

const indices = (base64: string, length: number): Int32Array => {
  const values = new Int32Array(bytesOf(base64, length, Int32Array.BYTES_PER_ELEMENT));
  const odd = values.find((value) => value < 0 || value >= MAX_CLASSES);
  if (odd === undefined) return values;
  throw new InvalidInput(`its answers hold the class ${odd}, which there is not`);
};

const probabilitiesOf = (
  { classes, values }: { classes: number; values: string },
  rows: number,
): ClassProbabilities => ({ classes, values: shares(values, rows * classes) });

/** The predictions of so many rows. What another function says that has run a model is not trusted. @throws InvalidInput */
export const unpackPredictions = (packed: PackedPredictions, rows: number): Predictions => {
  if (packed.kind === 'numbers') return { kind: 'numbers', values: finite(packed.values, rows) };
  const { index, positive, probabilities } = packed;
  return {
    kind: 'classes',
    index: indices(index, rows),
    positive: positive === undefined ? undefined : shares(positive, rows),
    probabilities: probabilities === undefined ? undefined : probabilitiesOf(probabilities, rows),
  };
};
