import fc from 'fast-check';
import { signatureSchema } from '../../lambdas/registry/contract';
import { acceptHosted, acceptOnnx } from '../../lambdas/upload/domain/accept-upload';
import { parseInboxKey } from '../../lambdas/upload/domain/inbox-key';
import { emptyManifest, readManifest } from '../../lambdas/upload/domain/read-manifest';
import { readOnnx } from '../../lambdas/upload/domain/read-onnx';
import { UploadRejected } from '../../lambdas/upload/domain/rejected';
import { external, model, value, wrapped } from './onnx-bytes';

/** Runs what must end in an answer or a rejection: anything else would come back from the queue until it is dead. */
const settled = <T>(run: () => T): T | UploadRejected => {
  try {
    return run();
  } catch (error) {
    if (error instanceof UploadRejected) return error;
    throw error;
  }
};

const codeOf = (run: () => unknown): string | undefined => {
  const answer = settled(run);
  return answer instanceof UploadRejected ? answer.rejection.code : undefined;
};

const yaml = fc
  .array(
    fc.oneof(
      fc.constantFrom('task', 'inputs', 'output', 'evaluation', 'owner', '&a', '*a', '*b', '<<', '? ', '- ', '{', '}'),
      fc.constantFrom('[', ']', ': ', ':\n  ', '\n', '!!binary ', '!x ', '---\n', '"', "'", '|\n', '%YAML 1.1\n'),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

test('whatever stands in contender.yaml is read or refused, never an accident', () => {
  fc.assert(
    fc.property(yaml, (text) => void settled(() => readManifest(text))),
    { numRuns: 1000 },
  );
});

const layer = (name: string, of: string): string => `${name}: &${name} [${Array(10).fill(`*${of}`).join(', ')}]`;

test.each([
  ['an alias that leads nowhere', 'owner: *nobody', /Unresolved alias/],
  ['an alias bomb', ['a: &a [1]', layer('b', 'a'), layer('c', 'b'), layer('d', 'c')].join('\n'), /alias count/],
])('%s in contender.yaml is a fault of the manifest', (_what, text, words) => {
  expect(codeOf(() => readManifest(text))).toBe('bad-manifest');
  expect(() => readManifest(text)).toThrow(words);
});

test('a path that begins with ./ is the file beside the manifest', () => {
  const manifest = readManifest('model: ./model.onnx\nevaluation: { data: .//data/rows.csv, label: y }');
  expect(manifest).toMatchObject({ model: 'model.onnx', evaluation: { data: 'data/rows.csv' } });
});

test.each(['/etc/passwd', '../other/model.onnx', 'a/../../model.onnx', './../model.onnx'])(
  'the path %s does not leave the upload',
  (path) => {
    expect(codeOf(() => readManifest(`model: ${path}`))).toBe('bad-manifest');
  },
);

test('a rejection stays short, however much there is to tell', () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `key${i}: 1`).join('\n');
  const answer = settled(() => readManifest(keys));
  expect(answer).toBeInstanceOf(UploadRejected);
  expect((answer as UploadRejected).rejection.message.length).toBeLessThanOrEqual(4001);
});

test.each([
  ['an initializer', model({ initializers: [external('../secret')] })],
  ['a nested graph', model({ nodes: [{ attributes: [{ graph: { initializers: [external('/etc/passwd')] } }] }] })],
  ['a constant', model({ nodes: [{ attributes: [{ tensor: external('..\\secret') }] }] })],
  ['a sparse initializer', model({ sparse: [{ values: external('../secret') }] })],
  ['a sparse constant', model({ nodes: [{ attributes: [{ sparses: [{ indices: external('../secret') }] }] }] })],
  [
    'an operator of its own',
    model({}, { functions: [{ nodes: [{ attributes: [{ tensor: external('../secret') }] }] }] }),
  ],
  ['a tensor of two locations', model({ initializers: [external('weights.bin', '../secret')] })],
  ['a tensor of no location', model({ initializers: [external()] })],
  ['a tensor of an empty location', model({ initializers: [external('')] })],
])('%s that keeps its bytes outside the upload is found', (_where, bytes) => {
  expect(codeOf(() => readOnnx(bytes, 'model.onnx'))).toBe('external-data-outside');
});

test('a graph in two pieces hides nothing: runtimes put them together', () => {
  const hidden = model({ inputs: [], outputs: [], initializers: [external('../secret')] });
  expect(codeOf(() => readOnnx(Buffer.concat([hidden, model()]), 'model.onnx'))).toBe('external-data-outside');
});

