import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  paginateListFunctions,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { FakeSageMaker } from '../rollout/fake-sagemaker';
import { eventually, freshModel, platform } from './platform';
import { awaitApproval, awaitStatus, decide, push, QUICK_POLICY, rolloutOf, setPolicy, versionsOf } from './world';

const lambda = () => new LambdaClient(platform().aws);
const sagemaker = new FakeSageMaker();

/** The embedded AWS has no SageMaker: the two functions that speak to it find ours by the SDK's own environment variables. */
const pointFunctions = async (variables: Readonly<Record<string, string>>): Promise<void> => {
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda() }, {})) {
    for (const { FunctionName, Environment } of Functions) {
      const own = Environment?.Variables ?? {};
      if (!('CONTAINER_ROLE' in own || 'SHADOW_DEADLINE_MS' in own)) continue;
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
  sagemaker.container = async (body) => {
    const { instances } = JSON.parse(body) as { instances: number[][] };
    return JSON.stringify({ predictions: instances.map((row) => row.reduce((sum, value) => sum + value, 0)) });
  };
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

/** Uploads a hosted version, approves it, and waits until SageMaker is asked for its endpoint. */
const approveHosted = async (model: string, version: number): Promise<string> => {
  const before = sagemaker.names('endpoint');
  await push(model, {
    'contender.yaml': Buffer.from(MANIFEST),
    'model.tar.gz': Buffer.from(`${model} ${version}`),
  });
  await decide((await awaitApproval(model, version)).id, 'reviewer');
  return eventually(`an endpoint for version ${version}`, async () =>
    sagemaker.names('endpoint').find((name) => !before.includes(name)),
  );
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
