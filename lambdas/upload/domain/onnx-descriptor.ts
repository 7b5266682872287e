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
      },
    },
    Graph: {
      fields: {
        nodes: repeated(1, 'Node'),
        initializers: repeated(5, 'Tensor'),
        inputs: repeated(11, 'ValueInfo'),
        outputs: repeated(12, 'ValueInfo'),
      },
    },
    Node: { fields: { name: field(3, 'string'), opType: field(4, 'string'), attributes: repeated(5, 'Attribute') } },
    Attribute: {
      fields: {
        tensor: field(5, 'Tensor'),
        graph: field(6, 'Graph'),
        tensors: repeated(10, 'Tensor'),
        graphs: repeated(11, 'Graph'),
      },
    },
    Tensor: {
      fields: { name: field(8, 'string'), externalData: repeated(13, 'Entry'), dataLocation: field(14, 'int32') },
    },
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

export interface OnnxGraph {
  readonly nodes: ReadonlyArray<{
    readonly name: string;
    readonly opType: string;
    readonly attributes: ReadonlyArray<{
      tensor?: OnnxTensor;
      graph?: OnnxGraph;
      tensors: readonly OnnxTensor[];
      graphs: readonly OnnxGraph[];
    }>;
  }>;
  readonly initializers: readonly OnnxTensor[];
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

/** Every tensor of a graph and of the graphs nested in it. */
export const tensorsOf = (graph: OnnxGraph): OnnxTensor[] => [
  ...graph.initializers,
  ...graph.nodes.flatMap((node) =>
    node.attributes.flatMap((attribute) => [
      ...(attribute.tensor ? [attribute.tensor] : []),
      ...attribute.tensors,
      ...[...(attribute.graph ? [attribute.graph] : []), ...attribute.graphs].flatMap(tensorsOf),
    ]),
  ),
];
