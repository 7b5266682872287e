import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { Conflict } from '../../../lambdas/kernel/errors';
import { DynamoEvidenceStore } from '../../../lambdas/monitoring/adapters/dynamo-evidence-store';
import { EVIDENCE_SK, type OutcomeMessage } from '../../../lambdas/monitoring/contract';
import { weighOutcomes } from '../../../lambdas/monitoring/domain/weigh-outcomes';
import type { EvidenceStore } from '../../../lambdas/monitoring/ports';
import { processOutcomes } from '../../../lambdas/monitoring/process-outcomes';
import {
  batchOf,
  emptyRecord,
  FakeEvidenceStore,
  fakeWeighing,
  outcome,
  ROLLOUT,
  rulesFor,
  servingVersion,
  TODAY,
} from '../../monitoring/evidence-world';
import { freshModel, platform } from '../platform';

const version = servingVersion();
const NOW = TODAY + 120_000;
const PAIRS = EVIDENCE_SK.pairs(ROLLOUT);
const ARM = EVIDENCE_SK.arm(ROLLOUT, 0.1, 'challenger');
const paired = (row: number): OutcomeMessage =>
  outcome(row, { rolloutId: ROLLOUT, shadow: { status: 'lost', version: 2 } });
const drawn = (row: number): OutcomeMessage =>
  outcome(row, { rolloutId: ROLLOUT, role: 'challenger', propensity: 0.1, truth: 1 });

/** What both stores promise: evidence is written once, whoever else writes and however often. */
const contract = (open: () => EvidenceStore) => {
  const sks = { pairs: [PAIRS], arms: [ARM] };
  const processing = (store: EvidenceStore) => ({ store, weighing: fakeWeighing(version), now: () => NOW });

  test('where nothing is on record, reading finds nothing', async () => {
    expect(await open().read(batchOf(outcome(0)), sks)).toEqual(emptyRecord());
  });

  test('what was saved is read again, number by number', async () => {
    const store = open();
    const batch = batchOf(outcome(0, { value: 0.1 + 0.2 }), paired(1), drawn(2));
    const weighed = weighOutcomes(batch.outcomes, emptyRecord(), rulesFor(version), NOW);
    await store.save(batch, weighed);
    const found = await store.read(batch, sks);
    expect(found.version).toEqual(weighed.version);
    expect(found.pairs).toEqual(weighed.pairs);
    expect(found.arms).toEqual(weighed.arms);
    expect(found.outcomes.get(outcome(0).key)).toEqual({
      truth: 0,
      observedAt: TODAY + 61_000,
      revision: 0,
      value: 0.1 + 0.2,
    });
    expect(found.outcomes.size).toBe(3);
  });

  test('of two that read the same, one writes and the other is told', async () => {
    const store = open();
    const [one, other] = [batchOf(outcome(0)), batchOf(outcome(1))];
    const record = await store.read(one, sks);
    await store.save(one, weighOutcomes(one.outcomes, record, rulesFor(version), NOW));
    const late = store.save(other, weighOutcomes(other.outcomes, record, rulesFor(version), NOW));
    await expect(late).rejects.toThrow(Conflict);
    expect((await store.read(other, sks)).outcomes.size).toBe(0);
  });

  test('a conflict on a rollout’s item alone leaves everything as it was', async () => {
    const store = open();
    const batch = batchOf(paired(0));
    const record = await store.read(batch, sks);
    await store.save(batch, weighOutcomes(batch.outcomes, record, rulesFor(version), NOW));
    const { version: current } = await store.read(batch, sks);
    const stale = weighOutcomes([paired(1)], { ...record, version: current }, rulesFor(version), NOW);
    await expect(store.save(batchOf(paired(1)), stale)).rejects.toThrow(Conflict);
    expect((await store.read(batchOf(paired(1)), sks)).outcomes.size).toBe(0);
  });

  test('messages that come twice, at once and in pieces are counted once', async () => {
    const store = open();
    const rows = Array.from({ length: 60 }, (_, row) => (row % 2 ? paired(row) : drawn(row)));
    const pieces = [rows.slice(0, 40), rows.slice(20), rows, rows.slice(0, 5)].map((part) => batchOf(...part));
    const deliver = async (piece: (typeof pieces)[number]) => {
      // The queue brings back what lost too many races.
      for (;;) {
        try {
          return await processOutcomes(piece, processing(store));
        } catch (error) {
          if (!(error instanceof Conflict)) throw error;
        }
      }
    };
    const counted = await Promise.all(pieces.map(deliver));
    expect(counted.reduce((sum, { fresh }) => sum + fresh, 0)).toBe(60);
    const found = await store.read(batchOf(...rows), sks);
    expect(found.version.window.n).toBe(60);
    expect(found.pairs.get(PAIRS)?.state.n).toBe(30);
    expect(found.arms.get(ARM)?.state).toMatchObject({ n: 30, sum: 30 });
  });

  test('the largest message fits one transaction', async () => {
    const store = open();
    const rows = Array.from({ length: 80 }, (_, row) => (row % 2 ? paired(row) : drawn(row)));
    expect(await processOutcomes(batchOf(...rows), processing(store))).toEqual({ fresh: 80, corrected: 0 });
  });

  test('a correction replaces the outcome that was read', async () => {
    const store = open();
    await processOutcomes(batchOf(outcome(0)), processing(store));
    const later = batchOf(outcome(0, { truth: 1, revision: 1 }));
    expect(await processOutcomes(later, processing(store))).toEqual({ fresh: 0, corrected: 1 });
    const found = await store.read(later, sks);
    expect(found.outcomes.get(outcome(0).key)).toMatchObject({ truth: 1, revision: 1 });
    expect(found.version.window).toMatchObject({ n: 1, lossSum: 1 });
  });
};

describe('evidence in memory', () => contract(() => new FakeEvidenceStore()));

describe('evidence on DynamoDB', () => {
  let dynamo: DynamoDBClient;
  let table = '';
  beforeAll(() => {
    dynamo = new DynamoDBClient(platform().aws);
  });
  beforeEach(async () => {
    table = freshModel('evidence');
    const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });
    await dynamo.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
      }),
    );
  });
  afterEach(() => dynamo.send(new DeleteTableCommand({ TableName: table })));

  contract(() => new DynamoEvidenceStore(dynamo, table));

  test('an outcome is forgotten after its prediction id cannot come back any more', async () => {
    const batch = batchOf(outcome(0));
    const weighed = weighOutcomes(batch.outcomes, emptyRecord(), rulesFor(version), NOW);
    await new DynamoEvidenceStore(dynamo, table).save(batch, weighed);
    const Key = { pk: `OUTCOME#${outcome(0).key}`, sk: 'OUTCOME' };
    const { Item } = await DynamoDBDocumentClient.from(dynamo).send(new GetCommand({ TableName: table, Key }));
    expect(Item?.expiresAt).toBeGreaterThan(Date.now() / 1000 + 400 * 86_400);
  });
});
