import { type Column, columnSchema, type Datatype, type Manifest, type Tensor } from '../../registry/contract';
import { areTensors, type ColumnSpec, type MlModel, type Specs, type TensorSpec } from './read-mlmodel';
import type { OnnxFacts } from './read-onnx';
import { UploadRejected } from './rejected';

const AGAIN =
  'log the model again with the signature of what the graph takes and gives (infer_signature), or without one';

const mismatch = (what: string): UploadRejected => new UploadRejected('signature-mismatch', `${what}; ${AGAIN}`);

/** NumPy's dtypes, as MLflow writes them. Texts have a length there, `<U12`, or are objects. */
const datatypeOf = (dtype: string): Datatype | undefined => {
  const number = /^(u?int)(8|16|32|64)$/.exec(dtype);
  if (number) return `${number[1]}${number[2]}`.toUpperCase() as Datatype;
  const float = /^float(16|32|64)$/.exec(dtype);
  if (float) return `FP${float[1]}` as Datatype;
  if (dtype === 'bool') return 'BOOL';
  return /^(object|str|string|bytes|[<>|=]?[SUO]\d*)$/.test(dtype) ? 'BYTES' : undefined;
};

const shown = ({ datatype, shape }: Pick<Tensor, 'datatype' | 'shape'>): string => `${datatype} [${shape.join(', ')}]`;

/** mlflow.onnx casts every float64 that it is given to float32 before it calls the graph. */
const sameType = (spec: Datatype | undefined, graph: Datatype): boolean =>
  spec === graph || (spec === 'FP64' && graph === 'FP32');

const sameShape = (spec: readonly number[], graph: readonly number[]): boolean =>
  // A graph that says nothing of its shape contradicts none.
  graph.length === 0 ||
  (spec.length === graph.length && spec.every((dim, i) => dim === -1 || graph[i] === -1 || dim === graph[i]));

const checkTensor = (spec: TensorSpec, tensor: Tensor, role: string, file: string): void => {
  const { dtype, shape } = spec['tensor-spec'];
  if (sameType(datatypeOf(dtype), tensor.datatype) && sameShape(shape, tensor.shape)) return;
  throw mismatch(
    `MLmodel says that ${role} "${tensor.name}" is ${dtype} [${shape.join(', ')}], but in ${file} it is ${shown(tensor)}`,
  );
};

const namesOf = (tensors: ReadonlyArray<{ readonly name?: string | undefined }>): string =>
  tensors.map(({ name }) => name ?? 'one without a name').join(', ');

const checkInputTensors = (specs: readonly TensorSpec[], tensors: readonly Tensor[], file: string): void => {
  const [only, ...others] = tensors;
  const [first] = specs;
  if (specs.length === 1 && first && first.name === undefined && only && others.length === 0) {
    checkTensor(first, only, 'input', file);
    return;
  }
  const named = new Map(specs.map((spec) => [spec.name, spec]));
  if (specs.length !== tensors.length || tensors.some(({ name }) => !named.has(name)))
    throw mismatch(`MLmodel names the inputs ${namesOf(specs)}, but those of ${file} are ${namesOf(tensors)}`);
  for (const tensor of tensors) checkTensor(named.get(tensor.name) as TensorSpec, tensor, 'input', file);
};

/** What has no name could be any output: of labels, MLflow's examples infer just that. */
const checkOutputs = (specs: Specs, tensors: readonly Tensor[], file: string): void => {
  for (const spec of specs) {
    if (spec.name === undefined) continue;
    const tensor = tensors.find(({ name }) => name === spec.name);
    if (!tensor)
      throw mismatch(`MLmodel names the output "${spec.name}", but the outputs of ${file} are ${namesOf(tensors)}`);
    if ('tensor-spec' in spec) checkTensor(spec, tensor, 'output', file);
  }
};

const TYPES = columnSchema.shape.type.unwrap();

