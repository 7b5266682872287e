import {
  DELIMITED,
  delimited,
  fieldsOf,
  headOf,
  int64sOf,
  integerField,
  type ProtobufField,
  textField,
  textOf,
} from './protobuf-fields';

/** A graph whose outputs are all tensors, and the classes that its probabilities are of. */
export interface PlainGraph {
  readonly graph: Uint8Array;
  /** By output, in the order of its columns; only of those that were maps. */
  readonly classes: ReadonlyMap<string, PlainClasses>;
}

export interface PlainClasses {
  readonly names: readonly string[];
  /** `number`: the labels are numbers, which contender.yaml may give names to. */
  readonly labels: 'text' | 'number';
}

/** Field numbers of onnx.proto. */
const MODEL = { graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, output: 12, valueInfo: 13 } as const;
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = { name: 1, ints: 8, strings: 9 } as const;
const VALUE = { name: 1, type: 2 } as const;
const OPSET_DOMAIN = 1;
/** TypeProto.tensor_type, its element type and shape, TensorShapeProto.dim and the value of a dimension. */
const TENSOR_TYPE = 1;
const TENSOR = { elementType: 1, shape: 2 } as const;
const SHAPE_DIM = 1;
const DIM_VALUE = 1;
const FLOAT = 1;

/** More than any model has; what a hostile graph holds beyond costs no memory, and is refused for its maps. */
const MAX_MAPS = 64;
const MAX_CLASSES = 100_000;

interface ZipMap {
  readonly node: ProtobufField;
  readonly input: string;
  readonly output: string;
  readonly name: string;
  readonly classes: PlainClasses;
}

/** The text of a field: of several the last, as protobuf has it. */
const textIn = (bytes: Uint8Array, { content, end }: ProtobufField, id: number): string | undefined => {
  let last: ProtobufField | undefined;
  for (const field of fieldsOf(bytes, content, end)) {
    if (field.id === id && field.wire === DELIMITED) last = field;
  }
  return last && textOf(bytes, last);
};

/** One by one, or packed: both are in use. */
function* labelsIn(bytes: Uint8Array, field: ProtobufField, labels: PlainClasses['labels']): Generator<string> {
  if (labels === 'text' && field.id === ATTRIBUTE.strings) yield textOf(bytes, field);
  if (labels === 'number' && field.id === ATTRIBUTE.ints) for (const value of int64sOf(bytes, field)) yield `${value}`;
}

const labelsOf = (
  bytes: Uint8Array,
  { content, end }: ProtobufField,
  labels: PlainClasses['labels'],
): PlainClasses | undefined => {
  const names: string[] = [];
  for (const field of fieldsOf(bytes, content, end)) {
    for (const name of labelsIn(bytes, field, labels)) {
      if (names.push(name) > MAX_CLASSES) return undefined;
    }
  }
  return { names, labels };
};

const classesOf = (bytes: Uint8Array, node: ProtobufField): PlainClasses | undefined => {
  for (const attribute of fieldsOf(bytes, node.content, node.end)) {
    if (attribute.id !== NODE.attribute) continue;
    const name = textIn(bytes, attribute, ATTRIBUTE.name);
    if (name === 'classlabels_strings') return labelsOf(bytes, attribute, 'text');
    if (name === 'classlabels_int64s') return labelsOf(bytes, attribute, 'number');
  }
  return undefined;
};

const zipMapOf = (bytes: Uint8Array, node: ProtobufField): ZipMap | undefined => {
  const text = (id: number) => textIn(bytes, node, id);
  if (text(NODE.opType) !== 'ZipMap' || text(NODE.domain) !== 'ai.onnx.ml') return undefined;
  const [input, output] = [text(NODE.input), text(NODE.output)];
  const classes = classesOf(bytes, node);
  if (input === undefined || output === undefined || classes === undefined) return undefined;
  return { node, input, output, name: text(NODE.name) ?? '', classes };
};

/** By the output that they make; undefined for more than are taken off. */
const zipMapsOf = (bytes: Uint8Array, graph: ProtobufField): ReadonlyMap<string, ZipMap> | undefined => {
  const maps = new Map<string, ZipMap>();
  for (const field of fieldsOf(bytes, graph.content, graph.end)) {
    const map = field.id === GRAPH.node ? zipMapOf(bytes, field) : undefined;
    if (map === undefined) continue;
    // Two nodes that make one value are no graph.
    if (maps.has(map.output) || maps.size === MAX_MAPS) return undefined;
    maps.set(map.output, map);
  }
  return maps;
};

