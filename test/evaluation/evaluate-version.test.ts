import { createHash } from 'node:crypto';
import type { Findings } from '../../lambdas/evaluation/contract';
import { evaluateVersion } from '../../lambdas/evaluation/evaluate-version';
import { policySchema } from '../../lambdas/registry/contract';
import { rejected } from '../../lambdas/registry/domain/version-lifecycle';
import { EvaluationWorld } from './fakes';
import { championRoute, labelled, registered, serving } from './versions';

const EVENT = { model: 'credit', version: 2 };
const WITH_DATA = { evaluation: { data: 'evaluation.csv', label: 'y' } };
const COLUMNS = { inputs: [{ name: 'a' }, { name: 'b' }] };

const LABELLED = labelled();

const findings = (evidence: Findings['evidence']): Findings => ({
  task: 'binary-classification',
  evidence,
  latency: { loadMs: 5, batch1: { runs: 10, p50: 0.2, p99: 0.4 } },
  peakMemoryBytes: 1,
  limits: { rows: 1, memoryBytes: 1, time: 1 },
  runtime: { node: 'v22', onnxruntime: '1', platform: 'linux' },
});

const evaluatedAs =
  (evidence: Findings['evidence'] = LABELLED) =>
  async () => ({ status: 'evaluated' as const, findings: findings(evidence) });

let world: EvaluationWorld;
beforeEach(() => {
  world = new EvaluationWorld();
  world.sandbox.running = evaluatedAs();
});

describe('outcomes', () => {
  test('findings become a report, the version’s summary and an audit event', async () => {
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    expect(await evaluateVersion(EVENT, world.ports)).toEqual({ status: 'EVALUATED', ...EVENT });
    const report = { key: 'evaluations/credit/2.json', sha256: expect.any(String) };
    const evaluation = {
      evidence: 'labelled',
      metrics: { accuracy: 0.9 },
      baseline: { rows: 60, mean: 0.1, perClass: [] },
      latencyMsPerRow: 0.2,
      report,
    };
    expect(world.records.versions.get(2)).toMatchObject({ status: 'EVALUATED', generation: 1, evaluation });
    expect(world.artifacts.reports.get(report.key)).toMatchObject({
      schema: 1,
      version: 2,
      findings: { evidence: LABELLED },
    });
    expect(world.records.audit).toEqual(['Version Evaluated 2']);
  });

  test('rows of people are kept apart from the report, which names them', async () => {
    const background = { rows: [3, 7], columns: [{ name: 'a', values: [1, null] }] };
    world.sandbox.running = async () => ({ status: 'evaluated', findings: { ...findings(LABELLED), background } });
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    await evaluateVersion(EVENT, world.ports);
    const report = world.artifacts.reports.get('evaluations/credit/2.json');
    const sha256 = createHash('sha256').update(JSON.stringify(background)).digest('hex');
    const key = `backgrounds/credit/2/${sha256}.json`;
    expect(report?.background).toEqual({ rows: 2, key, sha256 });
    expect(report?.findings).not.toHaveProperty('background');
    expect(world.artifacts.backgrounds.get(key)).toEqual(background);
  });

  test('a rejection is recorded with its reason', async () => {
    const rejection = { code: 'out-of-memory', message: 'the model used more than the 300 MB' };
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    world.sandbox.running = async () => ({ status: 'rejected', rejection });
    expect(await evaluateVersion(EVENT, world.ports)).toEqual({ status: 'REJECTED', ...EVENT });
    expect(world.records.versions.get(2)).toMatchObject({ status: 'REJECTED', rejection });
    expect(world.records.audit).toEqual(['Version Rejected 2']);
  });

  test('a sandbox that could not do its work is an error, so that it is tried again', async () => {
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    world.sandbox.running = async () => ({ status: 'failed', reason: 'no download' });
    await expect(evaluateVersion(EVENT, world.ports)).rejects.toMatchObject({ code: 'upstream-failed' });
    expect(world.records.versions.get(2)).toMatchObject({ status: 'REGISTERED' });
  });

  test('declared data that are not in the upload reject it before anything runs', async () => {
    world.add(registered(2, WITH_DATA));
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'REJECTED' });
    expect(world.records.versions.get(2)).toMatchObject({
      rejection: {
        code: 'data-missing',
        message: expect.stringContaining('names evaluation.csv, which is not in the upload (model.onnx)'),
      },
    });
    expect(world.sandbox.requests).toEqual([]);
  });
});

