import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { Container, ModelVersion, Route } from '../../lambdas/registry/contract';
import { hostedEndpointName } from '../../lambdas/registry/domain/hosted-endpoint-name';
import { SageMakerHost } from '../../lambdas/rollout/adapters/sagemaker-host';
import { rollBack } from '../../lambdas/rollout/command-rollout';
import { isReleasable } from '../../lambdas/rollout/domain/hosted-endpoint';
import { startRollout } from '../../lambdas/rollout/drive-rollout';
import { promote, withdraw } from '../../lambdas/rollout/end-rollout';
import { ensureHosted, hostCandidate, hostChallenger } from '../../lambdas/rollout/host-endpoint';
import type { HostingPorts } from '../../lambdas/rollout/hosting-ports';
import { releaseAfterRollout, releaseCandidate, sweepEndpoints } from '../../lambdas/rollout/release-endpoint';
import { FakeSageMaker } from './fake-sagemaker';
import { MODEL, ref, World } from './fakes';

const HOUR_MS = 3_600_000;
const DEPLOYMENT = 'test';
const ROLE = 'arn:aws:iam::000000000000:role/containers';
const IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/models:1';
const INSTANCE: Container = { image: IMAGE, instance: 'ml.m5.large', environment: { WORKERS: '2' } };
const operator = { kind: 'person' as const, id: 'op', name: 'Op' };

