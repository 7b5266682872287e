import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  paginateListFunctions,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { EvaluationReport } from '../../lambdas/evaluation/contract';
import { sums } from '../evaluation/hosted-world';
import { FIXTURES } from '../evaluation/sandbox-world';
import { FakeSageMaker } from '../rollout/fake-sagemaker';
import { eventually, freshModel, platform } from './platform';
import { awaitApproval, awaitStatus, decide, push, QUICK_POLICY, rolloutOf, setPolicy, versionsOf } from './world';

const lambda = () => new LambdaClient(platform().aws);
const sagemaker = new FakeSageMaker();

/** Environment by which the functions are known that speak to SageMaker: hosting, scoring, and evaluation at endpoints. */
const speaksToSageMaker = (own: Readonly<Record<string, string>>): boolean =>
  'CONTAINER_ROLE' in own ||
  'SHADOW_DEADLINE_MS' in own ||
  ('CANDIDATE_TIMEOUT_SECONDS' in own && !('MEMORY_MB' in own));

/** The embedded AWS has no SageMaker: the functions that speak to it find ours by the SDK's own environment variables. */
const pointFunctions = async (variables: Readonly<Record<string, string>>): Promise<void> => {
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda() }, {})) {
    for (const { FunctionName, Environment } of Functions) {
      const own = Environment?.Variables ?? {};
      if (!speaksToSageMaker(own)) continue;
      await lambda().send(
        new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { ...own, ...variables } } }),
      );
      await eventually(`${FunctionName} to be updated`, async () => {
        const { LastUpdateStatus } = await lambda().send(new GetFunctionConfigurationCommand({ FunctionName }));
        return LastUpdateStatus === 'InProgress' ? undefined : true;
      });
    }
  }
};

/** Scales what state machines wait. */
const scaleWaits = async (scale: number): Promise<void> => {
  const { endpointUrl } = platform().outputs;
  const body = JSON.stringify({ 'stepfunctions._SFN_WAIT_SCALE': scale });
  await fetch(`${endpointUrl}/_ministack/config`, { method: 'POST', body });
};

beforeAll(async () => {
  const url = await sagemaker.start();
  sagemaker.container = sums;
  await pointFunctions({ AWS_ENDPOINT_URL_SAGEMAKER: url, AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url });
  await scaleWaits(0.02);
}, 60_000);
afterAll(async () => {
  await scaleWaits(1);
  await sagemaker.stop();
});

const MANIFEST = `
task: regression
runtime: sagemaker
model: model.tar.gz
container: { image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/sums:1", instance: ml.m5.large }
inputs: [{ name: a }, { name: b }]
`;

/** The endpoint that is there beside those of before. */
const newEndpoint = (what: string, before: readonly string[]): Promise<string> =>
  eventually(what, async () => sagemaker.names('endpoint').find((name) => !before.includes(name)));

/** Uploads a hosted version, which is hosted while it is evaluated, approves it, and waits for the endpoint of its rollout. */
const approveHosted = async (model: string, version: number): Promise<string> => {
  const before = sagemaker.names('endpoint');
  await push(model, {
    'contender.yaml': Buffer.from(MANIFEST),
    'model.tar.gz': Buffer.from(`${model} ${version}`),
  });
  const candidate = await newEndpoint(`an endpoint for the evaluation of version ${version}`, before);
  expect((await versionsOf(model)).find((shown) => shown.version === version)?.status).toBe('REGISTERED');
  sagemaker.become(candidate, 'InService');
  const { id } = await awaitApproval(model, version);
  // Nothing is paid for while people decide.
  for (const kind of ['model', 'endpoint-config', 'endpoint'] as const)
    expect(sagemaker.names(kind)).not.toContain(candidate);
  await decide(id, 'reviewer');
  expect(await newEndpoint(`an endpoint for the rollout of version ${version}`, before)).toBe(candidate);
  return candidate;
};

const sum = async (model: string): Promise<unknown> => {
  const inputs = [{ name: 'features', datatype: 'FP64', shape: [2, 2], data: [1, 2, 3.5, 4] }];
  const answer = await (await platform().api('app')).post<{ outputs: Array<{ data: number[] }> }>(
    `/v2/models/${model}/infer`,
    { inputs },
  );
  return answer.outputs[0]?.data;
};