test('external files are named once each, by their path within the upload', () => {
  const graph = { initializers: [external('w.bin'), external('./w.bin'), external('deep/v.bin')] };
  expect([...new Set(readOnnx(model(graph), 'm/model.onnx').externalFiles)]).toEqual(['m/w.bin', 'm/deep/v.bin']);
});

test('graphs nested without end are refused, not followed', () => {
  let nested: Uint8Array = new Uint8Array();
  for (let depth = 0; depth < 3000; depth++) nested = wrapped(1, wrapped(5, wrapped(6, nested)));
  expect(codeOf(() => readOnnx(Buffer.concat([model(), wrapped(7, nested)]), 'model.onnx'))).toBe('not-onnx');
});

test.each([
  ['an input without a name', { inputs: [value('')] }],
  ['an output without a name', { outputs: [value('')] }],
  ['a dimension beyond any memory', { inputs: [value('x', [2 ** 60])] }],
])('%s never gets onto the record, where it could not be read back', (_what, graph) => {
  expect(codeOf(() => acceptOnnx(emptyManifest(), 'model.onnx', model(graph)))).toBe('unsupported-graph');
});

test('a hosted model whose output has no name is refused as well', () => {
  const manifest = readManifest(
    'runtime: sagemaker\nendpoint: e\ninputs: [{ name: a }]\noutput: { score: { tensor: "", kind: value } }',
  );
  expect(codeOf(() => acceptHosted(manifest, { deployment: 'test', sagemaker: 'on' }, 'wage', 'ab'.repeat(32)))).toBe(
    'unsupported-graph',
  );
});

test.each([
  ['no input', { inputs: [] }, /has no input/],
  ['only initializers for inputs', { initializers: [{ name: 'x' }] }, /has no input/],
  ['no output', { outputs: [] }, /has no output/],
  ['a complex number', { inputs: [value('x', [-1], 14)] }, /element type that no protocol carries/],
])('a graph with %s is refused', (_what, graph, words) => {
  expect(() => readOnnx(model(graph), 'model.onnx')).toThrow(words);
});

test('whatever shapes and types a graph declares, it is refused or has a signature that can be read back', () => {
  const dim = fc.oneof(fc.integer({ min: -3, max: 9 }), fc.bigInt({ min: 0n, max: 2n ** 62n }).map(Number));
  const tensors = fc.array(
    fc.tuple(fc.string({ maxLength: 3 }), fc.array(dim, { maxLength: 4 }), fc.integer({ min: 0, max: 24 })),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(tensors, tensors, (inputs, outputs) => {
      const graph = { inputs: inputs.map((t) => value(...t)), outputs: outputs.map((t) => value(...t)) };
      const accepted = settled(() => acceptOnnx(emptyManifest(), 'model.onnx', model(graph)));
      if (!(accepted instanceof UploadRejected)) signatureSchema.parse(accepted.signature);
    }),
  );
});

test('whatever is changed in a graph, it is read or refused', () => {
  const whole = Buffer.from(model({ nodes: [{ attributes: [{ tensor: external('w.bin') }] }] }));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), (edits) => {
      const touched = Buffer.from(whole);
      for (const [at, byte] of edits) touched[at] = byte;
      settled(() => acceptOnnx(emptyManifest(), 'model.onnx', touched));
    }),
    { numRuns: 1000 },
  );
});

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$/);
const segment = fc.stringMatching(/^[A-Za-z0-9._ +%-]{1,12}$/);

test('a key says where its upload lies: prefix and path together are the key', () => {
  fc.assert(
    fc.property(name, fc.array(segment, { minLength: 2, maxLength: 5 }), (named, path) => {
      const key = `inbox/${named}/${path.join('/')}`;
      expect(parseInboxKey(key)).toMatchObject({ kind: 'folder', model: named, folder: path[0] });
      const parsed = parseInboxKey(key);
      if (parsed.kind !== 'ignored') expect(parsed.prefix + parsed.path).toBe(key);
    }),
  );
});

test('whatever a key is, it is an upload of a model with a good name, or ignored with a reason', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((rest) => `inbox/${rest}`),
      ),
      (key) => {
        const parsed = parseInboxKey(key);
        if (parsed.kind === 'ignored') expect(parsed.reason).not.toBe('');
        else expect(parsed.model).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
      },
    ),
  );
});
