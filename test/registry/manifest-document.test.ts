import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';
import { manifestDocument } from '../../lambdas/registry/domain/manifest-document';
import { readManifest } from '../../lambdas/upload/domain/read-manifest';

const ROOT = resolve(__dirname, '../..');
const document = manifestDocument();
const isValid = new Ajv2020({ strict: true, strictTypes: false }).compile(document);

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
}

/** Keys without a word about them, by their path. */
const silent = ({ properties = {}, items }: Described, at: string): string[] => [
  ...(items ? silent(items, `${at}[]`) : []),
  ...Object.entries(properties).flatMap(([key, inner]) => [
    ...(inner.description === undefined ? [`${at}.${key}`] : []),
    ...silent(inner, `${at}.${key}`),
  ]),
];

test('the published schema is the one that uploads are held to', () => {
  // If this fails: npx contender schema > docs/contender.schema.json && npm run format
  expect(JSON.parse(readFileSync(join(ROOT, 'docs/contender.schema.json'), 'utf8'))).toEqual(document);
});

test('every key says what it means, but for four that speak for themselves', () => {
  expect(silent(document as Described, '')).toEqual([
    '.container.serverless.memoryMb',
    '.container.serverless.maxConcurrency',
    '.training.code.repo',
    '.training.code.commit',
  ]);
});

const examples = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('contender.yaml'),
);

test.each(examples)('%s fits it', (path) => {
  isValid(parse(readFileSync(join(ROOT, 'examples', path), 'utf8')));
  expect(isValid.errors).toBeNull();
});

test.each([
  'colour: blue',
  'task: guessing',
  'inputs: [{ name: age, type: dbl }]',
  'inputs: [{ type: double }]',
  'output: { classes: [one] }',
  'output: { threshold: 2 }',
  'outcomes: { mature_after: 60 days }',
  'container: { image: latest }',
  '- just\n- a list',
])('%j fits neither the schema nor the reader', (text) => {
  expect(isValid(parse(text))).toBe(false);
  expect(() => readManifest(text)).toThrow();
});

test.each(['', 'runtime: onnx', 'output: { classes: [0, 1], positive: 1 }', 'outcomes: { mature_after: P60D }'])(
  '%j fits both',
  (text) => {
    expect(isValid(parse(text) ?? {})).toBe(true);
    expect(() => readManifest(text)).not.toThrow();
  },
);