test('a hosted version is put on SageMaker before its rollout, answers at the same endpoint as any other, and is taken off when its successor fails to start', async () => {
  const model = freshModel('hosted');
  await setPolicy(model, QUICK_POLICY);
  const first = await approveHosted(model, 1);
  expect(first).toMatch(new RegExp(`^${platform().outputs.deployment}-hosted-.*-[0-9a-f]{16}$`));
  const request = JSON.stringify(sagemaker.held.model.get(first)?.request);
  expect(request).toContain(`s3://${platform().outputs.artifactBucket}/models/${model}/`);
  await eventually('SageMaker to be asked again', async () => {
    const looks = sagemaker.operations.filter((operation) => operation === 'DescribeEndpoint').length;
    return looks > 2 ? true : undefined;
  });
  expect((await versionsOf(model))[0]?.status).toBe('APPROVED');

  sagemaker.become(first, 'InService');
  await awaitStatus(model, 1, 'SERVING');
  expect(await eventually('a prediction', () => sum(model).catch(() => undefined))).toEqual([3, 7.5]);

  const second = await approveHosted(model, 2);
  sagemaker.become(second, 'Failed', 'The primary container did not pass the ping health check.');
  const aborted = await eventually('the rollout to be aborted', async () => {
    const rollout = await rolloutOf(model, 2);
    return rollout?.status === 'ABORTED' ? rollout : undefined;
  });
  expect(aborted.reason).toMatch(/did not pass the ping health check/);
  await eventually('the second to be taken off', async () =>
    sagemaker.names('model').includes(second) ? undefined : true,
  );
  for (const kind of ['model', 'endpoint-config', 'endpoint'] as const) expect(sagemaker.names(kind)).toEqual([first]);
  expect(await sum(model)).toEqual([3, 7.5]);
}, 120_000);

/** y is the sum, give or take one; every second row is of the other sex. */
const evaluation = (rows: number): string =>
  `a,b,y,sex\n${Array.from({ length: rows }, (_, row) => `${row},${row % 7},${row + (row % 7) + (row % 3) - 1},${row % 2 ? 'f' : 'm'}`).join('\n')}\n`;

const EXISTING = `
task: regression
runtime: sagemaker
inputs: [{ name: a }, { name: b }]
evaluation: { data: evaluation.csv, label: y, protected: [sex] }
`;

interface Reviewed {
  readonly warnings: readonly string[];
  readonly report: EvaluationReport;
}

const pushTo = async (model: string, endpoint: string): Promise<void> =>
  push(model, {
    'contender.yaml': Buffer.from(`endpoint: ${endpoint}${EXISTING}`),
    'evaluation.csv': Buffer.from(evaluation(600)),
  });

/** What a reviewer is shown of a version. */
const reviewed = async (model: string, version: number): Promise<Reviewed & { id: string }> => {
  const { id } = await awaitApproval(model, version);
  return { id, ...(await (await platform().api('reviewer')).get<Reviewed>(`/api/v1/approvals/${id}`)) };
};

test('a version at somebody’s endpoint gets real evidence, beside the champion on the same rows, and is held to the gates', async () => {
  const model = freshModel('endpoint');
  const gates = [
    { kind: 'metric', metric: 'mae', max: 0.7 },
    { kind: 'latency', maxMs: 10_000 },
  ];
  await setPolicy(model, { ...QUICK_POLICY, gates });
  sagemaker.offer(`${model}-1`, sums);
  await pushTo(model, `${model}-1`);
  const first = await reviewed(model, 1);
  expect(first.report.findings).toMatchObject({
    evidence: {
      evidence: 'labelled',
      data: { rows: 600 },
      metrics: { mae: expect.closeTo(2 / 3, 9) },
      groups: [{ attribute: 'sex', groups: [{ n: 300 }, { n: 300 }] }],
    },
    latency: { roundTrip: true },
    runtime: { endpoint: `${model}-1` },
  });
  expect(first.report.gates?.results).toEqual(
    ['mae', 'p99 of a request of one row'].map((gate) => expect.objectContaining({ gate, pass: true })),
  );
  expect(first.warnings).toEqual([expect.stringContaining(`what endpoint ${model}-1 answered then`)]);
  await decide(first.id, 'reviewer');
  await awaitStatus(model, 1, 'SERVING');

  // Always one too many: worse than the champion, and over the limit.
  sagemaker.offer(`${model}-2`, async (body) => {
    const { predictions } = JSON.parse(await sums(body)) as { predictions: number[] };
    return JSON.stringify({ predictions: predictions.map((value) => value + 1) });
  });
  await pushTo(model, `${model}-2`);
  const { rejection } = await awaitStatus(model, 2, 'REJECTED');
  expect(rejection).toMatchObject({ code: 'gate-failed', message: expect.stringMatching(/mae \(≤ 0\.7\): 1/) });

  const graph = readFileSync(join(FIXTURES, 'sum.onnx'));
  const manifest = EXISTING.replace('runtime: sagemaker', 'output: { score: { tensor: score, kind: value } }');
  await push(model, {
    'contender.yaml': Buffer.from(manifest),
    'model.onnx': graph,
    'evaluation.csv': Buffer.from(evaluation(600)),
  });
  const third = await reviewed(model, 3);
  expect(third.report.findings?.evidence).toMatchObject({
    champion: { status: 'compared', version: 1, roundTrip: true, difference: { mae: expect.closeTo(0, 9) } },
  });
}, 120_000);

test('a version whose endpoint is gone is rejected, and told what to do', async () => {
  const model = freshModel('gone');
  await pushTo(model, `${model}-nowhere`);
  const { rejection } = await awaitStatus(model, 1, 'REJECTED');
  expect(rejection).toMatchObject({
    code: 'endpoint-missing',
    message: expect.stringMatching(/endpoint gone-.*-nowhere does not exist/),
  });
});
