import { type Manifest, manifestSchema, type Tensor } from '../../lambdas/registry/contract';
import { toHalf } from '../../lambdas/scoring/domain/half-precision';
import { interpretOutputs } from '../../lambdas/scoring/domain/interpret-outputs';
import { outputReadingOf } from '../../lambdas/scoring/domain/output-reading';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';

const LABEL: Tensor = { name: 'label', datatype: 'INT64', shape: [-1] };
const NAMES: Tensor = { name: 'label', datatype: 'BYTES', shape: [1] };
const probabilities = (columns: number): Tensor => ({ name: 'p', datatype: 'FP32', shape: [-1, columns] });
const VALUE: Tensor = { name: 'value', datatype: 'FP64', shape: [-1, 1] };

const version = (outputs: Tensor[], manifest: Partial<Manifest> | unknown = {}) => ({
  signature: { outputs },
  manifest: manifestSchema.parse(manifest),
});
const ints = (...data: number[]) =>
  ({ datatype: 'INT64', shape: [data.length], data: BigInt64Array.from(data, BigInt) }) as const;
const floats = (columns: number, ...data: number[]) =>
  ({ datatype: 'FP32', shape: [data.length / columns, columns], data: Float32Array.from(data) }) as const;
const halves = (columns: number, ...data: number[]) =>
  ({ datatype: 'FP16', shape: [data.length / columns, columns], data: Uint16Array.from(data, toHalf) }) as const;
const texts = (...data: string[]) => ({ datatype: 'BYTES', shape: [data.length], data }) as const;
const klass = (index: number, score?: number) => ({
  prediction: { kind: 'class', index },
  ...(score === undefined ? {} : { score }),
});

test.each<[string, ReturnType<typeof version>, Tensors, number, unknown]>([
  [
    'two classes without a manifest: probability of the second, threshold one half',
    version([LABEL, probabilities(2)]),
    { label: ints(1, 0), p: floats(2, 0.75, 0.25, 0.5, 0.5) },
    2,
    [klass(0, 0.25), klass(1, 0.5)],
  ],
  [
    'a declared threshold moves the decision',
    version([LABEL, probabilities(2)], { output: { threshold: 0.25 } }),
    { label: ints(0), p: floats(2, 0.75, 0.25) },
    1,
    [klass(1, 0.25)],
  ],
  [
    'a declared label tensor decides, whatever the threshold',
    version([LABEL, probabilities(2)], { output: { label: { tensor: 'label' }, threshold: 0.25 } }),
    { label: ints(0), p: floats(2, 0.75, 0.25) },
    1,
    [klass(0, 0.25)],
  ],
  [
    'half precision holds numbers, not bits',
    version([LABEL, { ...probabilities(2), datatype: 'FP16' }]),
    { label: ints(0, 1), p: halves(2, 0.75, 0.25, 0.5, 0.5) },
    2,
    [klass(0, 0.25), klass(1, 0.5)],
  ],
  [
    'the positive class may be the first',
    version([probabilities(2)], { output: { classes: ['bad', 'good'], positive: 'bad' } }),
    { p: floats(2, 0.75, 0.25) },
    1,
    [klass(0, 0.75)],
  ],
  [
    'one probability column is the positive class’s, whatever its index',
    version([probabilities(1)], { task: 'binary-classification' }),
    { p: floats(1, 0.75, 0.25) },
    2,
    [klass(1, 0.75), klass(0, 0.25)],
  ],
  [
    'logits become probabilities',
    version([probabilities(1)], { task: 'binary-classification', output: { score: { tensor: 'p', kind: 'logit' } } }),
    { p: floats(1, 0) },
    1,
    [klass(1, 0.5)],
  ],
  [
    'names of classes are looked up, and a label alone has no score',
    version([NAMES], { output: { classes: ['repaid', 'defaulted'], label: { tensor: 'label' } } }),
    { label: texts('defaulted', 'repaid') },
    2,
    [klass(1), klass(0)],
  ],
  [
    'numeric class names are looked up as names',
    version([LABEL], { output: { classes: [10, 20, 30] } }),
    { label: ints(30, 10) },
    2,
    [klass(2), klass(0)],
  ],
  [
    'numeric labels of named classes are positions',
    version([LABEL, probabilities(2)], { output: { classes: ['no', 'yes'], label: { tensor: 'label' } } }),
    { label: ints(1), p: floats(2, 0.25, 0.75) },
    1,
    [klass(1, 0.75)],
  ],
  [
    'three classes: highest probability',
    version([probabilities(3)], { output: { classes: ['a', 'b', 'c'] } }),
    { p: floats(3, 0.25, 0.25, 0.5, 0.5, 0.25, 0.25) },
    2,
    [klass(2, 0.5), klass(0, 0.5)],
  ],
  [
    'three classes: the label decides and its probability is the score',
    version([LABEL, probabilities(3)]),
    { label: ints(1), p: floats(3, 0.5, 0.25, 0.25) },
    1,
    [klass(1, 0.25)],
  ],
  [
    'logits of equal height share the probability',
    version([probabilities(4)], {
      task: 'multiclass-classification',
      output: { score: { tensor: 'p', kind: 'logit' } },
    }),
    { p: floats(4, 2, 2, 2, 2) },
    1,
    [klass(0, 0.25)],
  ],
  [
    'a number is its own prediction',
    version([VALUE]),
    { value: { datatype: 'FP64', shape: [2, 1], data: Float64Array.of(1.5, -2) } },
    2,
    [{ prediction: { kind: 'value', value: 1.5 } }, { prediction: { kind: 'value', value: -2 } }],
  ],
  [
    'a regression may give whole numbers',
    version([LABEL], { task: 'regression' }),
    { label: ints(7) },
    1,
    [{ prediction: { kind: 'value', value: 7 } }],
  ],
])('%s', (_, declaration, outputs, rows, expected) => {
  expect(interpretOutputs(outputs, declaration, rows)).toEqual(expected);
});

