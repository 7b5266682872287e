import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freshModel } from '../integ/platform';
import { said } from '../integ/said';
import { EXAMPLE } from '../integ/world';
import { MLFLOW2_PYTHON, PYTHON } from './clients';

const work = async (python: string, model: string) => {
  const { out } = await said('--json', 'login');
  const script = join(__dirname, 'mlflow_tracking.py');
  const { stdout } = await promisify(execFile)(python, [script, model, join(EXAMPLE, 'versions/1/model.onnx')], {
    env: { ...process.env, ...JSON.parse(out) },
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
};

const OF_LOGGED_MODELS = {
  logged: {
    status: 'READY',
    metrics: [
      ['auc', 0.7, 0, expect.stringMatching(/^loans-/)],
      ['auc', 0.8, 1, null],
    ],
  },
  models: {
    tagged: ['model'],
    metric: ['model'],
    'metric on': [],
    param: ['other'],
    ordered: ['model', 'other'],
    'one by one': ['other'],
    digest: ['model'],
  },
  'no more': expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST/),
};

test.each([
  ['2.22', MLFLOW2_PYTHON],
  ['3.17', PYTHON],
])(
  'what the unmodified client of MLflow %s logs comes back, and becomes the lineage of the version',
  async (version, python) => {
    const model = freshModel('tracked');
    const seen = await work(python, model);
    expect(seen.version).toMatch(version);
    const changing = /^INVALID_PARAMETER_VALUE.*Changing param values is not allowed/s;
    expect(seen).toMatchObject({
      'experiment twice': expect.stringMatching(/^RESOURCE_ALREADY_EXISTS/),
      experiment: { team: 'risk', stage: 'trial' },
      'another value': expect.stringMatching(changing),
      'another value in a batch': expect.stringMatching(changing),
      won: 1,
      params: { depth: '3', width: null },
      digest: expect.stringMatching(/^[0-9a-f]{8}$/),
      datasets: [
        ['held', expect.any(String), 'eval'],
        [`loans-${model}`, seen.digest, 'training'],
      ],
      loss: [999, 1000],
      steps: [-500, 5000],
      odd: ['-1.5', '-inf', 'inf', 'nan'],
      'no key': expect.stringMatching(/^INVALID_PARAMETER_VALUE/),
      all: [31, 31],
      'newest first': true,
      ordered: [24, true],
      'by dataset': ['trained'],
      frame: 31,
      deleted: ['gone'],
      'told of after that': expect.stringMatching(/^INVALID_PARAMETER_VALUE.*'active' state/s),
      registered: '1',
      retired: 'deleted',
      found: [`retired ${model}, renamed`],
      ...(version === '3.17' ? OF_LOGGED_MODELS : {}),
    });

    const dataset = `loans-${model}@${seen.digest}`;
    const lineage = await said('lineage', `${model}/1`);
    expect(lineage.out).toContain(dataset);
    expect(lineage.out).toMatch(new RegExp(`https://git.example/risk.git at (c0ffee){6}\\s+.*${seen.run}`));
    const { ancestors } = JSON.parse((await said('--json', 'lineage', `${model}/1`)).out);
    expect(ancestors[0].lineage).toMatchObject({
      run: seen.run,
      fromRun: ['datasets', 'code'],
      datasets: [{ name: `loans-${model}`, digest: seen.digest, uri: 's3://lake/loans.csv', rows: 20 }],
    });
    const used = await said('--json', 'lineage', 'dataset', dataset);
    expect(JSON.parse(used.out)).toMatchObject({ dataset: { digest: seen.digest }, versions: [{ model, version: 1 }] });
    expect((await said('card', model, '1')).out).toMatch(/datasets and code as the run logged them/);
    expect((await said('withdraw', dataset, '--reason', 'no consent')).out).toMatch(/is withdrawn since/);
  },
  300_000,
);
