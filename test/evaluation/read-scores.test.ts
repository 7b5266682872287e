import { PredictionCollector, readingOf } from '../../lambdas/evaluation/domain/predictions';
import { manifestSchema, type Tensor } from '../../lambdas/registry/contract';
import { toHalf } from '../../lambdas/scoring/domain/half-precision';

test('probabilities in half precision are judged as the numbers that they are', () => {
  const output: Tensor = { name: 'p', datatype: 'FP16', shape: [-1, 3] };
  const classes = ['low', 'middle', 'high'];
  const reading = readingOf([output], manifestSchema.parse({ output: { classes } }));
  const collector = new PredictionCollector(reading, 2);
  const values = [0.125, 0.625, 0.25, 0.5, 0.375, 0.125];
  const p = { datatype: 'FP16', shape: [2, 3], data: Uint16Array.from(values, toHalf) } as const;
  collector.add({ p }, 0, 2, 'rows 1 and 2');
  expect(collector.finish()).toEqual({
    kind: 'classes',
    index: Int32Array.of(1, 0),
    positive: undefined,
    probabilities: { classes: 3, values: Float64Array.from(values) },
  });
});

const collectorOf = (width: number, kind: 'probability' | 'logit', classes = 3) => {
  const output: Tensor = { name: 'p', datatype: 'FP32', shape: [-1, width] };
  const names = ['low', 'middle', 'high'].slice(0, classes);
  const task = classes === 2 ? 'binary-classification' : 'multiclass-classification';
  const manifest = manifestSchema.parse({ task, output: { classes: names, score: { tensor: 'p', kind } } });
  return new PredictionCollector(readingOf([output], manifest), 1);
};
const collect = (values: readonly number[], kind: 'probability' | 'logit' = 'probability', classes = 3) => {
  const collector = collectorOf(values.length, kind, classes);
  collector.add({ p: { datatype: 'FP32', shape: [1, values.length], data: Float32Array.from(values) } }, 0, 1, 'row 1');
  return collector.finish();
};

test.each([
  ['NaN', [Number.NaN, 0.5, 0.5], 'probability', 3, /NaN/],
  ['NaN among logits', [Number.NaN, 0.5, 0.5], 'logit', 3, /NaN/],
  ['an endless logit', [Number.POSITIVE_INFINITY, 0.5, 0.5], 'logit', 3, /Infinity/],
  ['NaN for two classes', [Number.NaN], 'probability', 2, /NaN/],
  ['more than 1', [1.2, 0.1, 0.1], 'probability', 3, /which is no probability; set output\.score\.kind: logit/],
  ['less than 0', [-0.2], 'probability', 2, /which is no probability/],
  [
    'a row that sums to 1.7',
    [0.9, 0.5, 0.3],
    'probability',
    3,
    /the 3 probabilities of a row .* sum to 1\.7 and not to 1/,
  ],
  ['a row of nothing', [0, 0, 0], 'probability', 3, /sum to 0 and not to 1/],
] as const)('%s is no score, and the rows are named', (_, values, kind, classes, message) => {
  expect(() => collect(values, kind, classes)).toThrow(
    expect.objectContaining({
      rejection: {
        code: 'outputs-unreadable',
        message: expect.stringMatching(new RegExp(`${message.source}.*\\(row 1\\)`)),
      },
    }),
  );
});

test('what float32 leaves beyond [0,1] or 1 is let through, clipped', () => {
  expect(collect([1.00005], 'probability', 2)).toMatchObject({ positive: Float64Array.of(1) });
  expect(collect([0.5, 0.3, 0.2009])).toMatchObject({ index: Int32Array.of(0) });
});
