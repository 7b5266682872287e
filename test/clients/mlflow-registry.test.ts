import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { INPUTS } from '../../local/story/application';
import { eventually, freshModel, platform } from '../integ/platform';
import { said } from '../integ/said';
import {
  awaitApproval,
  decide,
  EXAMPLE,
  exampleFiles,
  interviews,
  push,
  put,
  QUICK_POLICY,
  rowOf,
  setPolicy,
  versionsOf,
} from '../integ/world';
import { MLFLOW2_PYTHON, PYTHON } from './clients';
import { GivingUp } from './giving-up-gateway';

/** The script, with what `contender login` prints in its environment; its last line, as JSON. */
const work = async (python: string, model: string) => {
  const { out } = await said('--json', 'login');
  const rows = interviews('A').slice(0, 5).map(rowOf);
  const script = join(__dirname, 'mlflow_registry.py');
  const { stdout } = await promisify(execFile)(
    python,
    [script, model, join(EXAMPLE, 'versions/1/model.onnx'), JSON.stringify(rows)],
    { env: { ...process.env, ...JSON.parse(out), CHAMPION: 'wanted' }, maxBuffer: 2 ** 26 },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
};

const NO_PARAMETER = /^INVALID_PARAMETER_VALUE/;

test.each([
  ['2.22', MLFLOW2_PYTHON],
  ['3.17', PYTHON],
])(
  'the unmodified client of MLflow %s logs, registers, searches, tags, aliases and loads',
  async (version, python) => {
    const model = freshModel('logged');
    await setPolicy(model, QUICK_POLICY);
    // Reviewers do their part while the client waits for the champion.
    const approved = awaitApproval(model, 1).then(({ id }) => decide(id, 'reviewer'));
    const seen = await work(python, model);
    await approved;
    expect(seen.version).toMatch(version);
    expect(seen).toMatchObject({
      run: { params: { trees: '300', rate: '0.1' }, auc: 0.72, status: 'FINISHED' },
      history: [0.7, 0.71, 0.72],
      runs: 1,
      first: { status: 'READY', run: true },
      again: '1',
      loaded: true,
      predicted: ['label', 'probabilities'],
      alias: '1',
      'by alias': true,
      model: { tags: { owner: 'ada' }, description: 'who earns enough to live on' },
      searched: [model],
      versions: [['1', { reviewed: 'yes' }, 'the first one']],
      elsewhere: 0,
      champion: expect.stringMatching(/^PERMISSION_DENIED.*reviewers approve it/),
      rename: expect.stringMatching(/^PERMISSION_DENIED.*not renamed/),
      'wrong filter': expect.stringMatching(/^INVALID_PARAMETER_VALUE.*position 6/),
      'no model': expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST/),
      'foreign source': expect.stringMatching(/^INVALID_PARAMETER_VALUE.*own place/),
      twice: expect.stringMatching(/^RESOURCE_ALREADY_EXISTS/),
      gone: expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST/),
      'champion loaded': true,
      'odd names': [expect.stringMatching(NO_PARAMETER), expect.stringMatching(NO_PARAMETER)],
      'another case': expect.stringMatching(/^RESOURCE_ALREADY_EXISTS.*names are the same whatever their case/),
      stages: ['1'],
      transition: expect.stringMatching(/^PERMISSION_DENIED.*by approval and rollout/),
      'aliases refused': [
        expect.stringMatching(/^INVALID_PARAMETER_VALUE.*reserved/),
        expect.stringMatching(/^INVALID_PARAMETER_VALUE.*reserved/),
        expect.stringMatching(/^PERMISSION_DENIED/),
      ],
      'odd tag': true,
      'tag too long': [expect.stringMatching(NO_PARAMETER), expect.stringMatching(NO_PARAMETER)],
      copy: ['1', true, true, 'ß'],
      'copied again': '1',
      'copy loaded': true,
      'latest first': ['1'],
      'wrong order': expect.stringMatching(/^INVALID_PARAMETER_VALUE.*go by name, version_number/),
      'version gone': expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST/),
      'alias gone': {},
      'not found': 0,
      'delete serving': expect.stringMatching(/^PERMISSION_DENIED.*serves/),
      'delete champion': expect.stringMatching(/^PERMISSION_DENIED.*roll it back first/),
    });
    for (const order of ["['name DESC']", "['last_updated_timestamp DESC', 'name']", 'None']) {
      for (const most of [1, 100]) {
        expect(seen[`models by ${order}, ${most}`]).toEqual([model, `${model}-copy`]);
        expect(seen[`versions by ${order}, ${most}`]).toEqual([`${model}-copy/1`, `${model}/1`]);
      }
    }
  },
  240_000,
);

const HOSTED = `
task: regression
runtime: sagemaker
model: model.tar.gz
container: { image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/sums:1", instance: ml.m5.large }
inputs: [{ name: a }, { name: b }]
`;

const CLIENTS = [
  ['2.22', MLFLOW2_PYTHON],
  ['3.17', PYTHON],
] as const;