const hosted = (version: number, manifest: object = {}, files: readonly string[] = []) => ({
  ...registered(version, manifest, files),
  runtime: { kind: 'sagemaker' as const, endpoint: `e${version}` },
});

describe('a candidate at an endpoint', () => {
  const container = {
    container: { image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/m:1', instance: 'ml.m5.large' },
  };
  const CONTAINED = { ...WITH_DATA, ...container, runtime: 'sagemaker', model: 'm.tar.gz', inputs: [{ name: 'a' }] };
  beforeEach(() => {
    if (world.endpoints) world.endpoints.running = evaluatedAs();
  });

  test('is run where endpoints may be called, on a sample of the rows, and never where graphs run', async () => {
    world.add(hosted(2, WITH_DATA, ['evaluation.csv']));
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'EVALUATED' });
    expect(world.endpoints?.requests).toEqual([
      expect.objectContaining({
        candidate: expect.objectContaining({ runtime: { kind: 'sagemaker', endpoint: 'e2' } }),
        sample: { rows: 5000, seed: 0xaaaaaaaa },
      }),
    ]);
    expect(world.sandbox.requests).toEqual([]);
    expect(world.records.versions.get(2)).toMatchObject({ evaluation: { evidence: 'labelled' } });
  });

  test('in a deployment without SageMaker is recorded as not run, with the reason and without a latency', async () => {
    world.endpoints = undefined;
    world.add(hosted(2));
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'EVALUATED' });
    const version = world.records.versions.get(2);
    expect(version).toMatchObject({ evaluation: { evidence: 'none', metrics: {} } });
    expect(version && 'evaluation' in version && version.evaluation).not.toHaveProperty('latencyMsPerRow');
    const report = world.artifacts.reports.get('evaluations/credit/2.json');
    expect(report).toMatchObject({ notRun: expect.stringMatching(/sagemaker\.enabled/) });
    expect(report).not.toHaveProperty('findings');
  });

  test('in a container of ours is run once that is in service', async () => {
    world.add(hosted(2, CONTAINED, ['evaluation.csv']));
    await evaluateVersion({ ...EVENT, hosting: { hosting: 'ready' } }, world.ports);
    expect(world.endpoints?.requests).toHaveLength(1);
  });

  test('whose container does not come into service is rejected with SageMaker’s reason', async () => {
    world.add(hosted(2, CONTAINED, ['evaluation.csv']));
    const hosting = { hosting: 'failed' as const, reason: 'it did not pass the ping health check' };
    expect(await evaluateVersion({ ...EVENT, hosting }, world.ports)).toMatchObject({ status: 'REJECTED' });
    expect(world.records.versions.get(2)).toMatchObject({
      rejection: { code: 'endpoint-failed', message: expect.stringMatching(/did not pass the ping.*mend image/) },
    });
    expect(world.endpoints?.requests).toEqual([]);
  });

  test('whose container nobody started is not asked, which would look like an endpoint that is gone', async () => {
    world.add(hosted(2, CONTAINED, ['evaluation.csv']));
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'EVALUATED' });
    const report = world.artifacts.reports.get('evaluations/credit/2.json');
    expect(report).toMatchObject({ notRun: expect.stringMatching(/container was not started/) });
  });
});

