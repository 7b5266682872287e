import type { InferenceSession } from 'onnxruntime-node';
import { InvalidInput, Unsupported, UpstreamFailed } from '../../kernel/errors';
import type { Datatype, Tensor } from '../../registry/contract';
import type { TensorData, Tensors, TensorValue } from '../domain/tensor';
import { withoutZipMap } from '../domain/without-zip-map';
import type { OnnxSession } from '../ports';
import { sessionOptions } from './session-options';

type Ort = typeof import('onnxruntime-node');
type OrtTensor = InstanceType<Ort['Tensor']>;
type OrtType = OrtTensor['type'];

const ORT_TYPE: Readonly<Record<Datatype, OrtType>> = {
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
  BYTES: 'string',
};
const DATATYPE = new Map(Object.entries(ORT_TYPE).map(([datatype, type]) => [type, datatype as Datatype]));

let runtime: Ort | undefined;

/** Native code is loaded with the first session, not with the module. */
const loadRuntime = (): Ort => {
  if (runtime === undefined) {
    runtime = require('onnxruntime-node') as Ort;
    runtime.env.logLevel = 'error';
  }
  return runtime;
};

export interface OnnxOptions {
  /** Threads within an operator: the vCPUs of the function. */
  readonly threads: number;
}

/**
 * Loads a graph from its bytes.
 * @throws InvalidInput when this is no ONNX graph, or one that cannot be loaded alone.
 * @throws Unsupported for an operator, operator set or type that is not scored; the message says what to change.
 */
export const loadOnnxSession = async (graph: Uint8Array, options: OnnxOptions): Promise<OnnxSession> => {
  const ort = loadRuntime();
  const session = await createSession(ort, withoutZipMap(graph).graph, sessionOptions(options.threads));
  try {
    return new NativeSession(ort, session);
  } catch (error) {
    await session.release();
    throw error;
  }
};

const createSession = async (
  ort: Ort,
  graph: Uint8Array,
  settings: InferenceSession.SessionOptions,
): Promise<InferenceSession> => {
  try {
    return await ort.InferenceSession.create(graph, settings);
  } catch (cause) {
    throw loadError(cause);
  }
};

/** What ONNX Runtime says when a graph does not load, and what the data scientist can do about it. */
const LOAD_FAULTS: readonly (readonly [RegExp, (said: string) => Error])[] = [
  [
    /protobuf parsing failed|INVALID_PROTOBUF|No graph was found|data pointer is null/i,
    () => new InvalidInput('the file is no ONNX graph; export the model with its ONNX converter and upload that file'),
  ],
  [
    /external data|ReadExternalData|GetExtDataFromTensorProto|External initializer/i,
    () =>
      new Unsupported('the graph keeps weights in a second file; save it as one file (save_as_external_data=False)'),
  ],
  [
    /opset|ai\.onnx.*only \*guarantees\* support|Unsupported model IR version/i,
    (said) =>
      new Unsupported(`the graph needs a newer operator set than is scored here; export with an older target: ${said}`),
  ],
  [
    /NOT_IMPLEMENTED|Could not find an implementation|is not a registered function\/op|No Op registered|Fatal error:.*not a registered/i,
    (said) => new Unsupported(`the graph uses an operator that is not scored here: ${said}`),
  ],
  [
    /Unsupported data type/i,
    (said) => new Unsupported(`an input or output has a type that is not scored here: ${said}`),
  ],
];

/** First line, without file, line and function of ONNX Runtime's own source. */
const saidBy = (cause: unknown): string => {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (text.split('\n')[0] ?? '').replace(/\/\S+:\d+ .*?\) (?=[A-Z])/g, '').slice(0, 300);
};

const loadError = (cause: unknown): Error => {
  const text = cause instanceof Error ? cause.message : String(cause);
  const said = saidBy(cause);
  const fault = LOAD_FAULTS.find(([pattern]) => pattern.test(text));
  const error = fault?.[1](said) ?? new InvalidInput(`ONNX Runtime cannot load the graph: ${said}`);
  error.cause = cause;
  return error;
};

const tensorOf = (metadata: InferenceSession.ValueMetadata, side: 'input' | 'output'): Tensor => {
  const { name } = metadata;
  if (!metadata.isTensor) {
    throw new Unsupported(
      `${side} ${name} is a sequence or map, not a tensor; export with zipmap off (skl2onnx: options={id(model): {"zipmap": False}})`,
    );
  }
  const datatype = DATATYPE.get(metadata.type);
  if (datatype === undefined) {
    throw new Unsupported(
      `${side} ${name} is of type ${metadata.type}, which is not scored; convert it to float (FP32)`,
    );
  }
  return { name, datatype, shape: metadata.shape.map((size) => (typeof size === 'number' ? size : -1)) };
};

class NativeSession implements OnnxSession {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];

  constructor(
    private readonly ort: Ort,
    private readonly session: InferenceSession,
  ) {
    this.inputs = session.inputMetadata.map((metadata) => tensorOf(metadata, 'input'));
    this.outputs = session.outputMetadata.map((metadata) => tensorOf(metadata, 'output'));
  }

  async run(inputs: Tensors): Promise<Tensors> {
    const feeds: Record<string, OrtTensor> = {};
    for (const [name, tensor] of Object.entries(inputs)) {
      feeds[name] = toFeed(this.ort, tensor);
    }
    try {
      const results = await this.session.run(feeds);
      const outputs: Record<string, TensorValue> = {};
      for (const { name } of this.outputs) outputs[name] = toValue(name, results[name]);
      return outputs;
    } catch (cause) {
      throw new UpstreamFailed(`the model failed on these inputs: ${saidBy(cause)}`, { cause });
    }
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/**
 * FP16 goes in under the type of its bits: given its own, the constructor makes a Float16Array of it where there is one
 * (Node 24), and of that the native side reads nothing ("not enough space: expected 4, got 0", 1.30).
 */
const toFeed = (ort: Ort, { datatype, shape, data }: TensorValue): OrtTensor => {
  if (datatype !== 'FP16') return new ort.Tensor(ORT_TYPE[datatype], data as Float32Array, shape);
  const bits: OrtTensor = new ort.Tensor('uint16', data as Uint16Array, shape);
  return Object.defineProperty(bits, 'type', { value: ORT_TYPE.FP16 });
};

/** FP16 comes out as its bits, or as a Float16Array over them (Node 24). */
const toData = (datatype: Datatype, data: OrtTensor['data']): TensorData =>
  datatype === 'FP16' && ArrayBuffer.isView(data)
    ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / Uint16Array.BYTES_PER_ELEMENT)
    : (data as TensorData);

const toValue = (name: string, result: OrtTensor | undefined): TensorValue => {
  const datatype = result === undefined ? undefined : DATATYPE.get(result.type);
  if (result === undefined || datatype === undefined) throw new Error(`output ${name} came out as ${result?.type}`);
  return { datatype, shape: result.dims, data: toData(datatype, result.data) };
};
