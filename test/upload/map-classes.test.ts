import { manifestSchema } from '../../lambdas/registry/contract';
import { acceptOnnx } from '../../lambdas/upload/domain/accept-upload';
import { UploadRejected } from '../../lambdas/upload/domain/rejected';
import { fixtureGraph } from '../scoring/versions';
import { wrapped } from './onnx-bytes';

const score = (tensor: string) => ({ score: { tensor, kind: 'probability' } });
const manifest = (output: object | undefined) => manifestSchema.parse(output ? { output } : {});
const classesOf = (name: string, output?: object) =>
  acceptOnnx(manifest(output), 'model.onnx', fixtureGraph(name)).manifest.output?.classes;

test('classes that contender.yaml does not name are read from the map', () => {
  expect(classesOf('zipmap-texts')).toEqual(['high', 'low', 'middle']);
  expect(classesOf('zipmap-numbers')).toEqual(['-1', '0', '1']);
  expect(classesOf('plain-texts')).toBeUndefined();
});

test('texts may not be given other names or another order', () => {
  const order = ['low', 'middle', 'high'];
  expect(() => classesOf('zipmap-texts', { classes: order })).toThrow(/order \[high, low, middle\]; write that/);
  expect(classesOf('zipmap-texts', { classes: ['high', 'low', 'middle'] })).toHaveLength(3);
});

test('numbers may be given names where they count from 0, else their names would be one another’s', () => {
  expect(() => classesOf('zipmap-numbers', { classes: ['low', 'high'] })).toThrow(/output\.classes: \[low, high\]/);
  const names = { classes: ['low', 'middle', 'high'] };
  expect(() => classesOf('zipmap-numbers', names)).toThrow(
    /labels of model\.onnx are -1, 0, 1, which do not count from/,
  );
  expect(classesOf('zipmap-numbers', { classes: [-1, 0, 1] })).toEqual(['-1', '0', '1']);
  expect(classesOf('zipmap', { classes: ['repaid', 'defaulted'] })).toEqual(['repaid', 'defaulted']);
  // Where only scores are read, labels are not taken for positions.
  expect(classesOf('zipmap-several', { ...score('numbers'), ...names })).toEqual(names.classes);
});

test('of several maps, that of the score names the classes', () => {
  expect(classesOf('zipmap-several')).toBeUndefined();
  expect(classesOf('zipmap-several', score('texts'))).toEqual(['a', 'b', 'ü']);
  expect(() => classesOf('zipmap-several', { ...score('texts'), classes: ['ü', 'b', 'a'] })).toThrow(/\[a, b, ü\]/);
});

const text = (id: number, of: string) => wrapped(id, Buffer.from(of));

test('a map of one class is no fault of the manifest', () => {
  const single = Buffer.concat([text(1, 'classlabels_strings'), text(9, 'all')]);
  const node = Buffer.concat([
    text(1, 'x'),
    text(2, 'y'),
    text(4, 'ZipMap'),
    wrapped(5, single),
    text(7, 'ai.onnx.ml'),
  ]);
  const floats = wrapped(2, wrapped(1, Buffer.from([8, 1])));
  const input = wrapped(11, Buffer.concat([text(1, 'x'), floats]));
  const graph = Buffer.concat([input, wrapped(1, node), wrapped(12, text(1, 'y'))]);
  const bytes = Buffer.concat([Buffer.from([8, 8, 0x42, 2, 0x10, 17]), wrapped(7, graph)]);
  const accepted = acceptOnnx(manifest(undefined), 'model.onnx', bytes);
  expect(accepted.manifest.output).toBeUndefined();
  expect(accepted.signature.outputs).toEqual([{ name: 'y', datatype: 'FP32', shape: [-1, 1] }]);
});

test('a contradiction is a rejection, with its code', () => {
  const run = () => classesOf('zipmap-texts', { classes: ['low', 'high'] });
  expect(run).toThrow(UploadRejected);
  expect(run).toThrow(expect.objectContaining({ rejection: expect.objectContaining({ code: 'signature-mismatch' }) }));
});
