import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { bearerToken } from '../../cli/identity';
import { freshModel, platform } from '../integ/platform';
import { champion } from '../integ/world';
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
  for (const file of ['schemathesis_hooks.py', 'schemathesis.toml'])
    copyFileSync(join(__dirname, file), join(folder, file));
  served = await serve(`mixed=${folder}`);
}, 60_000);
afterAll(async () => {
  await served.stop();
  rmSync(folder, { recursive: true });
});

/** What a run of schemathesis has tried. @throws Error with what it found */
const exercise = async (document: string, ...more: readonly string[]): Promise<string> => {
  const args = [
    ...['--config-file', join(folder, 'schemathesis.toml')],
    ...['run', document, ...more],
    ...['--checks', 'all', '--exclude-checks', NOT_CHECKED.join(',')],
    // The same requests every time, and none remembered from another run.
    ...['--seed', '7', '--generation-database', 'none'],
    ...['--request-timeout', '10', '--wait-for-schema', '10', '--no-color'],
  ];
  const { stdout } = await command('schemathesis', args, folder).catch((failed: Error & { stdout?: string }) => {
    throw new Error(failed.stdout || failed.message);
  });
  return stdout;
};

test('schemathesis finds no answer that the model’s OpenAPI document does not describe', async () => {
  const tried = await exercise(`${served.url}/v2/models/mixed/openapi.json`, '--max-examples', '100');
  expect(tried).toMatch(/Tested: +4\b/);
}, 180_000);

describe('on the platform', () => {
  const model = freshModel('schemathesis');
  const { apiUrl } = platform().settings;
  const asked = (document: string, examples: number) =>
    exercise(document, '--url', apiUrl, '--max-examples', String(examples));
  /** The token goes into the configuration, as a header given for all requests would come with those that should have none. */
  const signIn = async (identity: string) => {
    const token = await bearerToken(platform().settings, identity, {});
    const config = readFileSync(join(__dirname, 'schemathesis.toml'), 'utf8');
    writeFileSync(join(folder, 'schemathesis.toml'), `${config}\n[auth.openapi.bearer]\nbearer = "${token}"\n`);
  };

  beforeAll(() => champion(model), 120_000);

  test('nor does it at a model’s own document', async () => {
    await signIn('app');
    const file = join(folder, 'model.json');
    const app = await platform().api('app');
    writeFileSync(file, JSON.stringify(await app.get(`/v2/models/${model}/openapi.json`)));
    expect(await asked(file, 20)).toMatch(/Tested: +4\b/);
  }, 180_000);

  test.each(['operator', 'app'])(
    'nor at the document of the whole API, asked by an %s',
    async (identity) => {
      await signIn(identity);
      expect(await asked(`${apiUrl}/openapi.json`, 5)).toMatch(/Tested: +\d\d\b/);
    },
    300_000,
  );
});