describe('a champion that runs elsewhere than the candidate', () => {
  const answers = {
    rows: 1,
    rowsSha256: 'a'.repeat(64),
    predictions: { kind: 'numbers' as const, values: '' },
    latencyMsPerRow: 3,
  };
  const rivals = () => {
    const champion = serving(hosted(1, COLUMNS), { cap: 7 });
    world.add(registered(2, { ...WITH_DATA, ...COLUMNS }, ['evaluation.csv']), champion);
    world.records.routed = championRoute(champion);
  };

  test('answers there first, in half of the time; its answers go to the candidate, with the same sample', async () => {
    rivals();
    if (world.endpoints) world.endpoints.answering = async () => ({ status: 'answered', answers });
    await evaluateVersion(EVENT, world.ports);
    const sample = { rows: 5000, seed: 0xaaaaaaaa };
    expect(world.endpoints?.asked).toEqual([expect.objectContaining({ sample, timeMs: 300_000 })]);
    expect(world.sandbox.requests).toEqual([
      expect.objectContaining({
        sample,
        champion: { status: 'answered', runnable: expect.objectContaining({ version: 1 }), answers, lossCap: 7 },
        timeMs: 600_000,
      }),
    ]);
  });

  test('and could not be run is told, and is no fault of the candidate', async () => {
    rivals();
    const rejection = { code: 'endpoint-missing', message: 'endpoint e1 does not exist' };
    if (world.endpoints) world.endpoints.answering = async () => ({ status: 'rejected', rejection });
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'EVALUATED' });
    expect(world.sandbox.requests[0]?.champion).toEqual({
      status: 'absent',
      reason: 'the champion, version 1, could not be run on these data: endpoint e1 does not exist',
    });
  });

  test('and cannot be asked now has the evaluation tried again', async () => {
    rivals();
    await expect(evaluateVersion(EVENT, world.ports)).rejects.toMatchObject({ code: 'upstream-failed' });
    expect(world.records.versions.get(2)).toMatchObject({ status: 'REGISTERED' });
  });

  test('and may not be called is said to be so', async () => {
    rivals();
    world.endpoints = undefined;
    await evaluateVersion(EVENT, world.ports);
    expect(world.sandbox.requests[0]?.champion).toMatchObject({
      reason: expect.stringMatching(/was not run: .*sagemaker\.enabled/),
    });
  });
});

