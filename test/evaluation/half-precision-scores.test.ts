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