/** The last line of a script, as JSON. */
const seenBy = async (python: string, script: string, args: readonly string[], changes: object = {}) => {
  const { out } = await said('--json', 'login');
  const env = { ...process.env, ...JSON.parse(out), ...changes };
  const { stdout } = await promisify(execFile)(python, [join(__dirname, script), ...args], { env, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
};

describe('versions that were uploaded without an MLmodel', () => {
  const [wide, narrow, bare, hosted] = ['wide', 'narrow', 'bare', 'hosted'].map(freshModel) as [
    string,
    string,
    string,
    string,
  ];
  const given = {
    wide: { uri: `models:/${wide}/1`, columns: INPUTS },
    narrow: { uri: `models:/${narrow}/1`, columns: [...'abcdefghi'] },
    bare: { uri: `models:/${bare}/1`, columns: INPUTS },
    hosted: { uri: `models:/${hosted}/1` },
  };

  beforeAll(async () => {
    const other = join(EXAMPLE, '../diabetes-progression/versions/1');
    const inputs = given.narrow.columns.map((name) => `{ name: ${name} }`).join(', ');
    await push(wide, exampleFiles(1));
    await push(narrow, {
      'contender.yaml': Buffer.from(
        `task: regression\ninputs: [${inputs}]\noutput: { score: { tensor: variable, kind: value } }\n`,
      ),
      'model.onnx': readFileSync(join(other, 'model.onnx')),
    });
    await put(`inbox/${bare}/model.onnx`, readFileSync(join(EXAMPLE, 'versions/1/model.onnx')));
    await push(hosted, { 'contender.yaml': Buffer.from(HOSTED), 'model.tar.gz': Buffer.from('packed') });
    for (const model of [wide, narrow, bare, hosted])
      await eventually(`a version of ${model}`, async () => (await versionsOf(model)).at(0));
  }, 120_000);

  test.each(CLIENTS)(
    'are loaded by MLflow %s, and predict on a frame of their columns',
    async (version, python) => {
      const rows = interviews('A').slice(0, 5).map(rowOf);
      const seen = await seenBy(python, 'mlflow_generated.py', [JSON.stringify(given), JSON.stringify(rows)]);
      expect(seen.version).toMatch(version);
      expect(seen).toMatchObject({
        wide: { outputs: ['label', 'probabilities'], right: true, metadata: given.wide.columns },
        narrow: { outputs: ['variable'], right: true, metadata: given.narrow.columns },
        bare: { outputs: ['label', 'probabilities'], right: true, metadata: [] },
        'wide as array': true,
        'bare as array': true,
        turned: true,
        lacking: expect.stringMatching(/missing inputs \['a'\]/),
        requirements: ['mlflow', 'onnx', 'onnxruntime'],
        hosted: [
          expect.stringMatching(/runs on SageMaker and cannot be loaded/),
          expect.stringMatching(/runs on SageMaker/),
        ],
        'hosted file': true,
      });
    },
    120_000,
  );
});

describe('a gateway that gives up on a registration', () => {
  test.each(
    CLIENTS.flatMap(([version, python]) => [
      [version, 'after it was done', python, 'after'] as const,
      [version, 'while it runs', python, 'while'] as const,
    ]),
  )(
    'MLflow %s, %s: the client tries again, and there is one version',
    async (_version, _when, python, when) => {
      const model = freshModel('retried');
      const gateway = await GivingUp.open(platform().settings.apiUrl, when);
      const seen = await seenBy(python, 'mlflow_retry.py', [model, join(EXAMPLE, 'versions/1/model.onnx')], {
        MLFLOW_TRACKING_URI: gateway.url,
      });
      await gateway.close();
      expect(gateway.creations.length).toBeGreaterThanOrEqual(2);
      expect(gateway.creations.slice(1).filter((status) => status !== 200 && status !== 503)).toEqual([]);
      expect(seen.versions).toEqual([['1', 'READY', true]]);
      expect((await versionsOf(model)).length).toBe(1);
    },
    120_000,
  );
});

test('what login hands out opens the caller’s own place, and no other', async () => {
  const login = await said('login');
  expect(login.code).toBe(0);
  expect(login.out.split('\n').map((line) => line.split('=')[0])).toEqual(
    expect.arrayContaining(['export MLFLOW_TRACKING_URI', 'export MLFLOW_TRACKING_TOKEN', 'export AWS_SESSION_TOKEN']),
  );
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = JSON.parse(
    (await said('--json', 'login')).out,
  );
  const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3');
  const { platform } = await import('../integ/platform');
  const credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  };
  const s3 = new S3Client({ ...platform().aws, credentials });
  const Bucket = platform().outputs.modelBucket;
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const own = /s3:\/\/[^/]+\/(\S+)/.exec(login.error)?.[1] ?? '';
  await put(`${own}note.txt`);
  await expect(put('mlflow/user-somebody/note.txt')).rejects.toThrow(/denied|authorized/i);
  await expect(put('inbox/credit/model.onnx')).rejects.toThrow(/denied|authorized/i);
  expect((await said('--as', 'app', 'login')).error).toMatch(/model:upload needs the role data-scientist/);
});