describe('gates', () => {
  const demanding = (min: number, severity = 'block') => {
    const gates = [{ kind: 'metric', metric: 'accuracy', min, severity }];
    world.records.inForce = { number: 4, policy: policySchema.parse({ gates }) };
  };

  test('a version that passes carries the table, and so does its report', async () => {
    demanding(0.8);
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'EVALUATED' });
    const gates = { policy: 4, results: [expect.objectContaining({ gate: 'accuracy', value: 0.9, pass: true })] };
    expect(world.records.versions.get(2)).toMatchObject({ evaluation: { gates } });
    expect(world.artifacts.reports.get('evaluations/credit/2.json')).toMatchObject({ gates });
  });

  test('a version that fails is rejected, with its evidence', async () => {
    demanding(0.95);
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    expect(await evaluateVersion(EVENT, world.ports)).toEqual({ status: 'REJECTED', ...EVENT });
    expect(world.records.versions.get(2)).toMatchObject({
      status: 'REJECTED',
      rejection: { code: 'gate-failed', message: expect.stringContaining('accuracy (≥ 0.95): 0.9') },
      evaluation: { metrics: { accuracy: 0.9 }, gates: { results: [{ pass: false }] } },
    });
    expect(world.records.audit).toEqual(['Version Rejected 2']);
  });

  test('a warning is on record, and reviewers decide', async () => {
    demanding(0.95, 'warn');
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'EVALUATED' });
    expect(world.records.versions.get(2)).toMatchObject({ evaluation: { gates: { results: [{ pass: false }] } } });
  });

  test('by default a version must fit the champion’s callers, wherever it runs', async () => {
    const champion = serving(registered(1, COLUMNS));
    world.records.routed = championRoute(champion);
    world.artifacts.reports.set('evaluations/credit/1.json', {
      ...{ schema: 1, model: 'credit', version: 1, rootDigest: champion.rootDigest, evaluatedAt: 1 },
    });
    if (world.endpoints) world.endpoints.running = evaluatedAs();
    world.add(champion, hosted(2, { inputs: [{ name: 'a' }] }));
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'REJECTED' });
    expect(world.records.versions.get(2)).toMatchObject({
      rejection: { code: 'gate-failed', message: expect.stringContaining("column 'b' is removed") },
    });
  });

  const OWNER = { kind: 'declared', what: 'owner' };
  const BY_RISK = {
    gates: [],
    tiers: { high: { gates: [OWNER] } },
    named: { retail: { gates: [{ ...OWNER, what: 'card' }] } },
  };

  test.each<[object, object, string, object]>([
    [{}, { risk: 'high' }, 'REJECTED', { tier: 'high', results: [{ gate: 'owner', pass: false }] }],
    [{}, { risk: 'low' }, 'EVALUATED', { tier: 'low', results: [] }],
    [{}, {}, 'EVALUATED', { results: [] }],
    [{ leastRisk: 'high' }, { risk: 'low' }, 'REJECTED', { tier: 'high', results: [{ gate: 'owner', pass: false }] }],
    [{ leastRisk: 'high' }, {}, 'REJECTED', { tier: 'high', results: [{ gate: 'owner', pass: false }] }],
    [{ leastRisk: 'high' }, { owner: 'risk' }, 'EVALUATED', { tier: 'high', results: [{ gate: 'owner', pass: true }] }],
    [
      {},
      { owner: 'risk', risk: 'high', policy: 'retail' },
      'REJECTED',
      {
        tier: 'high',
        named: 'retail',
        results: [
          { gate: 'owner', pass: true },
          { gate: 'card', pass: false },
        ],
      },
    ],
  ])('under %j a version with %j is %s', async (policy, manifest, status, gates) => {
    world.records.inForce = { number: 4, policy: policySchema.parse({ ...BY_RISK, ...policy }) };
    world.add(registered(2, { ...WITH_DATA, ...manifest }, ['evaluation.csv']));
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status });
    const recorded = world.records.versions.get(2);
    expect(recorded).toMatchObject({ evaluation: { gates: { policy: 4, ...gates } } });
    expect(world.artifacts.reports.get('evaluations/credit/2.json')?.gates).toMatchObject(gates);
    if (recorded?.status === 'REJECTED')
      expect(recorded.rejection.message).toMatch(/gates of policy 4, tier high(, named retail)? failed/);
  });

  test('a name that the policy has lost since registration is no way around its gates', async () => {
    world.records.inForce = { number: 5, policy: policySchema.parse({ named: { wholesale: {} } }) };
    world.add(registered(2, { ...WITH_DATA, policy: 'retail' }, ['evaluation.csv']));
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'REJECTED' });
    expect(world.records.versions.get(2)).toMatchObject({
      rejection: {
        code: 'gate-failed',
        message: expect.stringContaining('contender.yaml says policy: retail, and the policy has default, wholesale'),
      },
      evaluation: {
        gates: {
          results: [
            { gate: 'policy', pass: false },
            { gate: 'signature', pass: true },
          ],
        },
      },
    });
  });

  test('a run that crashed after its report is judged by the policy of that time', async () => {
    demanding(0.95);
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    const broken = Object.assign(Object.create(world.records), {
      recordRejection: () => Promise.reject(new Error('crash')),
    });
    await expect(evaluateVersion(EVENT, { ...world.ports, records: broken })).rejects.toThrow('crash');
    demanding(0.1);
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'REJECTED' });
  });
});

describe('happening twice', () => {
  test('a version with an outcome keeps it, and nothing runs again', async () => {
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    const first = await evaluateVersion(EVENT, world.ports);
    expect(await evaluateVersion(EVENT, world.ports)).toEqual(first);
    expect(world.sandbox.requests).toHaveLength(1);
    expect(world.records.audit).toHaveLength(1);
  });

  test.each([
    ['in service', serving(registered(2)), 'EVALUATED'],
    ['rejected', rejected(registered(2), { code: 'x', message: 'y' }, 1), 'REJECTED'],
  ])('a version that is %s answers with what it is', async (_, version, status) => {
    world.add(version);
    expect(await evaluateVersion(EVENT, world.ports)).toEqual({ status, ...EVENT });
  });

  test('of two runs at once the first outcome counts', async () => {
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    const rejection = { code: 'timed-out', message: 'slow' };
    world.sandbox.running = async () => {
      world.sandbox.running = evaluatedAs();
      await evaluateVersion(EVENT, world.ports);
      return { status: 'rejected', rejection };
    };
    expect(await evaluateVersion(EVENT, world.ports)).toMatchObject({ status: 'EVALUATED' });
    expect(world.records.audit).toEqual(['Version Evaluated 2']);
  });

  test('a run that crashed after its report is finished with that report', async () => {
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    const { records, ports } = world;
    const broken = Object.assign(Object.create(records), {
      recordEvaluation: () => Promise.reject(new Error('crash')),
    });
    await expect(evaluateVersion(EVENT, { ...ports, records: broken })).rejects.toThrow('crash');
    world.sandbox.running = evaluatedAs({ ...LABELLED, metrics: { accuracy: 0.1 } });
    await evaluateVersion(EVENT, ports);
    expect(records.versions.get(2)).toMatchObject({ evaluation: { metrics: { accuracy: 0.9 } } });
  });
});

