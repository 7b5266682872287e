import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { layColumns } from '../../lambdas/scoring/domain/encode-columns';
import { acceptHosted, acceptOnnx } from '../../lambdas/upload/domain/accept-upload';
import { parseInboxKey, slotOf } from '../../lambdas/upload/domain/inbox-key';
import { emptyManifest, readManifest } from '../../lambdas/upload/domain/read-manifest';
import { readOnnx } from '../../lambdas/upload/domain/read-onnx';
import { rootDigest } from '../../lambdas/upload/domain/root-digest';

const example = (version: number): Uint8Array =>
  readFileSync(join(__dirname, `../../examples/living-wage/versions/${version}/model.onnx`));
const fixture = (name: string): Uint8Array => readFileSync(join(__dirname, `../scoring/fixtures/${name}.onnx`));

test.each([
  ['inbox/credit-risk/model.onnx', { kind: 'file', model: 'credit-risk', path: 'model.onnx' }],
  ['inbox/credit-risk/v1/data/a.csv', { kind: 'folder', model: 'credit-risk', folder: 'v1', path: 'data/a.csv' }],
  ['inbox/credit-risk/notes.txt', { kind: 'ignored' }],
  ['inbox/credit-risk/v1/', { kind: 'ignored' }],
  ['inbox/-bad/model.onnx', { kind: 'ignored' }],
  ['inbox/model.onnx', { kind: 'ignored' }],
  ['outcomes/x/y.csv', { kind: 'ignored' }],
])('the key %s says what it is', (key, expected) => {
  expect(parseInboxKey(key)).toMatchObject(expected);
});

test('only a folder that a slot was opened for names a slot', () => {
  expect(slotOf('slot-abcdefghijklmnop1234')).toBe('abcdefghijklmnop1234');
  expect(slotOf('slot-short')).toBeUndefined();
  expect(slotOf('v1')).toBeUndefined();
});

const file = fc.record({
  path: fc.string({ minLength: 1 }),
  sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
});
const files = fc.uniqueArray(file, { selector: ({ path }) => path, minLength: 1, maxLength: 8 });

test('the root digest does not depend on the order of the files, and changes with any of them', () => {
  fc.assert(
    fc.property(files, fc.nat(), (some, pick) => {
      const digest = rootDigest(some);
      expect(rootDigest([...some].reverse())).toBe(digest);
      const changed = some.map((one, i) =>
        i === pick % some.length ? { ...one, sha256: one.sha256.replace(/^./, (c) => (c === '0' ? '1' : '0')) } : one,
      );
      expect(rootDigest(changed)).not.toBe(digest);
    }),
  );
});

test('a graph tells its inputs and outputs without being run', () => {
  expect(readOnnx(example(1), 'model.onnx')).toEqual({
    inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 11] }],
    outputs: [
      { name: 'label', datatype: 'BYTES', shape: [-1] },
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
    ],
    classes: new Map(),
    externalFiles: [],
  });
});

test('no prefix of a graph is taken for a whole one', () => {
  const whole = example(1);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length - 200 }), (length) => {
      expect(() => readOnnx(whole.slice(0, length), 'model.onnx')).toThrow(/model\.onnx/);
    }),
    { numRuns: 200 },
  );
});

test('bytes that are no graph are refused in words, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(() => readOnnx(bytes, 'x.onnx')).toThrow(/x\.onnx/);
    }),
  );
});

test('sequences of maps are refused with the switch that avoids them, but for ZipMap, which is taken off', () => {
  const mapped = fixture('zipmap');
  expect(readOnnx(mapped, 'model.onnx').outputs).toEqual([{ name: 'probabilities', datatype: 'FP32', shape: [-1, 2] }]);
  const other = Buffer.from(mapped).toString('latin1').replace('ZipMap', 'ZapMap');
  expect(() => readOnnx(Buffer.from(other, 'latin1'), 'model.onnx')).toThrow(/zipmap off/);
});

test('external tensors are named by their files', () => {
  expect(
    readOnnx(fixture('external-weights'), 'm/model.onnx').externalFiles.every((path) => path.startsWith('m/')),
  ).toBe(true);
});

test.each([
  ['colour: blue', /line 1: unknown key "colour"/],
  ['task: guessing', /line 1: task/],
  ['inputs:\n  - { name: age, type: dbl }', /line 2: inputs\.0\.type/],
  ['inputs:\n  - name: age\n    missing: -1.7976931348623157e308', /line 3: inputs\.0\.missing/],
  ['a: [1', /line \d/],
  ['- just\n- a list', /no mapping/],
  ['outcomes:\n  observed: { when: "decision == approve" }', /selective outcomes bias every comparison/],
])('the manifest %j is refused with its line', (text, words) => {
  expect(() => readManifest(text)).toThrow(words);
});

test('an empty manifest has every default', () => {
  expect(readManifest('')).toEqual(emptyManifest());
  expect(emptyManifest()).toMatchObject({ runtime: 'onnx', loss: 'error' });
});

test('columns must be as many as the tensor takes', () => {
  const manifest = readManifest('inputs: [{ name: age }, { name: income }]');
  expect(() => acceptOnnx(manifest, 'model.onnx', example(1))).toThrow(
    /names 2 inputs, but model\.onnx takes 11 columns/,
  );
});

const ONE_HOT = (levels: number) => `
inputs:
  - { name: age }
  - { name: region, type: string, levels: [${Array.from({ length: levels }, (_, i) => `r${i}`).join(', ')}], encode: one-hot }
  - { name: sex, type: string, levels: [f, m], encode: ordinal }`;

test('a one-hot column takes a column of the tensor for each of its levels', () => {
  const { signature } = acceptOnnx(readManifest(ONE_HOT(9)), 'model.onnx', example(1));
  expect(layColumns(signature.inputs, signature.columns).tensors[0]?.width).toBe(11);
  expect(() => acceptOnnx(readManifest(ONE_HOT(8)), 'model.onnx', example(1))).toThrow(
    /names 3 inputs that fill 10 columns \(a one-hot input one for each level\), but model\.onnx takes 11 columns/,
  );
});

test('a hosted model gets one-hot columns as wide as they are encoded', () => {
  const manifest = readManifest(`runtime: sagemaker\nendpoint: risk-1${ONE_HOT(4)}`);
  const { signature } = acceptHosted(manifest, { deployment: 'test', sagemaker: 'on' }, 'risk', 'ab'.repeat(32));
  expect(signature.inputs[0]?.shape).toEqual([-1, 6]);
  expect(layColumns(signature.inputs, signature.columns).tensors[0]?.width).toBe(6);
});

test('an output that the graph does not have is refused with those that it has', () => {
  const manifest = readManifest('output: { score: { tensor: scores, kind: probability } }');
  expect(() => acceptOnnx(manifest, 'model.onnx', example(1))).toThrow(
    /output\.score\.tensor: scores, but the outputs of model\.onnx are label, probabilities/,
  );
});

test.each([['[label, score, probabilities]'], ['[score]'], ['[]']])('an answer with %s is taken', (respond) => {
  const manifest = readManifest(`output: { respond: ${respond} }`);
  expect(acceptOnnx(manifest, 'model.onnx', example(1)).manifest.output?.respond).toEqual(manifest.output?.respond);
});

test('an answer with an output that the graph does not have is refused with those that it has', () => {
  const manifest = readManifest('output: { respond: [label, risk] }');
  expect(() => acceptOnnx(manifest, 'model.onnx', example(1))).toThrow(
    /says output\.respond: \[label, risk\], but the outputs of model\.onnx are label, probabilities; instead of risk name one/,
  );
});
