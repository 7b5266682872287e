import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { logger } from '../../lambdas/kernel/logger';
import type { VersionEvidence } from '../../lambdas/monitoring/contract';
import type * as RegistryModule from '../../lambdas/registry/adapters/registry-table';
import { emptyRecord } from './evidence-world';

const did: string[] = [];
let listed: string[] = [];
jest.mock('../../lambdas/monitoring/adapters/wire-watch', () => ({
  wireWatch: () => ({
    ports: {},
    table: {
      each: jest.requireActual<typeof RegistryModule>('../../lambdas/registry/adapters/registry-table').RegistryTable
        .prototype.each,
      list: async (_list: string, _schema: object, { cursor }: { cursor?: string }) => {
        const at = Number(cursor ?? 0);
        return { items: [{ model: listed[at] }], ...(at + 1 < listed.length ? { cursor: String(at + 1) } : {}) };
      },
    },
    metrics: {
      alarmedModels: async () => ['credit', 'broken', 'gone'],
      removeAlarms: async (models: string[]) => void did.push(`removed ${models.join()}`),
      publishDrifted: async (count: number) => void did.push(`${count} drifted`),
    },
  }),
}));
jest.mock('../../lambdas/monitoring/watch-champion', () => ({
  watchModel: async (model: string) => {
    if (model === 'broken') throw new Error('unreadable');
    did.push(`watched ${model}`);
    return model === 'unserved' ? undefined : model === 'credit';
  },
  tellEvidence: async ({ model, version, window }: VersionEvidence) =>
    void did.push(`told ${model} ${version} ${window.n}`),
}));

let watch: (event: unknown) => Promise<object | undefined>;
let publish: (event: DynamoDBStreamEvent) => Promise<void>;
beforeAll(async () => {
  Object.assign(process.env, {
    REGISTRY_TABLE: 'registry',
    AUDIT_TABLE: 'audit',
    EVIDENCE_TABLE: 'evidence',
    DEFAULT_POLICY: '{}',
    DEPLOYMENT: 'bank',
    METRIC_NAMESPACE: 'Contender/{deployment}',
    ALARM_TOPIC: 'arn:topic',
  });
  ({ handler: watch } = await import('../../lambdas/monitoring/watch-champions.lambda'));
  ({ handler: publish } = await import('../../lambdas/monitoring/publish-metrics.lambda'));
});
beforeEach(() => {
  jest.restoreAllMocks();
  did.length = 0;
  listed = ['credit', 'unserved', 'broken', 'fraud'];
  jest.spyOn(logger, 'info').mockImplementation(() => undefined);
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
});

test('the clock watches every model, keeps the alarm of one in trouble, and leaves none of what is gone', async () => {
  await watch({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} });
  expect(did).toEqual(['watched credit', 'watched unserved', 'watched fraud', 'removed gone', '1 drifted']);
  expect(logger.error).toHaveBeenCalledTimes(1);
});

test('a new champion alone is watched when the bus tells of it', async () => {
  const detail = {
    schema: 1,
    id: '01J00000000000000000000000',
    time: '2024-10-05T00:00:00.000Z',
    deployment: 'bank',
    model: 'fraud',
    actor: { kind: 'platform', id: 'rollout' },
    auditSequence: 7,
    data: {},
  };
  await watch({ 'detail-type': 'Champion Changed', detail });
  expect(did).toEqual(['watched fraud']);
});

test.each(['Create', 'Update'])('%s of the deployment removes no alarm', async (RequestType) => {
  expect(await watch({ RequestType })).toEqual({ PhysicalResourceId: 'champion-alarms' });
  expect(did).toEqual([]);
});

test('deletion of the deployment removes the alarm of every champion', async () => {
  await watch({ RequestType: 'Delete' });
  expect(did).toEqual(['removed credit,broken,gone']);
});

test('of several changes of a version the last is published, and an item that is gone is none', async () => {
  const image = (version: number, n: number) => {
    const { window, ...evidence } = emptyRecord().version;
    const item = { ...evidence, version, generation: n, window: { ...window, n }, pk: 'p', sk: 's' };
    return { eventName: 'MODIFY', dynamodb: { NewImage: marshall(item) } };
  };
  const Records = [image(1, 1), image(2, 5), image(1, 2), { eventName: 'REMOVE', dynamodb: {} }];
  await publish({ Records } as DynamoDBStreamEvent);
  expect(did).toEqual(['told credit 1 2', 'told credit 2 5']);
});
