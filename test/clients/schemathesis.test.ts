import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { fixturePath } from '../scoring/versions';
import { command, type Served, serve } from './clients';

/**
 * Numbers and words, which the graph takes as they are: a float may be missing, and what a model makes of NaN is its own.
 * Limits are enforced, so that what the document does not allow is refused.
 */
const MANIFEST = {
  task: 'multiclass-classification',
  inputs: [
    { name: 'age', type: 'long', min: 0, max: 120, unit: 'years', missing: 40, unseen: 'reject' },
    { name: 'region', type: 'string', levels: ['n', 's', 'e'], unseen: 'reject' },
  ],
  output: { classes: ['zero', 'one', 'two', 'three', 'many'], label: { tensor: 'label' }, respond: ['label', 'score'] },
};

const NOT_CHECKED = [
  // JSON Schema cannot say that there are as many elements as the shape says: such requests are refused with 400.
  'positive_data_acceptance',
  // An HTTP API answers 404, not 405, for a method it has no route for; the server answers as it does.
  'unsupported_method',
];

const folder = mkdtempSync(join(tmpdir(), 'contender-'));
let served: Served;

beforeAll(async () => {
  copyFileSync(fixturePath('mixed.onnx'), join(folder, 'model.onnx'));
  writeFileSync(join(folder, 'contender.yaml'), stringify(MANIFEST));
  // It looks for its hooks where it runs.
  copyFileSync(join(__dirname, 'schemathesis_hooks.py'), join(folder, 'schemathesis_hooks.py'));
  served = await serve(`mixed=${folder}`);
}, 60_000);
afterAll(async () => {
  await served.stop();
  rmSync(folder, { recursive: true });
});

test('schemathesis finds no answer that the model’s OpenAPI document does not describe', async () => {
  const args = [
    ...['--config-file', join(__dirname, 'schemathesis.toml')],
    ...['run', `${served.url}/v2/models/mixed/openapi.json`],
    ...['--checks', 'all', '--exclude-checks', NOT_CHECKED.join(',')],
    // The same requests every time, and none remembered from another run.
    ...['--max-examples', '100', '--seed', '7', '--generation-database', 'none'],
    ...['--request-timeout', '10', '--wait-for-schema', '10', '--no-color'],
  ];
  const { stdout } = await command('schemathesis', args, folder).catch((failed: Error & { stdout?: string }) => {
    throw new Error(failed.stdout || failed.message);
  });
  expect(stdout).toMatch(/Tested: +4\b/);
}, 180_000);
