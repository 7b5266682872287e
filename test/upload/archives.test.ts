import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { archives } from '../../lambdas/upload/adapters/archive-reader';
import type { ArchiveKind } from '../../lambdas/upload/domain/archive-name';
import { UploadRejected } from '../../lambdas/upload/domain/rejected';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { type Files, type TarEntry, tar, tarGz, tarGzOf, zipOf } from './archive-bytes';
import { UploadWorld } from './fakes';
import { external, model } from './onnx-bytes';

const GRAPH = model();
const LIMITS = { fileBytes: 1_000_000, totalBytes: 2_000_000, archiveBytes: 1_000_000 };
const mlflow = (name: string): Files => {
  const folder = join(__dirname, '../oracles/fixtures/mlflow', name);
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
};
const below = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, body]) => [`${folder}/${path}`, body]));

const PACKERS: Array<[string, (files: Files) => Promise<Buffer> | Buffer]> = [
  ['tar.gz', tarGzOf],
  ['tgz', tarGzOf],
  ['zip', zipOf],
];

/** Registers one archive, and gives back the version that it became. */
const upload = async (name: string, bytes: Uint8Array, world = new UploadWorld()) => {
  const key = world.put(`inbox/wage/${name}`, bytes);
  const { outcome } = await registerUpload('uploads', key, world);
  const version = world.registrations.versions.get('wage')?.[0];
  return { outcome, version, world };
};
const filesOf = (version: object | undefined): string[] =>
  version && 'files' in version ? (version.files as Array<{ path: string }>).map(({ path }) => path).sort() : [];

const FOLDER: Files = {
  'contender.yaml': 'owner: risk\ngolden: { data: golden.csv }',
  'golden.csv': 'x\n1\n',
  'm.onnx': GRAPH,
};
const SHAPES: Array<[string, Files]> = [
  ['a lone graph', { 'model.onnx': GRAPH }],
  ['a graph and its tensors', { 'm.onnx': model({ initializers: [external('w.bin')] }), 'w.bin': 'weights' }],
  ['a folder with contender.yaml', FOLDER],
  ['what mlflow.onnx saved', mlflow('columns')],
];