const identity = ({ input, output, name }: ZipMap): Uint8Array =>
  delimited(
    GRAPH.node,
    textField(NODE.input, input),
    textField(NODE.output, output),
    ...(name === '' ? [] : [textField(NODE.name, name)]),
    textField(NODE.opType, 'Identity'),
  );

/** A value of the output's name: floats, any number of rows by the number of classes. */
const tensorOutput = ({ output, classes }: ZipMap): Uint8Array => {
  const rows = delimited(SHAPE_DIM);
  const columns = delimited(SHAPE_DIM, integerField(DIM_VALUE, classes.names.length));
  const shape = delimited(TENSOR.shape, rows, columns);
  const type = delimited(VALUE.type, delimited(TENSOR_TYPE, integerField(TENSOR.elementType, FLOAT), shape));
  return delimited(GRAPH.output, textField(VALUE.name, output), type);
};

/** What stands between two positions instead of what stood there. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: Uint8Array;
}

const NOTHING = new Uint8Array();

/** Only maps that the graph gives out are replaced; one that it uses itself stays what it is. */
const editsOf = (bytes: Uint8Array, graph: ProtobufField, maps: ReadonlyMap<string, ZipMap>): readonly Edit[] => {
  const given = new Map<ZipMap, Edit>();
  const edits: Edit[] = [];
  for (const field of fieldsOf(bytes, graph.content, graph.end)) {
    if (field.id !== GRAPH.output && field.id !== GRAPH.valueInfo) continue;
    const map = maps.get(textIn(bytes, field, VALUE.name) ?? '');
    if (map === undefined) continue;
    const { start, end } = field;
    if (field.id === GRAPH.output) given.set(map, { start, end, by: tensorOutput(map) });
    // Says of the value that it is a sequence of maps.
    else edits.push({ start, end, by: NOTHING });
  }
  if (given.size === 0) return [];
  const nodes = [...given.keys()].map((map) => ({ start: map.node.start, end: map.node.end, by: identity(map) }));
  return [...edits, ...given.values(), ...nodes].sort((a, b) => a.start - b.start);
};

/** All but the edits is copied as it is, once. */
const spliced = (bytes: Uint8Array, graph: ProtobufField, edits: readonly Edit[]): Uint8Array => {
  const parts: Uint8Array[] = [];
  let at = graph.content;
  for (const { start, end, by } of edits) {
    parts.push(bytes.subarray(at, start), by);
    at = end;
  }
  parts.push(bytes.subarray(at, graph.end));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([
    bytes.subarray(0, graph.start),
    headOf(MODEL.graph, length),
    ...parts,
    bytes.subarray(graph.end),
  ]);
};

/** The model's only graph, where it may hold Identity: that belongs to ONNX's own operators, which a model must import. */
const graphOf = (bytes: Uint8Array): ProtobufField | undefined => {
  let graph: ProtobufField | undefined;
  let hasOwnOperators = false;
  for (const field of fieldsOf(bytes)) {
    if (field.id === MODEL.graph) {
      if (graph !== undefined) return undefined;
      graph = field;
    } else if (field.id === MODEL.opset) {
      const domain = textIn(bytes, field, OPSET_DOMAIN) ?? '';
      hasOwnOperators ||= domain === '' || domain === 'ai.onnx';
    }
  }
  return hasOwnOperators ? graph : undefined;
};

const UNCHANGED: PlainGraph['classes'] = new Map();

const replaced = (bytes: Uint8Array): PlainGraph => {
  const graph = graphOf(bytes);
  const maps = graph === undefined ? undefined : zipMapsOf(bytes, graph);
  const edits = graph === undefined || maps === undefined ? [] : editsOf(bytes, graph, maps);
  if (graph === undefined || maps === undefined || edits.length === 0) return { graph: bytes, classes: UNCHANGED };
  const taken = new Set(edits.map(({ start }) => start));
  const gone = [...maps].filter(([, { node }]) => taken.has(node.start));
  return {
    graph: spliced(bytes, graph, edits),
    classes: new Map(gone.map(([output, { classes }]) => [output, classes])),
  };
};

/**
 * A graph without ZipMap at its end, which converters add by default and ONNX Runtime for Node cannot give out: the
 * probabilities come as the tensor [N, classes] that they were before. Bytes without one, and bytes that are no ONNX model,
 * come back as they are. Source of the field numbers: onnx.proto, ONNX 1.x (Apache-2.0).
 */
export const withoutZipMap = (bytes: Uint8Array): PlainGraph => {
  const unchanged = { graph: bytes, classes: UNCHANGED };
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('ZipMap')) return unchanged;
  try {
    return replaced(bytes);
  } catch {
    // What is wrong with the bytes is for whoever loads them to say.
    return unchanged;
  }
};