describe('what the sandbox is given', () => {
  const requestFor = async () => {
    await evaluateVersion(EVENT, world.ports);
    return world.sandbox.requests[0];
  };

  test('the candidate’s own data, by URL', async () => {
    world.add(registered(2, WITH_DATA, ['evaluation.csv']));
    expect(await requestFor()).toMatchObject({
      candidate: {
        version: 2,
        runtime: { kind: 'onnx', graph: { url: expect.stringMatching(/models\/credit\/a+2\/model\.onnx$/) } },
      },
      champion: { status: 'absent', reason: 'there is no champion yet' },
      data: { kind: 'file', source: { version: 2, file: 'evaluation.csv', label: 'y' } },
    });
  });

  test('the champion, and the cap that the model has', async () => {
    const champion = serving(registered(1, COLUMNS), { cap: 7 });
    world.add(registered(2, WITH_DATA, ['evaluation.csv']), champion);
    world.records.routed = championRoute(champion);
    expect(await requestFor()).toMatchObject({ champion: { status: 'present', runnable: { version: 1 }, lossCap: 7 } });
  });

  test('the champion’s data where the upload has none, and the names of its columns', async () => {
    const champion = serving(registered(1, { ...WITH_DATA, ...COLUMNS }, ['evaluation.csv']));
    world.add(registered(2), champion);
    world.records.routed = championRoute(champion);
    expect(await requestFor()).toMatchObject({
      candidate: { signature: { columns: [{ name: 'a' }, { name: 'b' }] } },
      data: { kind: 'file', source: { version: 1 } },
    });
  });

  test('the data that the champion itself had to borrow', async () => {
    const lender = registered(1, { ...WITH_DATA, ...COLUMNS }, ['evaluation.csv']);
    const champion = serving(registered(3, COLUMNS));
    const report = { schema: 1 as const, model: 'credit', version: 3, rootDigest: champion.rootDigest, evaluatedAt: 1 };
    world.artifacts.reports.set('evaluations/credit/3.json', {
      ...report,
      findings: findings({ ...LABELLED, data: { ...LABELLED.data, version: 1 } }),
    });
    world.add(lender, registered(2, COLUMNS), champion);
    world.records.routed = championRoute(champion);
    expect(await requestFor()).toMatchObject({ data: { kind: 'file', source: { version: 1 } } });
  });

  test.each([
    ['takes other columns', { inputs: [{ name: 'a' }, { name: 'c' }] }, 'version 1 takes other columns'],
    [
      'has another task',
      { ...COLUMNS, task: 'regression' },
      'version 1 is for binary-classification, this one for regression',
    ],
  ])('no data of a champion that %s', async (_, manifest, reason) => {
    const theirs = { ...WITH_DATA, ...COLUMNS, task: 'binary-classification' };
    const champion = serving(registered(1, theirs, ['evaluation.csv']));
    world.add(registered(2, manifest), champion);
    world.records.routed = championRoute(champion);
    expect(await requestFor()).toMatchObject({ data: { kind: 'none', reason: expect.stringContaining(reason) } });
  });

  test('nothing to judge by, with the reason, where nobody has data', async () => {
    world.add(registered(2));
    expect(await requestFor()).toMatchObject({
      data: {
        kind: 'none',
        reason: 'the upload has no evaluation data, and there is no champion whose data could be used',
      },
    });
  });
});
