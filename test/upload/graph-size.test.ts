import { delimited, integerField, textField } from '../../lambdas/scoring/domain/protobuf-fields';
import { holdsMoreThan } from '../../lambdas/upload/domain/graph-size';
import { OnnxModel } from '../../lambdas/upload/domain/onnx-descriptor';
import { readOnnx } from '../../lambdas/upload/domain/read-onnx';

const GRAPH = 7;
const NODE = 1;
const ATTRIBUTE = 5;
const modelOf = (...graph: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([integerField(1, 8), delimited(GRAPH, ...graph)]);
const many = (count: number, field: Uint8Array): Uint8Array => Buffer.alloc(count * field.length, field);
test('fields count wherever a decoder makes something of them, and nowhere else', () => {
  const UNDECLARED = 30;
  const node = delimited(NODE, textField(3, 'n'), delimited(ATTRIBUTE, delimited(6)), textField(UNDECLARED, 'doc'));
  // The IR version, the graph, and of each node itself, its name, its attribute and the graph in that.
  const bytes = modelOf(many(10, node), textField(UNDECLARED, 'doc'));
  expect(holdsMoreThan(41, OnnxModel, bytes)).toBe(true);
  expect(holdsMoreThan(42, OnnxModel, bytes)).toBe(false);
});

test.each([
  ['nodes', many(4_000_000, delimited(NODE))],
  ['attributes of one node', delimited(NODE, many(1_000_000, delimited(ATTRIBUTE)))],
  ['graphs within an attribute', delimited(NODE, delimited(ATTRIBUTE, many(1_000_000, delimited(11))))],
])('a small file of countless empty %s is refused before it fills the memory', (_, graph) => {
  expect(() => readOnnx(modelOf(graph), 'model.onnx')).toThrow(
    'model.onnx describes a graph of more than 500000 fields',
  );
});

test('countless nodes before a broken end are not decoded to find it', () => {
  const broken = Buffer.concat([modelOf(many(4_000_000, delimited(NODE))), Uint8Array.of(0x3a, 0x7f)]);
  const decode = jest.spyOn(OnnxModel, 'decode');
  expect(() => readOnnx(broken, 'model.onnx')).toThrow('model.onnx is truncated or no ONNX file');
  expect(decode).not.toHaveBeenCalled();
});
