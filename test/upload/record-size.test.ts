import { emptyManifest, readManifest } from '../../lambdas/upload/domain/read-manifest';
import { checkRecordSize, recordBytes } from '../../lambdas/upload/domain/record-size';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { UploadWorld } from './fakes';
import { model, value } from './onnx-bytes';

/** DynamoDB's limit for an item, in bytes. */
const ITEM = 409_600;
const names = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, i) => prefix + String(i).padStart(5, '0'));
const inputs = (count: number, more = ''): string =>
  `inputs:\n${names(count, 'feature_')
    .map((name) => `  - { name: ${name}${more} }`)
    .join('\n')}`;

test.each([
  ['text in UTF-8', { a: 'é' }, 3 + 1 + 1 + 2],
  ['lists', { a: ['b', 'c'] }, 3 + 1 + 1 + (3 + 2 * 2)],
  ['what is not there', { a: undefined }, 3],
  ['a flag', { a: true }, 3 + 1 + 1 + 1],
])('%s count as DynamoDB counts them', (_what, item, bytes) => {
  expect(recordBytes(item)).toBe(bytes);
});

test.each([
  [0, 2],
  [-1, 3],
  [123_456, 4],
  [0.123_456_789, 6],
])('the number %d counts at least the %i bytes that it takes', (number, bytes) => {
  expect(recordBytes(number)).toBeGreaterThanOrEqual(bytes);
});

const register = async (files: Record<string, Uint8Array | string>) => {
  const world = new UploadWorld();
  for (const [path, body] of Object.entries(files)) world.put(`inbox/wage/v1/${path}`, body);
  const result = await registerUpload('uploads', 'inbox/wage/v1/contender.yaml', world);
  return { world, result, version: world.registrations.versions.get('wage')?.[0] };
};
const WIDE = model({ inputs: [value('x', [-1, -1])] });

test('a model of four thousand named columns is a version', async () => {
  const { result } = await register({ 'contender.yaml': inputs(4000), 'model.onnx': WIDE });
  expect(result.outcome).toBe('registered');
});

test('columns that no item holds make a rejected version that says so, and nothing is stored', async () => {
  const { world, result, version } = await register({ 'contender.yaml': inputs(6000), 'model.onnx': WIDE });
  expect(result.outcome).toBe('rejected');
  expect(version).toMatchObject({
    rejection: {
      code: 'record-too-large',
      message: expect.stringMatching(
        /over the limit of 330000 .* its 6000 inputs in contender\.yaml; shorten/,
      ) as string,
    },
  });
  expect(recordBytes(version)).toBeLessThan(ITEM);
  expect(world.stored.size).toBe(0);
});

test('with shorter names, in the same folder, it is judged anew', async () => {
  const { world } = await register({ 'contender.yaml': inputs(6000), 'model.onnx': WIDE });
  const key = world.put('inbox/wage/v1/contender.yaml', inputs(3000));
  expect(await registerUpload('uploads', key, world)).toMatchObject({ outcome: 'registered', version: 2 });
});

test('a manifest that aliases blow up fits no rejection either, and is left out of it', async () => {
  const levels = `&all [${names(1000, 'level_').join(', ')}]`;
  const columns = names(60, 'c').map((name, i) => `  - { name: ${name}, levels: ${i === 0 ? levels : '*all'} }`);
  const { version } = await register({ 'contender.yaml': `inputs:\n${columns.join('\n')}`, 'model.onnx': model() });
  expect(version).toMatchObject({ rejection: { code: 'signature-mismatch' } });
  expect(recordBytes(version)).toBeLessThan(ITEM);
});

test('tensors of the graph count, whatever contender.yaml says', async () => {
  const graph = model({ inputs: names(9000, 'feature_').map((name) => value(name, [-1, 1])) });
  const { version } = await register({ 'contender.yaml': '', 'model.onnx': graph });
  expect(version).toMatchObject({
    rejection: { message: expect.stringMatching(/9001 inputs and outputs of the graph; export/) as string },
  });
});

test('classes count twice: the evaluation names them once more', () => {
  const manifest = readManifest(`output: { classes: [${names(8000, 'class_of_a_long_name_').join(', ')}] }`);
  const candidate = { manifest, signature: { inputs: [], outputs: [], columns: [] }, files: [] };
  expect(recordBytes(candidate)).toBeLessThan(330_000);
  expect(() => checkRecordSize(candidate)).toThrow(/its 8000 output\.classes in contender\.yaml/);
});

test('what says nothing is small', () => {
  expect(recordBytes(emptyManifest())).toBeLessThan(200);
});