describe.each(PACKERS)('a .%s', (extension, packed) => {
  test.each(SHAPES)('of %s is a version of the files in it', async (_what, files) => {
    const { outcome, version, world } = await upload(`model.${extension}`, await packed(files));
    expect(outcome).toBe('registered');
    expect(filesOf(version)).toEqual(Object.keys(files).sort());
    const prefix = version && 'artifactPrefix' in version ? version.artifactPrefix : '';
    for (const [path, body] of Object.entries(files))
      expect(world.stored.get(prefix + path)).toEqual(Buffer.from(body));
  });

  test('of the folder itself, with what a Mac leaves in it, is the same version as its files', async () => {
    const { version } = await upload(`a.${extension}`, await packed(FOLDER));
    const litter = { '__MACOSX/wage/._m.onnx': 'x', 'wage/._m.onnx': 'x', 'wage/.DS_Store': 'x' };
    const packedFolder = await packed({ ...below('wage', FOLDER), ...litter });
    expect((await upload(`b.${extension}`, packedFolder)).version?.rootDigest).toBe(version?.rootDigest);
  });

  test.each<[string, Files, string, RegExp]>([
    [
      'lacks what its manifest names',
      { ...FOLDER, 'golden.csv': GRAPH, 'contender.yaml': 'golden: { data: gold.csv }' },
      'incomplete',
      /lacks gold\.csv/,
    ],
    [
      'lacks the tensors of its graph',
      { 'm.onnx': model({ initializers: [external('w.bin')] }) },
      'incomplete',
      /lacks w\.bin/,
    ],
    ['holds a pickle', { ...FOLDER, 'pre.pkl': 'x' }, 'executable', /^pre\.pkl runs code/],
    ['holds a program', { ...FOLDER, 'code/run.py': 'x' }, 'executable', /^code\/run\.py is a program/],
    ['holds an archive', { ...FOLDER, 'more.zip': 'x' }, 'unsafe-archive', /holds more\.zip, an archive in an archive/],
    ['holds an MLflow model of another flavor', { MLmodel: 'flavors: { sklearn: {} }' }, 'no-onnx-flavor', /sklearn/],
    ['holds two graphs', { 'a.onnx': GRAPH, 'b.onnx': GRAPH }, 'no-model-file', /a\.onnx, b\.onnx/],
    [
      'holds too many files',
      Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}.csv`, 'x'])),
      'too-large|no-',
      /64 files/,
    ],
    ['has a manifest with a fault', { ...FOLDER, 'contender.yaml': 'colour: blue' }, 'bad-manifest', /line 1.*colour/],
  ])('that %s is rejected, and told so', async (_what, files, code, words) => {
    const { version } = await upload(`model.${extension}`, await packed(files));
    expect(version).toMatchObject({
      rejection: { code: expect.stringMatching(code), message: expect.stringMatching(words) },
    });
  });
});

const HOSTED = 'runtime: sagemaker\nendpoint: risk-1\ninputs: [{ name: age }]';

test('a model.tar.gz for SageMaker is kept as it is, pickles and all: only its container opens it', async () => {
  const bytes = await tarGzOf({ 'contender.yaml': HOSTED, 'model.joblib': 'pickled', 'code/inference.py': 'pass' });
  const { version, world } = await upload('model.tar.gz', bytes);
  expect(version).toMatchObject({
    runtime: { kind: 'sagemaker', endpoint: 'risk-1' },
    manifest: { model: 'model.tar.gz' },
  });
  expect(filesOf(version)).toEqual(['contender.yaml', 'model.tar.gz']);
  expect([...world.stored].find(([key]) => key.endsWith('/model.tar.gz'))?.[1]).toEqual(bytes);
});

test.each<[string, Files, string, RegExp]>([
  [
    'no manifest',
    { 'model.joblib': 'pickled' },
    'no-endpoint',
    /artifact of SageMaker; add a contender\.yaml.*"runtime: sagemaker".*"inputs:".*"container:"/,
  ],
  ['no endpoint', { 'contender.yaml': 'runtime: sagemaker\ninputs: [{ name: a }]' }, 'no-endpoint', /"endpoint:/],
  ['no inputs', { 'contender.yaml': 'runtime: sagemaker\nendpoint: e' }, 'signature-mismatch', /names no inputs/],
  [
    'another archive for a model',
    { 'contender.yaml': `${HOSTED}\nmodel: other.tar.gz` },
    'bad-manifest',
    /the model is the archive itself/,
  ],
])('a model.tar.gz for SageMaker with %s is rejected, and told what it needs', async (_what, files, code, words) => {
  const { version } = await upload('model.tar.gz', await tarGzOf(files));
  expect(version).toMatchObject({ rejection: { code, message: expect.stringMatching(words) } });
});

test('a manifest in a folder that names an archive for a graph is told to upload that by itself', async () => {
  const world = new UploadWorld();
  world.put('inbox/wage/v1/model.zip', zipOf(FOLDER));
  await registerUpload('uploads', world.put('inbox/wage/v1/contender.yaml', 'model: model.zip'), world);
  expect(world.registrations.versions.get('wage')?.[0]).toMatchObject({
    rejection: { code: 'no-model-file', message: expect.stringMatching(/by itself, as inbox\/<model>/) },
  });
});

test.each(['model.tar', 'model.7z', 'model.tar.bz2', 'model.onnx.gz'])(
  '%s is rejected by its name, unread',
  async (name) => {
    const world = new UploadWorld();
    world.uploads.read = () => Promise.reject(new Error('it was read'));
    expect((await upload(name, Buffer.from('x'), world)).version).toMatchObject({ rejection: { code: 'bad-archive' } });
  },
);

const faultOf = async (bytes: Uint8Array, kind: ArchiveKind, limits = LIMITS) => {
  try {
    await archives.unpack(bytes, kind, limits);
    return undefined;
  } catch (error) {
    if (error instanceof UploadRejected) return error.rejection;
    throw error;
  }
};

const ESCAPES: Array<[string, string]> = [
  ['../contender.yaml', 'leaves the archive'],
  ['a/../../b.csv', 'leaves the archive'],
  ['a/..', 'leaves the archive'],
  ['/etc/passwd', 'is absolute'],
  ['C:/windows/m.onnx', 'is absolute'],
  ['c:m.onnx', 'is absolute'],
  ['..\\m.onnx', 'has a backslash'],
  ['a//b.csv', 'has an empty part'],
  ['a/./b.csv', 'has an empty part'],
  ['m\u0001.onnx', 'has characters'],
  ['m\u202exnno.exe', 'has characters'],
  [`${'a/'.repeat(256)}b`, 'has over 512 characters'],
];

test.each(ESCAPES)('an entry named %j is refused, in either format', async (name, words) => {
  const expected = { code: 'unsafe-archive', message: expect.stringContaining(words) };
  expect(await faultOf(await tarGz([{ name, body: 'x' }]), 'tar.gz')).toEqual(expected);
  expect(await faultOf(zipOf({ [name]: 'x' }), 'zip')).toEqual(expected);
});

test('a name with a NUL, which ends there for some, is refused', async () => {
  expect(await faultOf(zipOf({ 'm.onnx\0.csv': 'x' }), 'zip')).toMatchObject({ code: 'unsafe-archive' });
});

test.each([
  ['a.csv', 'a.csv'],
  ['a.csv', 'A.CSV'],
  ['gr\u00fcn.csv', 'gru\u0308n.csv'],
  ['a.csv', 'a.csv.'],
  ['\ufb01le.csv', 'file.csv'],
  ['stra\u00dfe.csv', 'STRASSE.csv'],
  ['data', 'data/a.csv'],
  ['data/a.csv', 'DATA'],
])('entries %j and %j, one file on some systems, are refused', async (one, other) => {
  const expected = {
    code: 'unsafe-archive',
    message: expect.stringMatching(/are one on some systems|a file and a folder/),
  };
  const entries = [one, other].map((name) => ({ name, body: 'x' }));
  expect(await faultOf(await tarGz(entries), 'tar.gz')).toEqual(expected);
  if (one !== other) expect(await faultOf(zipOf({ [one]: 'x', [other]: 'y' }), 'zip')).toEqual(expected);
});

test.each<[string, TarEntry]>([
  ['symbolic link', { name: 'm.onnx', type: 'symlink', linkname: '/etc/passwd' }],
  ['hard link', { name: 'm.onnx', type: 'link', linkname: '../other' }],
  ['character-device', { name: 'm.onnx', type: 'character-device' }],
  ['block-device', { name: 'm.onnx', type: 'block-device' }],
  ['fifo', { name: 'm.onnx', type: 'fifo' }],
])('a tar with a %s is refused', async (what, entry) => {
  const fault = await faultOf(await tarGz([{ name: 'a.csv', body: 'x' }, entry]), 'tar.gz');
  expect(fault).toEqual({ code: 'unsafe-archive', message: expect.stringContaining(`"m.onnx" is a ${what}`) });
});

test.each([
  ['symbolic link', 0o120777],
  ['device', 0o020666],
])('a zip with a %s is refused', async (what, mode) => {
  const fault = await faultOf(zipOf({ 'm.onnx': '/etc/passwd' }, { 'm.onnx': mode }), 'zip');
  expect(fault).toEqual({ code: 'unsafe-archive', message: expect.stringContaining(`is a ${what}`) });
});

const ZEROS = Buffer.alloc(30_000_000);
const ROOM = { fileBytes: 100_000_000, totalBytes: 100_000_000 };

test.each<[string, ArchiveKind, () => Promise<Buffer> | Buffer]>([
  ['tar.gz', 'tar.gz', () => tarGzOf({ 'm.onnx': ZEROS })],
  ['zip', 'zip', () => zipOf({ 'm.onnx': ZEROS })],
])('a bomb in a %s is put out while it unpacks', async (_what, kind, pack) => {
  const bytes = await pack();
  const archiveBytes = bytes.length;
  const ratio = await faultOf(bytes, kind, { ...ROOM, archiveBytes });
  expect(ratio).toEqual({ code: 'unsafe-archive', message: expect.stringMatching(/over 200 times its \d+ bytes/) });
  const total = await faultOf(bytes, kind, { ...ROOM, totalBytes: 1_000_000, archiveBytes });
  expect(total).toEqual({ code: 'too-large', message: expect.stringContaining('unpacks to over 1000000 bytes') });
  const file = await faultOf(bytes, kind, { ...ROOM, fileBytes: 1_000_000, archiveBytes });
  expect(file).toEqual({ code: 'too-large', message: expect.stringContaining('m.onnx has over 1000000 bytes') });
});

test('sizes that headers state are not believed', async () => {
  const zip = zipOf({ 'm.onnx': ZEROS });
  // The uncompressed size, in the local header and in the directory.
  zip.writeUInt32LE(10, 22);
  zip.writeUInt32LE(10, zip.lastIndexOf('PK\u0001\u0002') + 24);
  expect(await faultOf(zip, 'zip', { ...ROOM, archiveBytes: zip.length })).toMatchObject({ code: 'bad-archive' });
});

test('an archive of countless entries is refused at the first too many', async () => {
  const entries = Array.from({ length: 1001 }, (_, i) => ({ name: `d${i}/`, type: 'directory' as const }));
  expect(await faultOf(await tarGz(entries), 'tar.gz')).toMatchObject({ code: 'too-large' });
});

test.each<[string, ArchiveKind, () => Promise<Buffer> | Buffer]>([
  ['text', 'tar.gz', () => Buffer.from('this is text')],
  ['text', 'zip', () => Buffer.from('this is text')],
  ['a tar that is not compressed', 'tar.gz', () => tar([{ name: 'm.onnx', body: GRAPH }])],
  ['compressed text', 'tar.gz', () => gzipSync(Buffer.alloc(600, 'x'))],
  ['the first half', 'tar.gz', async () => (await tarGzOf(FOLDER)).subarray(0, 150)],
  ['the first half', 'zip', () => zipOf(FOLDER).subarray(0, 150)],
  [
    'a tar that is cut off',
    'tar.gz',
    async () => gzipSync((await tar([{ name: 'm.onnx', body: Buffer.alloc(5000) }])).subarray(0, 2000)),
  ],
  ['nothing', 'tar.gz', () => Buffer.alloc(0)],
  ['nothing', 'zip', () => Buffer.alloc(0)],
])('%s in the name of a .%s is told to be packed again', async (_what, kind, pack) => {
  expect(await faultOf(await pack(), kind)).toMatchObject({ code: 'bad-archive' });
});

test('bytes that are not what the checksum of the zip says are refused', async () => {
  const zip = zipOf({ 'a.csv': 'x' });
  zip.writeUInt32LE(1, zip.lastIndexOf('PK\u0001\u0002') + 16);
  expect(await faultOf(zip, 'zip')).toEqual({ code: 'bad-archive', message: expect.stringContaining('checksum') });
});

const part = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '',
    'a',
    'A',
    'b.csv',
    '...',
    ' ',
    'C:',
    '~',
    '\\',
    '\0',
    '\u202e',
    'con',
    'gr\u00fcn',
    '__MACOSX',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const names = fc.array(
  fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/')),
  { minLength: 1, maxLength: 6 },
);

/** Where a path leads below a folder, as a file system goes there. */
const leadsBelow = (path: string): boolean => join('/upload', path).startsWith('/upload/') && !path.startsWith('/');

test('whatever entries are named, files stay below the upload and apart from each other, or the archive is refused', async () => {
  await fc.assert(
    fc.asyncProperty(names, async (found) => {
      for (const [bytes, kind] of [
        [
          await tarGz(found.filter((name) => !name.includes('\0')).map((name) => ({ name, type: 'file', body: 'x' }))),
          'tar.gz',
        ],
        [zipOf(Object.fromEntries(found.map((name) => [name, 'x']))), 'zip'],
      ] as const) {
        const files = await archives.unpack(bytes, kind, LIMITS).catch((error: unknown) => {
          if (!(error instanceof UploadRejected)) throw error;
          return [];
        });
        expect(files.filter(({ path }) => !leadsBelow(path) || /[\\\0]/.test(path))).toEqual([]);
        expect(new Set(files.map(({ path }) => path.normalize('NFC').toLowerCase())).size).toBe(files.length);
      }
    }),
    { numRuns: 300 },
  );
});

test('whatever is changed in an archive, it is unpacked or refused, and never more than the limits', async () => {
  const whole = { tar: await tar(Object.entries(FOLDER).map(([name, body]) => ({ name, body }))), zip: zipOf(FOLDER) };
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
  const limits = { fileBytes: 5000, totalBytes: 20_000, archiveBytes: 1000 };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('tar' as const, 'zip' as const), edits, async (format, changes) => {
      const bytes = Buffer.from(whole[format]);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const [packed, kind] = format === 'tar' ? [gzipSync(bytes), 'tar.gz' as const] : [bytes, 'zip' as const];
      const files = await archives.unpack(packed, kind, limits).catch((error: unknown) => {
        if (!(error instanceof UploadRejected)) throw error;
        return [];
      });
      expect(files.reduce((sum, file) => sum + file.bytes.length, 0)).toBeLessThanOrEqual(limits.totalBytes);
    }),
    { numRuns: 500 },
  );
});