let sagemaker: FakeSageMaker;
let client: SageMakerClient;
beforeEach(async () => {
  sagemaker = new FakeSageMaker();
  client = new SageMakerClient({
    endpoint: await sagemaker.start(),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});
afterEach(() => sagemaker.stop());

const nameOf = (version: number): string => hostedEndpointName(DEPLOYMENT, MODEL, ref(version).rootDigest);

/** A world whose versions are hosted by Contender, and what hosts them. */
const hosted = (versions: readonly number[], container: Container = INSTANCE) => {
  const world = new World(versions);
  sagemaker.clock = () => world.clock;
  for (const [number, version] of world.versions) {
    const runtime = { kind: 'sagemaker' as const, endpoint: nameOf(number) };
    const artifactPrefix = `models/${MODEL}/${ref(number).rootDigest}/`;
    const manifest = { runtime: 'sagemaker', container, model: 'model.tar.gz' };
    world.versions.set(number, { ...version, runtime, artifactPrefix, manifest } as ModelVersion);
  }
  const ports: HostingPorts = {
    host: new SageMakerHost(client, ROLE, DEPLOYMENT),
    place: { deployment: DEPLOYMENT, artifactBucket: 'artifacts' },
    startTimeoutMs: HOUR_MS,
    keepFormerMs: 24 * HOUR_MS,
    now: world.now,
    registry: { ...world.registry, findVersion: async (_model, version) => world.versions.get(version) },
    store: world.store,
    isClimbing: async (_model, version) =>
      [...world.rollouts.values()].some(
        ({ status, challenger }) => status === 'RUNNING' && challenger.version === version,
      ),
  };
  Object.assign(world, {
    hosting: { ensure: (model: string, version: number) => ensureHosted(model, version, ports) },
  });
  return { world, ports };
};

const start = async (world: World, version: number): Promise<string> =>
  (await startRollout(MODEL, version, `approval-${version}`, world)).id;

/** Hosts and promotes a version. */
const champion = async (world: World, ports: HostingPorts, version: number): Promise<string> => {
  const id = await start(world, version);
  await hostChallenger(MODEL, id, ports);
  sagemaker.become(nameOf(version), 'InService');
  if (world.route && world.route.mode === 'champion')
    world.route = { ...world.route, mode: 'shadow', challenger: ref(version), rolloutId: id } as Route;
  await promote(MODEL, id, 'passed', world);
  return id;
};
const sweep = (ports: HostingPorts) =>
  sweepEndpoints(ports, (_, error) => {
    throw error;
  });
const everything = () => (['model', 'endpoint-config', 'endpoint'] as const).map((kind) => sagemaker.names(kind));

describe('before its first step a challenger', () => {
  test('gets a model, a configuration and an endpoint of one name, tagged, isolated, from its registered archive', async () => {
    const { world, ports } = hosted([1]);
    const id = await start(world, 1);
    expect(await hostChallenger(MODEL, id, ports)).toEqual({ hosting: 'starting' });
    const name = nameOf(1);
    expect(everything()).toEqual([[name], [name], [name]]);
    expect(sagemaker.held.model.get(name)?.request).toMatchObject({
      ExecutionRoleArn: ROLE,
      EnableNetworkIsolation: true,
      PrimaryContainer: {
        Image: IMAGE,
        ModelDataUrl: `s3://artifacts/models/${MODEL}/${ref(1).rootDigest}/model.tar.gz`,
        Environment: { WORKERS: '2' },
      },
    });
    expect(sagemaker.held['endpoint-config'].get(name)?.request).toMatchObject({
      ProductionVariants: [{ ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: 1 }],
    });
    for (const kind of ['model', 'endpoint-config', 'endpoint'] as const)
      expect(sagemaker.held[kind].get(name)?.tags).toEqual([
        { Key: 'contender:deployment', Value: DEPLOYMENT },
        { Key: 'contender:model', Value: MODEL },
        { Key: 'contender:version', Value: '1' },
      ]);
    expect(await hostChallenger(MODEL, id, ports)).toEqual({ hosting: 'starting' });
    sagemaker.become(name, 'InService');
    expect(await hostChallenger(MODEL, id, ports)).toEqual({ hosting: 'ready' });
    expect(sagemaker.operations.filter((operation) => operation.startsWith('Create'))).toHaveLength(3);
  });

  test('may be serverless, where SageMaker offers no isolation', async () => {
    const { world, ports } = hosted([1], { image: IMAGE, serverless: { memoryMb: 2048, maxConcurrency: 5 } });
    await hostChallenger(MODEL, await start(world, 1), ports);
    expect(sagemaker.held.model.get(nameOf(1))?.request).toMatchObject({ EnableNetworkIsolation: false });
    expect(sagemaker.held['endpoint-config'].get(nameOf(1))?.request).toMatchObject({
      ProductionVariants: [{ ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } }],
    });
  });

  test.each(['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint'])(
    'whose %s met a passing fault is gone on with, and nothing is made twice',
    async (operation) => {
      const { world, ports } = hosted([1]);
      const id = await start(world, 1);
      sagemaker.failNext(operation, 'ThrottlingException', 'Rate exceeded');
      await expect(hostChallenger(MODEL, id, ports)).rejects.toThrow('Rate exceeded');
      expect(await hostChallenger(MODEL, id, ports)).toEqual({ hosting: 'starting' });
      expect(everything().map((names) => names.length)).toEqual([1, 1, 1]);
    },
  );

  test('that runs on ONNX Runtime, or at somebody else’s endpoint, needs nothing of SageMaker', async () => {
    const { world, ports } = hosted([1, 2]);
    const [onnx, foreign] = [world.versions.get(1), world.versions.get(2)];
    world.versions.set(1, { ...onnx, runtime: { kind: 'onnx', file: 'model.onnx' } } as ModelVersion);
    world.versions.set(2, { ...foreign, manifest: { runtime: 'sagemaker', endpoint: nameOf(2) } } as ModelVersion);
    expect(await hostChallenger(MODEL, await start(world, 1), ports)).toEqual({ hosting: 'none' });
    expect(await hostChallenger(MODEL, await start(world, 2), ports)).toEqual({ hosting: 'none' });
    expect(sagemaker.operations).toEqual([]);
  });

  test.each([
    [
      'ResourceLimitExceeded',
      'The account-level service limit is 0 Instances',
      /ResourceLimitExceeded: The account-level/,
    ],
    ['ValidationException', 'Could not access model data', /Could not access model data/],
    ['AccessDeniedException', 'not authorized to perform iam:PassRole', /iam:PassRole/],
  ])('that SageMaker refuses with %s fails with its reason', async (type, message, words) => {
    const { world, ports } = hosted([1]);
    sagemaker.failNext('CreateModel', type, message);
    expect(await hostChallenger(MODEL, await start(world, 1), ports)).toEqual({
      hosting: 'failed',
      reason: expect.stringMatching(words),
    });
  });

  test('whose endpoint fails to start fails with SageMaker’s reason', async () => {
    const { world, ports } = hosted([1]);
    const id = await start(world, 1);
    await hostChallenger(MODEL, id, ports);
    sagemaker.become(nameOf(1), 'Failed', 'The primary container did not pass the ping health check.');
    expect(await hostChallenger(MODEL, id, ports)).toEqual({
      hosting: 'failed',
      reason: `endpoint ${nameOf(1)} did not come into service: The primary container did not pass the ping health check.`,
    });
  });

  test('whose endpoint takes longer than it may fails, but not one that is in service by then', async () => {
    const { world, ports } = hosted([1]);
    const id = await start(world, 1);
    await hostChallenger(MODEL, id, ports);
    world.clock += HOUR_MS + 1;
    expect(await hostChallenger(MODEL, id, ports)).toEqual({
      hosting: 'failed',
      reason: expect.stringMatching(/not in service 60 minutes after/),
    });
    sagemaker.become(nameOf(1), 'InService');
    expect(await hostChallenger(MODEL, id, ports)).toEqual({ hosting: 'ready' });
  });

  test('that an operator withdrew meanwhile is hosted no further', async () => {
    const { world, ports } = hosted([1]);
    const id = await start(world, 1);
    await withdraw(MODEL, id, 'ROLLED_BACK', 'changed my mind', world);
    expect(await hostChallenger(MODEL, id, ports)).toEqual({ hosting: 'ended' });
    expect(sagemaker.operations).toEqual([]);
  });
});

describe('when a rollout is over', () => {
  test.each(['ROLLED_BACK', 'ABORTED', 'SUPERSEDED'] as const)(
    'and %s, everything is deleted and on record, and doing it again is no fault',
    async (status) => {
      const { world, ports } = hosted([1]);
      const id = await start(world, 1);
      await hostChallenger(MODEL, id, ports);
      sagemaker.become(nameOf(1), status === 'ABORTED' ? 'Failed' : 'InService');
      await withdraw(MODEL, id, status, 'told to', world);
      expect(await releaseAfterRollout(MODEL, id, ports)).toBe('released');
      expect(everything()).toEqual([[], [], []]);
      expect(world.audits.at(-1)).toMatchObject({ type: 'Endpoint Released', detail: { endpoint: nameOf(1) } });
      expect(await releaseAfterRollout(MODEL, id, ports)).toBe('released');
    },
  );

  test('and promoted, the champion keeps its endpoint, and so does the one before it for a day', async () => {
    const { world, ports } = hosted([1, 2]);
    await champion(world, ports, 1);
    const id = await champion(world, ports, 2);
    expect(world.serving()).toEqual([2]);
    expect(await releaseAfterRollout(MODEL, id, ports)).toBe('kept');
    world.clock += 23 * HOUR_MS;
    expect(await sweep(ports)).toMatchObject({ kept: 2, released: 0 });
    world.clock += 2 * HOUR_MS;
    expect(await sweep(ports)).toMatchObject({ kept: 1, released: 1 });
    expect(everything()).toEqual([[nameOf(2)], [nameOf(2)], [nameOf(2)]]);
    world.clock += 1000 * HOUR_MS;
    expect(await sweep(ports)).toMatchObject({ kept: 1, released: 0 });
  });

  test('while its endpoint is still being made, the sweep comes back to it', async () => {
    const { world, ports } = hosted([1]);
    const id = await start(world, 1);
    await hostChallenger(MODEL, id, ports);
    await withdraw(MODEL, id, 'ROLLED_BACK', 'told to', world);
    expect(await releaseAfterRollout(MODEL, id, ports)).toBe('busy');
    world.clock += 2 * HOUR_MS;
    expect(await sweep(ports)).toMatchObject({ busy: 1 });
    sagemaker.become(nameOf(1), 'InService');
    expect(await sweep(ports)).toMatchObject({ released: 1 });
    expect(everything()).toEqual([[], [], []]);
  });
});

describe('the sweep', () => {
  test('leaves what is young, what climbs, and what is not this deployment’s own', async () => {
    const { world, ports } = hosted([1, 2, 3]);
    await hostChallenger(MODEL, await start(world, 1), ports);
    const over = await start(world, 2);
    await hostChallenger(MODEL, over, ports);
    sagemaker.become(nameOf(2), 'InService');
    await withdraw(MODEL, over, 'ROLLED_BACK', 'told to', world);
    for (const [name, deployment, version] of [
      ['test-other-1', 'other', '2'],
      ['test-foreign', DEPLOYMENT, '2'],
      ['test-unknown', DEPLOYMENT, '9'],
      ['a-test-3', DEPLOYMENT, '2'],
    ] as const) {
      const tags = { 'contender:deployment': deployment, 'contender:model': MODEL, 'contender:version': version };
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      sagemaker.held.model.set(name, { name, request: {}, tags: Tags, createdAt: -2 * HOUR_MS, status: '' });
    }
    expect(await sweep(ports)).toEqual({ released: 0, kept: 2, busy: 0, none: 2 });
    world.clock += 2 * HOUR_MS;
    expect(await sweep(ports)).toEqual({ released: 1, kept: 1, busy: 0, none: 2 });
    expect(sagemaker.names('endpoint')).toEqual([nameOf(1)]);
    expect(sagemaker.names('model')).toHaveLength(5);
  });

  test('goes on when one deletion fails, and mends it the next time', async () => {
    const { world, ports } = hosted([1, 2]);
    for (const version of [1, 2]) {
      const id = await start(world, version);
      await hostChallenger(MODEL, id, ports);
      sagemaker.become(nameOf(version), 'InService');
      await withdraw(MODEL, id, 'ABORTED', 'told to', world);
    }
    world.clock += 2 * HOUR_MS;
    sagemaker.failNext('DeleteEndpointConfig', 'ThrottlingException', 'Rate exceeded');
    const failed: string[] = [];
    expect(await sweepEndpoints(ports, ({ name }) => failed.push(name))).toMatchObject({ released: 1 });
    expect(failed).toEqual([nameOf(1)]);
    expect(await sweep(ports)).toMatchObject({ released: 1 });
    expect(everything()).toEqual([[], [], []]);
  });
});

describe('a rollback to a hosted version', () => {
  test('is immediate while its endpoint is kept', async () => {
    const { world, ports } = hosted([1, 2]);
    await champion(world, ports, 1);
    await champion(world, ports, 2);
    expect(await rollBack(MODEL, { reason: 'it errs' }, operator, world)).toEqual(ref(1));
  });

  test('starts an endpoint that is gone, says so, and succeeds once it is in service', async () => {
    const { world, ports } = hosted([1, 2]);
    await champion(world, ports, 1);
    await champion(world, ports, 2);
    world.clock += 25 * HOUR_MS;
    await sweep(ports);
    const back = () => rollBack(MODEL, { reason: 'it errs' }, operator, world);
    await expect(back()).rejects.toMatchObject({ code: 'not-ready', message: expect.stringMatching(/started anew/) });
    expect(world.serving()).toEqual([2]);
    sagemaker.become(nameOf(1), 'InService');
    expect(await sweep(ports)).toMatchObject({ released: 0 });
    expect(await back()).toEqual(ref(1));
    expect(world.serving()).toEqual([1]);
  });

  test('that happens while the sweep deletes wins, or sees that the endpoint is gone', async () => {
    const { world, ports } = hosted([1, 2]);
    await champion(world, ports, 1);
    await champion(world, ports, 2);
    world.clock += 25 * HOUR_MS;
    const { look } = ports.host;
    // Between the sweep's look and its claim the rollback commits.
    ports.host.look = async (name) => {
      const state = await look.call(ports.host, name);
      ports.host.look = look;
      await rollBack(MODEL, { reason: 'it errs' }, operator, world);
      return state;
    };
    expect(await sweep(ports)).toMatchObject({ released: 0 });
    expect(world.serving()).toEqual([1]);
    expect(sagemaker.names('endpoint')).toContain(nameOf(1));
  });

  test('whose endpoint cannot be made is refused with the reason', async () => {
    const { world, ports } = hosted([1, 2]);
    await champion(world, ports, 1);
    await champion(world, ports, 2);
    sagemaker.become(nameOf(1), 'Failed', 'no capacity');
    await expect(rollBack(MODEL, { reason: 'x' }, operator, world)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/cannot answer: .*no capacity/),
    });
  });
});

