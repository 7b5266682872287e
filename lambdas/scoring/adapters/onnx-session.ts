import type { InferenceSession } from 'onnxruntime-node';
import type { Binding } from 'onnxruntime-node/dist/binding';
import { InvalidInput, Unsupported, UpstreamFailed } from '../../kernel/errors';
import type { Datatype, Tensor } from '../../registry/contract';
import { ONNX_DATATYPES } from '../domain/onnx-elements';
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

const RUN_OPTIONS: InferenceSession.RunOptions = {};

interface Runtime {
  readonly ort: Ort;
  /** Its session as it is, which runs at once: the one in front of it waits a turn of the event loop before every run. */
  readonly native: typeof import('onnxruntime-node/dist/binding')['binding'];
}

let runtime: Runtime | undefined;

/** Native code is loaded with the first session, not with the module. */
const loadRuntime = (): Runtime => {
  if (runtime === undefined) {
    const ort = require('onnxruntime-node') as Ort;
    const { binding, initOrt } =
      require('onnxruntime-node/dist/binding') as typeof import('onnxruntime-node/dist/binding');
    ort.env.logLevel = 'error';
    initOrt();
    runtime = { ort, native: binding };
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
  const { ort, native } = loadRuntime();
  const session = new native.InferenceSession();
  load(session, withoutZipMap(graph).graph, sessionOptions(options.threads));
  try {
    return new NativeSession(ort, session);
  } catch (error) {
    session.dispose();
    throw error;
  }
};

const load = (
  session: Binding.InferenceSession,
  { buffer, byteOffset, byteLength }: Uint8Array,
  settings: InferenceSession.SessionOptions,
): void => {
  try {
    // A graph is read from a file or a body, never from memory that threads share.
    session.loadModel(buffer as ArrayBuffer, byteOffset, byteLength, settings);
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

const tensorOf = ({ name, isTensor, type, shape }: Binding.ValueMetadata, side: 'input' | 'output'): Tensor => {
  if (!isTensor) {
    throw new Unsupported(
      `${side} ${name} is a sequence or map, not a tensor; export with zipmap off (skl2onnx: options={id(model): {"zipmap": False}})`,
    );
  }
  const datatype = ONNX_DATATYPES[type];
  if (datatype === undefined) {
    throw new Unsupported(
      `${side} ${name} is of ONNX's element type ${type}, which is not scored; convert it to float (FP32)`,
    );
  }
  return { name, datatype, shape: [...shape] };
};

class NativeSession implements OnnxSession {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** All of the outputs, made anew by each run. */
  private readonly fetches: Readonly<Record<string, null>>;

  constructor(
    private readonly ort: Ort,
    private readonly session: Binding.InferenceSession,
  ) {
    this.inputs = session.inputMetadata.map((metadata) => tensorOf(metadata, 'input'));
    this.outputs = session.outputMetadata.map((metadata) => tensorOf(metadata, 'output'));
    this.fetches = Object.fromEntries(this.outputs.map(({ name }) => [name, null]));
  }

  async run(inputs: Tensors): Promise<Tensors> {
    const feeds: Record<string, OrtTensor> = {};
    for (const name of Object.keys(inputs)) feeds[name] = toFeed(this.ort, inputs[name] as TensorValue);
    try {
      // Every output was found to be a tensor when the graph was loaded.
      const results = this.session.run(feeds, this.fetches, RUN_OPTIONS) as Record<string, OrtTensor>;
      const outputs: Record<string, TensorValue> = {};
      for (const output of this.outputs) outputs[output.name] = toValue(output, results[output.name]);
      return outputs;
    } catch (cause) {
      throw new UpstreamFailed(`the model failed on these inputs: ${saidBy(cause)}`, { cause });
    }
  }

  async release(): Promise<void> {
    this.session.dispose();
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

const toValue = ({ name, datatype }: Tensor, result: OrtTensor | undefined): TensorValue => {
  if (result === undefined) throw new Error(`output ${name} did not come out`);
  return { datatype, shape: result.dims, data: toData(datatype, result.data) };
};