test.each<[string, ReturnType<typeof version>, RegExp]>([
  [
    'a score tensor that is none',
    version([VALUE], { output: { score: { tensor: 'x', kind: 'value' } } }),
    /outputs are value/,
  ],
  ['class names that nobody listed', version([NAMES]), /output\.classes/],
  ['several floats without a task', version([probabilities(3)]), /set task/],
  [
    'three classes for a binary task',
    version([probabilities(3)], { task: 'binary-classification', output: { classes: ['a', 'b', 'c'] } }),
    /two output\.classes; given 3/,
  ],
  [
    'a positive class that is none',
    version([probabilities(2)], { output: { classes: ['a', 'b'], positive: 'c' } }),
    /none of the classes a, b/,
  ],
  ['strings for a regression', version([NAMES], { task: 'regression' }), /no output holds numbers/],
])('a manifest is refused with %s', (_, declaration, message) => {
  expect(() => outputReadingOf(declaration)).toThrow(
    expect.objectContaining({ code: 'invalid-input', message: expect.stringMatching(message) }),
  );
});

test.each<[string, ReturnType<typeof version>, Tensors, RegExp]>([
  ['NaN', version([VALUE]), { value: floats(1, Number.NaN) }, /value holds NaN in row 0, column 0/],
  [
    'infinity',
    version([LABEL, probabilities(2)]),
    { p: floats(2, 0, Number.POSITIVE_INFINITY) },
    /Infinity in row 0, column 1/,
  ],
  ['a missing output', version([VALUE]), {}, /gave no output value/],
  [
    'infinity in half precision',
    version([{ ...VALUE, datatype: 'FP16' }]),
    { value: halves(1, Number.POSITIVE_INFINITY, 0) },
    /value holds Infinity in row 0, column 0/,
  ],
  [
    'half a row',
    version([VALUE]),
    { value: { datatype: 'FP32', shape: [3], data: new Float32Array(3) } },
    /does not divide into 2 rows/,
  ],
  [
    'an unknown class',
    version([NAMES], { output: { classes: ['a', 'b'] } }),
    { label: texts('a', 'z') },
    /holds z, which is not one of the classes a, b/,
  ],
  [
    'a class index out of range',
    version([LABEL], { output: { classes: ['a', 'b'] } }),
    { label: ints(0, 2) },
    /holds 2/,
  ],
  ['two numbers a row', version([VALUE]), { value: floats(2, 1, 2, 3, 4) }, /set output\.score\.column/],
])('outputs with %s are an error of the model', (_, declaration, outputs, message) => {
  const rows = declaration.signature.outputs[0] === VALUE && outputs.value?.data.length === 1 ? 1 : 2;
  const actual = outputs.p ? 1 : rows;
  expect(() => interpretOutputs(outputs, declaration, actual)).toThrow(
    expect.objectContaining({ code: 'upstream-failed', message: expect.stringMatching(message) }),
  );
});
