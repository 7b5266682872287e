import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { ContenderError } from '../../lambdas/kernel/errors';
import { loadOnnxSession } from '../../lambdas/scoring/adapters/onnx-session';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';
import { withoutZipMap } from '../../lambdas/scoring/domain/without-zip-map';
import { readOnnx } from '../../lambdas/upload/domain/read-onnx';
import { UploadRejected } from '../../lambdas/upload/domain/rejected';
import { wrapped } from '../upload/onnx-bytes';
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

test('several maps are taken off, and what else the graph says of their values', async () => {
  const { graph, classes } = withoutZipMap(fixtureGraph('zipmap-several'));
  expect(graph.toString()).not.toContain('ZipMap');
  expect([...classes]).toEqual([
    ['numbers', { names: ['-9007199254740993', '0', '9007199254740993'], labels: 'number' }],
    ['texts', { names: ['a', 'b', 'ü'], labels: 'text' }],
  ]);
  const session = await load('zipmap-several');
  const X = { datatype: 'FP32', shape: [1, 3], data: Float32Array.of(1, 1, 1) } as const;
  const third = expect.closeTo(1 / 3, 6);
  expect(await session.run({ X })).toEqual({ numbers: X, texts: { ...X, data: expect.objectContaining([third]) } });
});

/** Mutants are always the same: what native code makes of them must not differ from run to run. */
const SEED = { seed: 7, numRuns: 2000 };
const mutants = (name: string) => {
  const whole = fixtureGraph(name);
  const alteration = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  return fc.tuple(fc.nat(whole.length), fc.array(alteration, { maxLength: 3 })).map(([cut, altered]) => {
    const bytes = Buffer.from(whole);
    for (const [at, byte] of altered) bytes[at] = byte;
    return cut % 2 === 0 ? bytes : bytes.subarray(0, cut);
  });
};

test.each(['zipmap-texts', 'zipmap-numbers', 'zipmap-several'])(
  'bytes of %s cut off or altered anywhere never break it, and upload refuses them in words',
  (name) => {
    const registered = fc.property(mutants(name), (bytes) => {
      const before = Buffer.from(bytes);
      expect(Buffer.compare(withoutZipMap(bytes).graph, withoutZipMap(before).graph)).toBe(0);
      expect(bytes.equals(before)).toBe(true);
      try {
        readOnnx(bytes, 'model.onnx');
      } catch (error) {
        expect(error).toBeInstanceOf(UploadRejected);
      }
    });
    fc.assert(registered, SEED);
  },
);

test('a graph cut off or altered anywhere loads, or is refused in words', async () => {
  const loaded = fc.asyncProperty(mutants('zipmap-texts'), async (bytes) => {
    const outcome = await loadOnnxSession(bytes, { threads: 1 }).catch((error) => error);
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ContenderError);
    else await outcome.release();
  });
  await fc.assert(loaded, { ...SEED, numRuns: 300 });
});

const OPERATORS = Buffer.from([0x42, 2, 0x10, 17]);
const text = (id: number, of: string) => wrapped(id, Buffer.from(of));
const CLASSES = wrapped(5, Buffer.concat([text(1, 'classlabels_strings'), text(9, 'a'), text(9, 'b')]));
const zipMap = (output: string) =>
  Buffer.concat([text(1, 'x'), text(2, output), text(4, 'ZipMap'), CLASSES, text(7, 'ai.onnx.ml')]);
const graphOf = (...parts: readonly Uint8Array[]) => Buffer.concat([OPERATORS, wrapped(7, Buffer.concat(parts))]);
const given = (output: string) => wrapped(12, text(1, output));

test.each([
  ['inside of another node', graphOf(wrapped(1, wrapped(5, wrapped(6, wrapped(1, zipMap('y'))))), given('y'))],
  ['that the graph itself uses', graphOf(wrapped(1, zipMap('inner')), given('y'))],
  ['made twice', graphOf(wrapped(1, zipMap('y')), wrapped(1, zipMap('y')), given('y'))],
  ['in a graph in two pieces', Buffer.concat([graphOf(wrapped(1, zipMap('y'))), graphOf(given('y'))])],
  ['of a model without ONNX’s own operators', graphOf(wrapped(1, zipMap('y')), given('y')).subarray(4)],
])('a map %s is left alone', (_where, bytes) => {
  expect(withoutZipMap(bytes).graph).toBe(bytes);
});

test('a map that the graph gives out is taken off wherever it stands', () => {
  expect([...withoutZipMap(graphOf(given('y'), wrapped(1, zipMap('y')))).classes.keys()]).toEqual(['y']);
});

test('more maps than any model has are left alone', () => {
  // Compared one with another, so many would take minutes.
  const parts = Array.from({ length: 50_000 }, (_, i) => [wrapped(1, zipMap(`y${i}`)), given(`y${i}`)]).flat();
  const bytes = graphOf(...parts);
  expect(withoutZipMap(bytes).graph).toBe(bytes);
});

test('weights are neither decoded nor copied more than once', () => {
  const script = `
    const { fieldsOf, delimited } = require('./lambdas/scoring/domain/protobuf-fields');
    const { withoutZipMap } = require('./lambdas/scoring/domain/without-zip-map');
    const small = require('node:fs').readFileSync('test/scoring/fixtures/zipmap-texts.onnx');
    const { start, content, end } = [...fieldsOf(small)].find(({ id }) => id === 7);
    const size = 64 * 2 ** 20;
    const weights = delimited(5, delimited(9, Buffer.alloc(size)));
    const graph = delimited(7, small.subarray(content, end), weights);
    const big = Buffer.concat([small.subarray(0, start), graph, small.subarray(end)]);
    const before = process.memoryUsage();
    const { graph: plain } = withoutZipMap(big);
    const after = process.memoryUsage();
    const copies = (after.external - before.external) / size;
    console.log(plain !== big && plain.length > size, copies < 1.5, after.heapUsed - before.heapUsed < 2 ** 20);`;
  const printed = execFileSync(process.execPath, ['--import', 'tsx', '-e', script], { encoding: 'utf8' });
  expect(printed.trim()).toBe('true true true');
});

test('fields without number cost no memory', () => {
  const script = `
    const { withoutZipMap } = require('./lambdas/scoring/domain/without-zip-map');
    const fields = Buffer.from('0a00'.repeat(4_000_000) + '12065a69704d6170', 'hex');
    withoutZipMap(Buffer.concat([Buffer.from('42021011', 'hex'), require('./lambdas/scoring/domain/protobuf-fields').delimited(7, fields)]));
    console.log('done');`;
  const options = ['--max-old-space-size=64', '--import', 'tsx', '-e', script];
  expect(execFileSync(process.execPath, options, { encoding: 'utf8' }).trim()).toBe('done');
});