test('whatever else is said, a champion’s endpoint is not releasable', () => {
  const version = { version: 1, status: 'RETIRED', retiredAt: 0 } as ModelVersion;
  const route: Route = { model: MODEL, generation: 0, changedAt: 0, mode: 'champion', champion: ref(1) };
  expect(isReleasable(version, route, false, 0, Number.MAX_SAFE_INTEGER)).toBe(false);
  expect(isReleasable({ ...version, status: 'SERVING' } as ModelVersion, undefined, false, 0, 1)).toBe(false);
});

describe('a candidate under evaluation', () => {
  /** As registration leaves it. */
  const registeredAs = (world: World, status: 'REGISTERED' | 'EVALUATED' | 'REJECTED') => {
    const version = world.versions.get(1) as ModelVersion;
    const rejection = { rejectedAt: 1, rejection: { code: 'run-failed', message: 'bug' } };
    world.versions.set(1, { ...version, status, ...(status === 'REJECTED' ? rejection : {}) } as ModelVersion);
  };

  test('is hosted, and asked about again until it is in service', async () => {
    const { world, ports } = hosted([1]);
    registeredAs(world, 'REGISTERED');
    const host = () => hostCandidate(MODEL, 1, world.clock, ports);
    expect(await host()).toEqual({ hosting: 'starting' });
    expect(await host()).toEqual({ hosting: 'starting' });
    sagemaker.become(nameOf(1), 'InService');
    expect(await host()).toEqual({ hosting: 'ready' });
    expect(sagemaker.operations.filter((operation) => operation.startsWith('Create'))).toHaveLength(3);
  });

  test('that does not come into service in time has failed, with the time', async () => {
    const { world, ports } = hosted([1]);
    registeredAs(world, 'REGISTERED');
    const since = world.clock;
    await hostCandidate(MODEL, 1, since, ports);
    world.clock += HOUR_MS + 1;
    expect(await hostCandidate(MODEL, 1, since, ports)).toEqual({
      hosting: 'failed',
      reason: expect.stringMatching(/not in service 60 minutes after the evaluation started/),
    });
  });

  test('that has its outcome already is not hosted again', async () => {
    const { world, ports } = hosted([1]);
    registeredAs(world, 'EVALUATED');
    expect(await hostCandidate(MODEL, 1, world.clock, ports)).toEqual({ hosting: 'ended' });
    expect(everything()).toEqual([[], [], []]);
  });

  test('that answers somewhere else, or from a graph, needs no endpoint of ours', async () => {
    const { world, ports } = hosted([1]);
    registeredAs(world, 'REGISTERED');
    const version = world.versions.get(1) as ModelVersion;
    world.versions.set(1, { ...version, runtime: { kind: 'sagemaker', endpoint: 'theirs' } } as ModelVersion);
    expect(await hostCandidate(MODEL, 1, world.clock, ports)).toEqual({ hosting: 'none' });
    expect(await releaseCandidate(MODEL, 1, ports)).toBe('none');
    world.versions.set(1, { ...version, runtime: { kind: 'onnx', file: 'm.onnx' } } as ModelVersion);
    expect(await hostCandidate(MODEL, 1, world.clock, ports)).toEqual({ hosting: 'none' });
  });

  test.each(['EVALUATED', 'REJECTED'] as const)('is released once it is %s, on record', async (status) => {
    const { world, ports } = hosted([1]);
    registeredAs(world, 'REGISTERED');
    await hostCandidate(MODEL, 1, world.clock, ports);
    sagemaker.become(nameOf(1), 'InService');
    registeredAs(world, status);
    expect(await releaseCandidate(MODEL, 1, ports)).toBe('released');
    expect(everything()).toEqual([[], [], []]);
    expect(world.audits.at(-1)).toMatchObject({
      type: 'Endpoint Released',
      version: 1,
      detail: { endpoint: nameOf(1) },
    });
  });

  test('whose execution died is swept, but not while it may still be evaluated', async () => {
    const { world, ports } = hosted([1]);
    registeredAs(world, 'REGISTERED');
    await hostCandidate(MODEL, 1, world.clock, ports);
    sagemaker.become(nameOf(1), 'InService');
    world.clock += HOUR_MS + 1;
    expect(await sweep(ports)).toMatchObject({ kept: 1 });
    world.clock += HOUR_MS;
    expect(await sweep(ports)).toMatchObject({ released: 1 });
  });
});
