import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freshModel } from '../integ/platform';
import { said } from '../integ/said';
import { awaitApproval, decide, EXAMPLE, interviews, QUICK_POLICY, rowOf, setPolicy } from '../integ/world';
import { MLFLOW2_PYTHON, PYTHON } from './clients';

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
    });
  },
  240_000,
);

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
