import { posix } from 'node:path';
import type { Tensor } from '../../registry/contract';
import { ONNX_DATATYPES } from '../../scoring/domain/onnx-elements';
import { type PlainGraph, withoutZipMap } from '../../scoring/domain/without-zip-map';
import { holdsMoreThan } from './graph-size';
import {
  type OnnxFunction,
  type OnnxGraph,
  OnnxModel,
  type OnnxValue,
  tensorsOf,
  tensorsOfFunction,
} from './onnx-descriptor';
import { UploadRejected } from './rejected';

/** What registration needs to know of a graph before anything runs it. */
export interface OnnxFacts {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Classes that the graph itself gives its probabilities, by output. */
  readonly classes: PlainGraph['classes'];
  /** Files beside the graph that hold its tensors, by path within the upload. */
  readonly externalFiles: readonly string[];
}

/** TensorProto.DataLocation.EXTERNAL */
const EXTERNAL = 1;

interface Decoded {
  readonly graph: OnnxGraph;
  readonly functions: readonly OnnxFunction[];
}

/**
 * Fields of a graph that are decoded, at most: each becomes an object or a string, of which the function has memory for
 * this many. Graphs of trees keep theirs in a few long attributes; others have some ten fields a node.
 */
const MAX_FIELDS = 500_000;

const decode = (bytes: Uint8Array, file: string): Decoded => {
  const whole = <T>(read: () => T): T => {
    try {
      return read();
    } catch {
      throw new UploadRejected(
        'not-onnx',
        `${file} is truncated or no ONNX file: its ${bytes.length} bytes are no ONNX model; export it again and upload it whole`,
      );
    }
  };
  if (whole(() => holdsMoreThan(MAX_FIELDS, OnnxModel, bytes)))
    throw new UploadRejected(
      'unsupported-graph',
      `${file} describes a graph of more than ${MAX_FIELDS} fields, in nodes, attributes and names; export a smaller one, without unrolled loops`,
    );
  const model = whole(() => OnnxModel.toObject(OnnxModel.decode(bytes), { arrays: true, longs: Number }));
  if (model.graph && Number(model.irVersion) > 0) return model as Decoded;
  throw new UploadRejected(
    'not-onnx',
    `${file} is no ONNX file: it holds no graph; export the model to ONNX and upload that`,
  );
};

const tensorOf = (value: OnnxValue, file: string, role: 'input' | 'output'): Tensor => {
  if (value.type?.sequence || value.type?.map) {
    throw new UploadRejected(
      'unsupported-graph',
      `${role} "${value.name}" of ${file} is a sequence or map; export the model with zipmap off, so that probabilities are a tensor`,
    );
  }
  const datatype = ONNX_DATATYPES[value.type?.tensor?.elementType ?? 0];
  if (!datatype)
    throw new UploadRejected(
      'unsupported-graph',
      `${role} "${value.name}" of ${file} has an element type that no protocol carries; use numbers, booleans or strings`,
    );
  const dims = value.type?.tensor?.shape?.dims ?? [];
  return {
    name: value.name,
    datatype,
    shape: dims.map((dim) => (dim.value !== undefined && dim.value > 0 && !dim.parameter ? dim.value : -1)),
  };
};

/** Every location counts that a tensor names: of several, a runtime takes the last. */
const externalFilesOf = ({ graph, functions }: Decoded, file: string): string[] => {
  const locations = [...tensorsOf(graph), ...functions.flatMap(tensorsOfFunction)]
    .filter((tensor) => tensor.dataLocation === EXTERNAL)
    .flatMap((tensor) => {
      const named = tensor.externalData.filter((entry) => entry.key === 'location').map((entry) => entry.value ?? '');
      return named.length > 0 ? named : [''];
    });
  const folder = posix.dirname(file);
  return [...new Set(locations)].map((location) => {
    const path = posix.normalize(posix.join(folder, location));
    if (location === '' || posix.isAbsolute(location) || /^[A-Za-z]:|\\/.test(location) || path.startsWith('..')) {
      throw new UploadRejected(
        'external-data-outside',
        `${file} keeps tensors in "${location}", outside its own folder; save the external data beside the model, or inside it`,
      );
    }
    return path;
  });
};

/**
 * Reads a graph's inputs, outputs and external files without running it. Initializers that double as inputs are none.
 * @throws UploadRejected
 */
export const readOnnx = (bytes: Uint8Array, file: string): OnnxFacts => {
  const plain = withoutZipMap(bytes);
  const model = decode(plain.graph, file);
  const { graph } = model;
  const constants = new Set(graph.initializers.map((tensor) => tensor.name));
  const inputs = graph.inputs
    .filter((value) => !constants.has(value.name))
    .map((value) => tensorOf(value, file, 'input'));
  const outputs = graph.outputs.map((value) => tensorOf(value, file, 'output'));
  if (inputs.length === 0 || outputs.length === 0)
    throw new UploadRejected(
      'unsupported-graph',
      `${file} has no ${inputs.length === 0 ? 'input' : 'output'}; a model needs both`,
    );
  return { inputs, outputs, classes: plain.classes, externalFiles: externalFilesOf(model, file) };
};
