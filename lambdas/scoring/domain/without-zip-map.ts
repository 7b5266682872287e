import { Reader, Writer } from 'protobufjs/light';

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
const GRAPH = { node: 1, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = { name: 1, ints: 8, strings: 9 } as const;
const VALUE = { name: 1, type: 2 } as const;
const OPSET_DOMAIN = 1;
/** TypeProto.tensor_type, its element type and shape, TensorShapeProto.dim, and the parts of a dimension. */
const TENSOR_TYPE = 1;
const TENSOR = { elementType: 1, shape: 2 } as const;
const SHAPE_DIM = 1;
const DIM = { value: 1, parameter: 2 } as const;
const FLOAT = 1;
const LENGTH_DELIMITED = 2;

/** One field of a message: where it begins with its tag, and where its content lies. */
interface Field {
  readonly id: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

const fieldsOf = (bytes: Uint8Array, from = 0, to = bytes.length): Field[] => {
  const reader = Reader.create(bytes);
  reader.pos = from;
  const fields: Field[] = [];
  while (reader.pos < to) {
    const start = reader.pos;
    const tag = reader.uint32();
    const isDelimited = (tag & 7) === LENGTH_DELIMITED;
    const length = isDelimited ? reader.uint32() : 0;
    const content = reader.pos;
    if (isDelimited) reader.skip(length);
    else reader.skipType(tag & 7);
    if (reader.pos > to) throw new RangeError('a field ends beyond its message');
    fields.push({ id: tag >>> 3, start, content, end: reader.pos });
  }
  return fields;
};

const textAt = (bytes: Uint8Array, { content, end }: Field): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + content, end - content).toString('utf8');

const textsOf = (bytes: Uint8Array, fields: readonly Field[], id: number): string[] =>
  fields.filter((field) => field.id === id).map((field) => textAt(bytes, field));

/** Packed, or one by one: both are in use. */
const integersOf = (bytes: Uint8Array, fields: readonly Field[], id: number): string[] =>
  fields
    .filter((field) => field.id === id)
    .flatMap(({ start, content, end }) => {
      const reader = Reader.create(bytes);
      const isPacked = ((bytes[start] ?? 0) & 7) === LENGTH_DELIMITED;
      reader.pos = content;
      const values: string[] = [];
      while (reader.pos < end) values.push(String(reader.int64()));
      return isPacked ? values : values.slice(0, 1);
    });

interface ZipMap {
  readonly node: Field;
  readonly input: string;
  readonly output: string;
  readonly name: string;
  readonly classes: PlainClasses;
}

const classesOf = (bytes: Uint8Array, node: readonly Field[]): PlainClasses | undefined => {
  for (const attribute of node.filter(({ id }) => id === NODE.attribute)) {
    const fields = fieldsOf(bytes, attribute.content, attribute.end);
    const [name] = textsOf(bytes, fields, ATTRIBUTE.name);
    if (name === 'classlabels_strings') return { names: textsOf(bytes, fields, ATTRIBUTE.strings), labels: 'text' };
    if (name === 'classlabels_int64s') return { names: integersOf(bytes, fields, ATTRIBUTE.ints), labels: 'number' };
  }
  return undefined;
};

const zipMapOf = (bytes: Uint8Array, node: Field): ZipMap | undefined => {
  const fields = fieldsOf(bytes, node.content, node.end);
  const [opType] = textsOf(bytes, fields, NODE.opType);
  const [domain] = textsOf(bytes, fields, NODE.domain);
  if (opType !== 'ZipMap' || domain !== 'ai.onnx.ml') return undefined;
  const [input] = textsOf(bytes, fields, NODE.input);
  const [output] = textsOf(bytes, fields, NODE.output);
  const [name = ''] = textsOf(bytes, fields, NODE.name);
  const classes = classesOf(bytes, fields);
  if (input === undefined || output === undefined || classes === undefined) return undefined;
  return { node, input, output, name, classes };
};

const message = (id: number, content: Uint8Array): Uint8Array =>
  Writer.create()
    .uint32((id << 3) | LENGTH_DELIMITED)
    .bytes(content)
    .finish();

const text = (writer: Writer, id: number, value: string): Writer =>
  writer.uint32((id << 3) | LENGTH_DELIMITED).string(value);

const identity = ({ input, output, name }: ZipMap): Uint8Array => {
  const writer = Writer.create();
  text(writer, NODE.input, input);
  text(writer, NODE.output, output);
  if (name !== '') text(writer, NODE.name, name);
  text(writer, NODE.opType, 'Identity');
  return message(GRAPH.node, writer.finish());
};

/** A value of the output's name: floats, a row of any number for each of the classes. */
const tensorOutput = ({ output, classes }: ZipMap): Uint8Array => {
  const rows = message(SHAPE_DIM, text(Writer.create(), DIM.parameter, 'N').finish());
  const columns = message(
    SHAPE_DIM,
    Writer.create()
      .uint32(DIM.value << 3)
      .int64(classes.names.length)
      .finish(),
  );
  const shape = message(TENSOR.shape, Buffer.concat([rows, columns]));
  const elementType = Writer.create()
    .uint32(TENSOR.elementType << 3)
    .int32(FLOAT)
    .finish();
  const type = message(VALUE.type, message(TENSOR_TYPE, Buffer.concat([elementType, shape])));
  const name = text(Writer.create(), VALUE.name, output).finish();
  return message(GRAPH.output, Buffer.concat([name, type]));
};

/** The graph's bytes with its maps replaced; all else is copied as it is. */
const rewritten = (bytes: Uint8Array, fields: readonly Field[], maps: readonly ZipMap[]): Uint8Array => {
  const parts = fields.map((field): Uint8Array => {
    const asNode = maps.find(({ node }) => node === field);
    if (asNode !== undefined) return identity(asNode);
    const asOutput =
      field.id === GRAPH.output
        ? maps.find(({ output }) => output === textsOf(bytes, fieldsOf(bytes, field.content, field.end), VALUE.name)[0])
        : undefined;
    return asOutput === undefined ? bytes.subarray(field.start, field.end) : tensorOutput(asOutput);
  });
  return Buffer.concat(parts);
};

const outputNames = (bytes: Uint8Array, fields: readonly Field[]): ReadonlySet<string> =>
  new Set(
    fields
      .filter(({ id }) => id === GRAPH.output)
      .flatMap(({ content, end }) => textsOf(bytes, fieldsOf(bytes, content, end), VALUE.name)),
  );

/** Identity belongs to ONNX's own operators; a graph that does not use these cannot have one. */
const hasOwnOperators = (bytes: Uint8Array, model: readonly Field[]): boolean =>
  model
    .filter(({ id }) => id === MODEL.opset)
    .some(({ content, end }) => {
      const [domain = ''] = textsOf(bytes, fieldsOf(bytes, content, end), OPSET_DOMAIN);
      return domain === '' || domain === 'ai.onnx';
    });

const UNCHANGED: PlainGraph['classes'] = new Map();

const replaced = (bytes: Uint8Array): PlainGraph => {
  const unchanged = { graph: bytes, classes: UNCHANGED };
  const model = fieldsOf(bytes);
  const graphs = model.filter(({ id }) => id === MODEL.graph);
  const [graph] = graphs;
  if (graph === undefined || graphs.length > 1 || !hasOwnOperators(bytes, model)) return unchanged;
  const fields = fieldsOf(bytes, graph.content, graph.end);
  const outputs = outputNames(bytes, fields);
  const maps = fields
    .filter(({ id }) => id === GRAPH.node)
    .map((node) => zipMapOf(bytes, node))
    .filter((map): map is ZipMap => map !== undefined && outputs.has(map.output));
  if (maps.length === 0) return unchanged;
  const plain = message(MODEL.graph, rewritten(bytes, fields, maps));
  return {
    graph: Buffer.concat([bytes.subarray(0, graph.start), plain, bytes.subarray(graph.end)]),
    classes: new Map(maps.map(({ output, classes }) => [output, classes])),
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
