import fc from 'fast-check';
import { hostedEndpointName } from '../../lambdas/registry/domain/hosted-endpoint-name';
import { acceptHosted } from '../../lambdas/upload/domain/accept-upload';
import { readManifest } from '../../lambdas/upload/domain/read-manifest';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { UploadWorld } from './fakes';

const DIGEST = 'ab'.repeat(32);
const IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/models/sklearn:1.9';
const INPUTS = 'inputs: [{ name: age }]';
const INSTANCE = `container: { image: "${IMAGE}", instance: ml.m5.large }`;

const accept = (text: string, sagemaker: 'on' | 'off' = 'on') =>
  acceptHosted(readManifest(`runtime: sagemaker\n${text}`), { deployment: 'risk', sagemaker }, 'Credit.Risk', DIGEST);

test('a hosted model is what its manifest declares', () => {
  expect(accept(`endpoint: risk-1\n${INPUTS}`)).toMatchObject({
    runtime: { kind: 'sagemaker', endpoint: 'risk-1' },
    signature: { inputs: [{ shape: [-1, 1] }] },
  });
});

test('a model with a container gets the endpoint that its rollout will make', () => {
  expect(accept(`model: model.tar.gz\n${INPUTS}\n${INSTANCE}`).runtime).toEqual({
    kind: 'sagemaker',
    endpoint: hostedEndpointName('risk', 'credit.risk', DIGEST),
  });
  expect(hostedEndpointName('risk', 'Credit.Risk', DIGEST)).toMatch(/^risk-credit-risk-[0-9a-f]{16}$/);
});

test.each([
  ['neither endpoint nor container', INPUTS, 'no-endpoint', /add "endpoint:.*or "container:"/],
  ['a container without an archive', `${INPUTS}\n${INSTANCE}`, 'no-model-file', /name it with "model:"/],
  ['a container for a graph', `model: model.onnx\n${INPUTS}\n${INSTANCE}`, 'no-model-file', /\.tar\.gz/],
  ['no inputs', `model: m.tar.gz\n${INSTANCE}`, 'signature-mismatch', /names no inputs/],
  [
    'an answer that the endpoint does not give',
    `endpoint: risk-1\n${INPUTS}\noutput: { respond: [risk] }`,
    'signature-mismatch',
    /output\.respond: \[risk\], but the outputs of the endpoint are predictions/,
  ],
  [
    'both',
    `endpoint: e\nmodel: m.tar.gz\n${INPUTS}\n${INSTANCE}`,
    'bad-manifest',
    /line 5: container: give either the endpoint/,
  ],
  ['an image from elsewhere', `${INPUTS}\ncontainer: { image: nginx, instance: ml.m5.large }`, 'bad-manifest', /ECR/],
  [
    'no size',
    `${INPUTS}\ncontainer: { image: "${IMAGE}" }`,
    'bad-manifest',
    /exactly one of "instance" and "serverless"/,
  ],
  [
    'instances of a serverless endpoint',
    `${INPUTS}\ncontainer: { image: "${IMAGE}", serverless: { memoryMb: 2048, maxConcurrency: 5 }, instances: 2 }`,
    'bad-manifest',
    /has no instances/,
  ],
])('%s: the upload is rejected, and told what to change', (_what, text, code, words) => {
  expect(() => accept(text)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(words), rejection: expect.objectContaining({ code }) }),
  );
});

test('a container is for models on SageMaker only', () => {
  expect(() => readManifest(INSTANCE)).toThrow(/line 1: container: only a model with "runtime: sagemaker"/);
});

test('a deployment without SageMaker rejects at upload what it could never serve, and takes it once it can', async () => {
  const world = new UploadWorld();
  world.hosting = { deployment: 'test', sagemaker: 'off' };
  const manifest = `runtime: sagemaker\nendpoint: risk-1\n${INPUTS}`;
  const register = (folder: string) =>
    registerUpload('uploads', world.put(`inbox/wage/${folder}/contender.yaml`, manifest), world);
  expect((await register('v1')).outcome).toBe('rejected');
  expect(world.registrations.versions.get('wage')?.[0]).toMatchObject({
    rejection: { code: 'sagemaker-off', message: expect.stringMatching(/sagemaker\.enabled/) },
  });
  world.hosting = { deployment: 'test', sagemaker: 'on' };
  expect((await register('v2')).outcome).toBe('registered');
});

test('an upload with a container waits for its archive, which is registered under the digest that names the endpoint', async () => {
  const world = new UploadWorld();
  const manifest = `runtime: sagemaker\nmodel: model.tar.gz\n${INPUTS}\n${INSTANCE}`;
  const first = await registerUpload('uploads', world.put('inbox/wage/v1/contender.yaml', manifest), world);
  expect(first).toEqual({ outcome: 'waiting', missing: ['model.tar.gz'] });
  await registerUpload('uploads', world.put('inbox/wage/v1/model.tar.gz', 'bytes'), world);
  const [version] = world.registrations.versions.get('wage') ?? [];
  if (!version || !('runtime' in version)) throw new Error('it was not registered');
  expect(version.runtime).toEqual({
    kind: 'sagemaker',
    endpoint: hostedEndpointName('test', 'wage', version.rootDigest),
  });
  expect([...world.stored.keys()]).toContain(`models/wage/${version.rootDigest}/model.tar.gz`);
});

const deployments = fc.stringMatching(/^[a-z][a-z0-9-]{0,23}$/);
const models = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
const digests = fc.stringMatching(/^[0-9a-f]{64}$/);

test('whatever the names, SageMaker takes the endpoint’s, and it starts with the deployment', () => {
  fc.assert(
    fc.property(deployments, models, digests, (deployment, model, digest) => {
      const name = hostedEndpointName(deployment, model, digest);
      expect(name).toMatch(/^[a-z0-9](-*[a-z0-9]){0,62}$/);
      expect(name.startsWith(`${deployment}-`)).toBe(true);
    }),
  );
});

test.each([
  ['model', { model: 'a_b' }],
  ['deployment', { deployment: 'e' }],
  ['archive', { digest: 'cd'.repeat(32) }],
  ['side of the boundary', { deployment: 'd-a', model: 'b' }],
])('another %s is another endpoint', (_what, other) => {
  const nameOf = ({ deployment = 'd', model = 'a.b', digest = DIGEST }) =>
    hostedEndpointName(deployment, model, digest);
  expect(nameOf(other)).not.toBe(nameOf({}));
});