const columnOf = (spec: ColumnSpec, name: string, tensor: Tensor, isOnly: boolean, file: string): Column => {
  const type = TYPES.safeParse(spec.type);
  if (!type.success)
    throw mismatch(
      `MLmodel gives the input "${name}" the type ${spec.type}, but inputs are ${TYPES.options.join(', ')}`,
    );
  if ((type.data === 'string') !== (tensor.datatype === 'BYTES'))
    throw mismatch(
      `MLmodel gives the input "${name}" the type ${spec.type}, but ${file} takes ${shown(tensor)} in "${tensor.name}"`,
    );
  if (!isOnly && tensor.shape.slice(1).some((dim) => dim > 1))
    throw mismatch(`MLmodel gives the input "${name}" one column, but ${file} takes ${shown(tensor)} in "${name}"`);
  const mayMiss = (spec.required === false || spec.optional === true) && /^(float|double)$/.test(type.data);
  return {
    name,
    type: type.data,
    // pandas hands on an absent number as NaN.
    ...(mayMiss ? { missing: 'nan' as const } : {}),
    ...(isOnly ? {} : { tensor: tensor.name }),
  };
};

/** As mlflow.onnx hands a frame on: to one tensor all columns in order, to several each by its name. */
const columnsOf = (specs: readonly ColumnSpec[], tensors: readonly Tensor[], file: string): Column[] | undefined => {
  const [only, ...others] = tensors;
  const isOnly = others.length === 0;
  if (isOnly && only) {
    const width = only.shape.length === 1 ? 1 : (only.shape[1] ?? -1);
    if (only.shape.length > 2 || (width !== -1 && width !== specs.length))
      throw mismatch(`MLmodel names ${specs.length} input columns, but ${file} takes ${shown(only)} in "${only.name}"`);
  }
  if (specs.some(({ name }) => name === undefined)) {
    if (isOnly) return undefined;
    throw mismatch(`MLmodel has inputs without a name, but those of ${file} are ${namesOf(tensors)}`);
  }
  if (!isOnly && (specs.length !== tensors.length || tensors.some(({ name }) => !specs.some((s) => s.name === name))))
    throw mismatch(`MLmodel names the inputs ${namesOf(specs)}, but those of ${file} are ${namesOf(tensors)}`);
  return specs.map((spec) => {
    const tensor = isOnly ? only : tensors.find(({ name }) => name === spec.name);
    return columnOf(spec, spec.name ?? '', tensor as Tensor, isOnly, file);
  });
};

const checkDeclared = (declared: readonly Column[], specs: readonly ColumnSpec[]): void => {
  const names = specs.map(({ name }) => name);
  if (names.includes(undefined)) return;
  if (declared.length === names.length && declared.every(({ name }, i) => name === names[i])) return;
  throw new UploadRejected(
    'signature-mismatch',
    `contender.yaml names the inputs ${namesOf(declared)}, but MLmodel ${names.join(', ')}; name the same ones, in the order of the training, or leave "inputs:" out`,
  );
};

/**
 * The manifest, with the columns that MLmodel names where contender.yaml names none. What the graph says stands: MLmodel
 * only adds names to it. @throws UploadRejected where they contradict each other, naming both
 */
export const agreeWithMlmodel = (manifest: Manifest, mlmodel: MlModel, facts: OnnxFacts, file: string): Manifest => {
  const { inputs, outputs } = mlmodel;
  if (outputs) checkOutputs(outputs, facts.outputs, file);
  if (inputs === undefined) return manifest;
  if (areTensors(inputs)) {
    checkInputTensors(inputs, facts.inputs, file);
    return manifest;
  }
  if (manifest.inputs) {
    checkDeclared(manifest.inputs, inputs);
    return manifest;
  }
  const columns = columnsOf(inputs, facts.inputs, file);
  return columns === undefined ? manifest : { ...manifest, inputs: columns };
};
