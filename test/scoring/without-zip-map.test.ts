import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { manifestSchema } from '../../lambdas/registry/contract';
import { loadOnnxSession } from '../../lambdas/scoring/adapters/onnx-session';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';
import { withoutZipMap } from '../../lambdas/scoring/domain/without-zip-map';
import { acceptOnnx } from '../../lambdas/upload/domain/accept-upload';
import { fixtureGraph } from './versions';

const load = (name: string) => loadOnnxSession(fixtureGraph(name), { threads: 1 });
const rows: Tensors = {
  X: { datatype: 'FP32', shape: [3, 4], data: Float32Array.of(1, 2, 3, 4, -3, 1, 0, 2, 0, 0, 0, 0) },
};
const PROBABILITIES = 'output_probability';

test.each(['texts', 'numbers'])('a model of %s scores with ZipMap as it does without', async (labels) => {
  const [mapped, plain] = await Promise.all([load(`zipmap-${labels}`), load(`plain-${labels}`)]);
  expect(mapped.outputs).toEqual([
    expect.objectContaining({ name: 'output_label' }),
    { name: PROBABILITIES, datatype: 'FP32', shape: [-1, 3] },
  ]);
  const [a, b] = [await mapped.run(rows), await plain.run(rows)];
  expect(a.output_label).toEqual(b.label);
  expect(a[PROBABILITIES]).toEqual(b.probabilities);
});

test('the classes are those of the map, in its order', () => {
  const classesOf = (name: string) => withoutZipMap(fixtureGraph(name)).classes.get(PROBABILITIES);
  expect(classesOf('zipmap-texts')).toEqual({ names: ['high', 'low', 'middle'], labels: 'text' });
  expect(classesOf('zipmap-numbers')).toEqual({ names: ['-1', '0', '1'], labels: 'number' });
});

test('a graph without a map is the same bytes, uncopied, and what comes out is the same every time', () => {
  const plain = fixtureGraph('plain-texts');
  expect(withoutZipMap(plain).graph).toBe(plain);
  const mapped = fixtureGraph('zipmap-texts');
  const [first, second] = [withoutZipMap(mapped).graph, withoutZipMap(mapped).graph];
  expect(Buffer.compare(first, second)).toBe(0);
  expect(withoutZipMap(first).graph).toBe(first);
  expect(mapped.equals(fixtureGraph('zipmap-texts'))).toBe(true);
});

test('bytes cut off or altered anywhere never break it', () => {
  const whole = fixtureGraph('zipmap-texts');
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (end, at, byte) => {
      const bytes = Buffer.from(whole.subarray(0, end));
      if (at < end) bytes[at] = byte;
      expect(withoutZipMap(bytes).graph.length).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 2000 },
  );
});

const manifest = (output: object | undefined) => manifestSchema.parse(output ? { output } : {});
const classesOf = (name: string, output?: object) =>
  acceptOnnx(manifest(output), 'model.onnx', fixtureGraph(name)).manifest.output?.classes;

test('classes that contender.yaml does not name are read from the map', () => {
  expect(classesOf('zipmap-texts')).toEqual(['high', 'low', 'middle']);
  expect(classesOf('zipmap-numbers')).toEqual(['-1', '0', '1']);
  expect(classesOf('plain-texts')).toBeUndefined();
});

test('numbers may be given names, texts may not be given others', () => {
  expect(classesOf('zipmap-numbers', { classes: ['low', 'middle', 'high'] })).toEqual(['low', 'middle', 'high']);
  const order = ['low', 'middle', 'high'];
  expect(() => classesOf('zipmap-texts', { classes: order })).toThrow(/order \[high, low, middle\]; write that/);
  expect(() => classesOf('zipmap-numbers', { classes: ['low', 'high'] })).toThrow(/output\.classes: \[low, high\]/);
});

test('a graph of any size is spliced without being decoded', () => {
  const script = `
    const { withoutZipMap } = require('./lambdas/scoring/domain/without-zip-map');
    const small = require('node:fs').readFileSync('test/scoring/fixtures/zipmap-texts.onnx');
    // An unknown field of 64 MB in the model: weights as far as this is concerned.
    const size = 64 * 2 ** 20;
    const head = Buffer.from([0xfa, 0x3e, ...[0, 7, 14, 21].map((s) => ((size >>> s) & 127) | (s < 21 ? 128 : 0))]);
    const big = Buffer.concat([small, head, Buffer.alloc(size)]);
    const before = process.memoryUsage().rss;
    const { graph } = withoutZipMap(big);
    console.log(graph.length > size, (process.memoryUsage().rss - before) / size < 1.5);`;
  const printed = execFileSync(process.execPath, ['--import', 'tsx', '-e', script], { encoding: 'utf8' });
  expect(printed.trim()).toBe('true true');
});
