import type { Scored } from '../../lambdas/predictions/contract';
import { manifestSchema } from '../../lambdas/registry/contract';
import { encodePredictions } from '../../lambdas/scoring/domain/encode-predictions';
import type { Tensors, TensorValue } from '../../lambdas/scoring/domain/tensor';

const OUTPUTS: Tensors = {
  label: { datatype: 'INT64', shape: [2], data: BigInt64Array.of(1n, 0n) },
  probabilities: { datatype: 'FP32', shape: [2, 2], data: Float32Array.of(0.25, 0.75, 1, 0) },
};
const SCORED: Scored[] = [
  { prediction: { kind: 'class', index: 1 }, score: 0.75 },
  { prediction: { kind: 'class', index: 0 }, score: 0 },
];
const VALUES: Scored[] = [{ prediction: { kind: 'value', value: 1.5 } }, { prediction: { kind: 'value', value: -2 } }];

interface Given {
  readonly output?: object;
  readonly outputs?: Tensors;
  readonly scored?: readonly Scored[] | undefined;
  readonly predictionIds?: readonly string[];
}

const encode = ({ output, outputs = OUTPUTS, scored, predictionIds = [] }: Given): string =>
  encodePredictions({
    outputs,
    rows: 2,
    scored,
    output: manifestSchema.parse(output === undefined ? {} : { output }).output,
    names: Object.keys(outputs),
    predictionIds,
  });

const CLASSES = ['repaid', 'defaulted'];

test.each<[string, Given, unknown]>([
  [
    'all outputs, without respond',
    { scored: SCORED },
    [
      { label: 1, probabilities: [0.25, 0.75] },
      { label: 0, probabilities: [1, 0] },
    ],
  ],
  [
    'plain values of the only output',
    { outputs: { y: { datatype: 'FP64', shape: [2, 1], data: Float64Array.of(1, 2) } } },
    [1, 2],
  ],
  [
    'class names and scores in the order of respond',
    { output: { classes: CLASSES, respond: ['score', 'label'] }, scored: SCORED },
    [
      { score: 0.75, label: 'defaulted' },
      { score: 0, label: 'repaid' },
    ],
  ],
  [
    'a plain list for one name',
    { output: { classes: CLASSES, respond: ['label'] }, scored: SCORED },
    ['defaulted', 'repaid'],
  ],
  ['class positions where nobody named them', { output: { respond: ['label'] }, scored: SCORED }, [1, 0]],
  [
    'the raw label where it is declared and nobody named the classes',
    {
      output: { label: { tensor: 'flag' }, respond: ['label'] },
      outputs: { flag: { datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) } },
      scored: SCORED,
    },
    [true, false],
  ],
  ['numbers as their own score', { output: { respond: ['score'] }, scored: VALUES }, [1.5, -2]],
  ['numbers as their own label', { output: { respond: ['label'] }, scored: VALUES }, [1.5, -2]],
  [
    'null for a score that there is not',
    { output: { respond: ['score'] }, scored: [{ prediction: { kind: 'class', index: 1 } }, SCORED[1] as Scored] },
    [null, 0],
  ],
  [
    'raw rows of other outputs',
    { output: { classes: CLASSES, respond: ['label', 'probabilities'] }, scored: SCORED },
    [
      { label: 'defaulted', probabilities: [0.25, 0.75] },
      { label: 'repaid', probabilities: [1, 0] },
    ],
  ],
  [
    'raw rows of what is declared, where outputs mean no prediction',
    { output: { score: { tensor: 'probabilities', kind: 'probability' }, respond: ['score'] } },
    [
      [0.25, 0.75],
      [1, 0],
    ],
  ],
])('predictions are %s', (_, given, predictions) => {
  expect(JSON.parse(encode(given))).toEqual({ predictions });
});

test.each<[string, TensorValue, string]>([
  [
    'every digit of 64-bit integers',
    { datatype: 'INT64', shape: [2], data: BigInt64Array.of(2n ** 63n - 1n, -1n) },
    '[9223372036854775807,-1]',
  ],
  [
    'null for what is not finite',
    { datatype: 'FP32', shape: [2], data: Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY) },
    '[null,null]',
  ],
  ['half precision as numbers', { datatype: 'FP16', shape: [2], data: Uint16Array.of(0x3c00, 0x7c00) }, '[1,null]'],
  ['strings with their quotes', { datatype: 'BYTES', shape: [2], data: ['a"b', 'ü\n'] }, '["a\\"b","ü\\n"]'],
  ['nested rows', { datatype: 'UINT8', shape: [2, 2, 1], data: Uint8Array.of(1, 2, 3, 4) }, '[[[1],[2]],[[3],[4]]]'],
  [
    'rows by the real size, not by the declared shape',
    { datatype: 'UINT8', shape: [4], data: Uint8Array.of(1, 2, 3, 4) },
    '[[1,2],[3,4]]',
  ],
  ['empty rows', { datatype: 'UINT8', shape: [2, 0], data: new Uint8Array(0) }, '[[],[]]'],
])('an output goes with %s', (_, y, predictions) => {
  expect(encode({ outputs: { y } })).toBe(`{"predictions":${predictions}}`);
});

test('prediction ids lie beside the predictions', () => {
  expect(JSON.parse(encode({ output: { respond: ['score'] }, scored: SCORED, predictionIds: ['a_', 'b-'] }))).toEqual({
    predictions: [0.75, 0],
    prediction_ids: ['a_', 'b-'],
  });
});

const failed = (message: RegExp) =>
  expect.objectContaining({ code: 'upstream-failed', message: expect.stringMatching(message) });

test('an output that is no row each is an error that names it', () => {
  const y: TensorValue = { datatype: 'FP32', shape: [3], data: Float32Array.of(1, 2, 3) };
  expect(() => encode({ outputs: { y } })).toThrow(failed(/output y has shape \[3\], .*2 rows; leave it out/));
});

test('a name that stands for nothing is an error that says what to correct', () => {
  expect(() => encode({ output: { respond: ['risk'] } })).toThrow(
    failed(/output.respond names risk, .*label, probabilities/),
  );
  expect(() => encode({ output: { respond: ['score'] } })).toThrow(failed(/output.respond names score/));
});
