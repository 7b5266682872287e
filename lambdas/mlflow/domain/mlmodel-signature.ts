import type { Column, Datatype, Signature, Tensor } from '../../registry/contract';
import { columnWidth } from '../../registry/contract';

interface TensorSpec {
  readonly type: 'tensor';
  readonly name?: string;
  readonly 'tensor-spec': { readonly dtype: string; readonly shape: readonly number[] };
}
interface ColumnSpec {
  readonly type: string;
  readonly name: string;
  readonly required: boolean;
}
type Specs = readonly TensorSpec[] | readonly ColumnSpec[];

/** Types of numpy. */
const DTYPES: Readonly<Record<Datatype, string>> = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'object',
};

const tensorSpec = (dtype: string, shape: readonly number[], name?: string): TensorSpec => ({
  ...(name === undefined ? {} : { name }),
  type: 'tensor',
  'tensor-spec': { dtype, shape },
});

const named = ({ name, datatype, shape }: Tensor): TensorSpec => tensorSpec(DTYPES[datatype], shape, name);

/** What pandas gives a column of numbers without being asked: MLflow's ONNX flavor makes 32-bit floats of it where needed. */
const ofFrames = (datatype: Datatype): string => DTYPES[datatype === 'FP32' ? 'FP64' : datatype];

const isNumber = ({ type }: Column): boolean => type === 'float' || type === 'double';
const isInteger = ({ type }: Column): boolean => type === 'integer' || type === 'long';

/** Whether a frame of such columns becomes an array that the tensor takes: pandas finds one type for all of them. */
const becomes = (columns: readonly Column[], datatype: Datatype): boolean => {
  if (columns.some(({ encode, levels }) => (encode === undefined ? levels !== undefined : encode !== 'none')))
    return false;
  switch (datatype) {
    case 'FP32':
    case 'FP64':
      return columns.some(isNumber) && columns.every((column) => isNumber(column) || isInteger(column));
    case 'INT64':
      return columns.every(isInteger);
    case 'BYTES':
      return columns.every(({ type }) => type === 'string');
    default:
      return false;
  }
};

/** The widest type of its kind: clients narrow none. */
const columnType = (column: Column): string => {
  if (isNumber(column)) return 'double';
  return isInteger(column) ? 'long' : 'string';
};

/** The flavor answers frames with a frame, which holds outputs of one number a row, and fails with others. */
const fitsFrame = ({ shape }: Tensor): boolean => shape.length === 1 || (shape.length === 2 && shape[1] === 1);

const inputsOf = ({ inputs, outputs, columns }: Signature): Specs | undefined => {
  const [only, ...others] = inputs;
  // Each column of a frame is one of the tensors, by its name.
  if (only === undefined || others.length > 0) return inputs.map(named);
  const { datatype, shape } = only;
  if (shape.length !== 2) return [tensorSpec(DTYPES[datatype], shape)];
  const filled = columns.reduce((sum, column) => sum + columnWidth(column), 0);
  const width = shape[1] !== undefined && shape[1] > 0 ? shape[1] : filled;
  // Of unknown width nothing can be said that would not refuse somebody.
  if (width === 0) return undefined;
  if (columns.length === width && outputs.every(fitsFrame) && becomes(columns, datatype))
    return columns.map((column) => ({ type: columnType(column), name: column.name, required: true }));
  return [tensorSpec(ofFrames(datatype), [-1, width])];
};

/**
 * A version's signature as MLflow's clients know it, chosen so that `pyfunc` predicts on a frame of the columns. By names where
 * the flavor can answer with a frame; as one unnamed tensor, in the columns' order, where outputs are wider than that.
 */
export const mlmodelSignature = (signature: Signature): { inputs?: Specs; outputs: Specs } => {
  const inputs = inputsOf(signature);
  return { ...(inputs === undefined ? {} : { inputs }), outputs: signature.outputs.map(named) };
};
