import { Root, type Type } from 'protobufjs/light';

const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' as const });

/**
 * The part of onnx.proto (ONNX 1.x, Apache-2.0) that registration reads. Tensor bytes are not declared, so the decoder
 * skips them: a graph of hundreds of megabytes costs no copy.
 */
const onnx = Root.fromJSON({
  nested: {
    Entry: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
    Opset: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    Model: {
      fields: {
        irVersion: field(1, 'int64'),
        producer: field(2, 'string'),
        graph: field(7, 'Graph'),
        opsets: repeated(8, 'Opset'),
        functions: repeated(25, 'Function'),
      },
    },
    Graph: {
      fields: {
        nodes: repeated(1, 'Node'),
        initializers: repeated(5, 'Tensor'),
        inputs: repeated(11, 'ValueInfo'),
        outputs: repeated(12, 'ValueInfo'),
        sparse: repeated(15, 'SparseTensor'),
      },
    },
    Function: { fields: { nodes: repeated(7, 'Node'), defaults: repeated(11, 'Attribute') } },
    Node: { fields: { name: field(3, 'string'), opType: field(4, 'string'), attributes: repeated(5, 'Attribute') } },
    Attribute: {
      fields: {
        tensor: field(5, 'Tensor'),
        graph: field(6, 'Graph'),
        tensors: repeated(10, 'Tensor'),
        graphs: repeated(11, 'Graph'),
        sparse: field(22, 'SparseTensor'),
        sparses: repeated(23, 'SparseTensor'),
      },
    },
    Tensor: {
      fields: { name: field(8, 'string'), externalData: repeated(13, 'Entry'), dataLocation: field(14, 'int32') },
    },
    SparseTensor: { fields: { values: field(1, 'Tensor'), indices: field(2, 'Tensor') } },
    ValueInfo: { fields: { name: field(1, 'string'), type: field(2, 'ValueType') } },
    ValueType: {
      fields: {
        tensor: field(1, 'TensorType'),
        sequence: field(4, 'Opaque'),
        map: field(5, 'Opaque'),
        optional: field(9, 'Opaque'),
      },
    },
    TensorType: { fields: { elementType: field(1, 'int32'), shape: field(2, 'Shape') } },
    Shape: { fields: { dims: repeated(1, 'Dim') } },
    Dim: { fields: { value: field(1, 'int64'), parameter: field(2, 'string') } },
    Opaque: { fields: {} },
  },
});

export const OnnxModel: Type = onnx.lookupType('Model');

interface OnnxTensor {
  readonly name: string;
  readonly externalData: ReadonlyArray<{ readonly key: string; readonly value: string }>;
  readonly dataLocation: number;
}

interface OnnxSparseTensor {
  readonly values?: OnnxTensor;
  readonly indices?: OnnxTensor;
}

interface OnnxAttribute {
  readonly tensor?: OnnxTensor;
  readonly graph?: OnnxGraph;
  readonly tensors: readonly OnnxTensor[];
  readonly graphs: readonly OnnxGraph[];
  readonly sparse?: OnnxSparseTensor;
  readonly sparses: readonly OnnxSparseTensor[];
}

interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly attributes: readonly OnnxAttribute[];
}

export interface OnnxFunction {
  readonly nodes: readonly OnnxNode[];
  readonly defaults: readonly OnnxAttribute[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly sparse: readonly OnnxSparseTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxValue {
  readonly name: string;
  readonly type?: {
    readonly tensor?: {
      readonly elementType: number;
      readonly shape?: { readonly dims: ReadonlyArray<{ readonly value?: number; readonly parameter?: string }> };
    };
    readonly sequence?: unknown;
    readonly map?: unknown;
  };
}

const ofSparse = ({ values, indices }: OnnxSparseTensor): OnnxTensor[] => [
  ...(values ? [values] : []),
  ...(indices ? [indices] : []),
];

const ofAttribute = (attribute: OnnxAttribute): OnnxTensor[] => [
  ...(attribute.tensor ? [attribute.tensor] : []),
  ...attribute.tensors,
  ...[...(attribute.sparse ? [attribute.sparse] : []), ...attribute.sparses].flatMap(ofSparse),
  ...[...(attribute.graph ? [attribute.graph] : []), ...attribute.graphs].flatMap(tensorsOf),
];

/** Every tensor of a graph and of the graphs nested in it. */
export const tensorsOf = (graph: OnnxGraph): OnnxTensor[] => [
  ...graph.initializers,
  ...graph.sparse.flatMap(ofSparse),
  ...graph.nodes.flatMap((node) => node.attributes.flatMap(ofAttribute)),
];

/** Every tensor of a model's own operators. */
export const tensorsOfFunction = ({ nodes, defaults }: OnnxFunction): OnnxTensor[] =>
  [...nodes.flatMap((node) => node.attributes), ...defaults].flatMap(ofAttribute);
