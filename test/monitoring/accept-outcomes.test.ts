import type { Identity } from '../../lambdas/access/contract';
import { Forbidden, Gone, InvalidInput } from '../../lambdas/kernel/errors';
import { acceptOutcomes } from '../../lambdas/monitoring/accept-outcomes';
import { MAX_OUTCOMES, type OutcomeBatch, outcomesSchema } from '../../lambdas/monitoring/contract';
import type { PredictionRecord } from '../../lambdas/predictions/contract';
import { clientFingerprint } from '../../lambdas/predictions/domain/client-fingerprint';
import { KeyRing } from '../../lambdas/predictions/domain/key-ring';
import { mintPredictionId, openPredictionId } from '../../lambdas/predictions/domain/prediction-id';
import { DAY, ROLLOUT, servingVersion, TODAY } from './evidence-world';

const shop: Identity = { kind: 'application', id: 'shop', name: 'application shop', roles: ['app'], teams: [] };
const ring = new KeyRing({ current: 'k1', keys: { k1: Buffer.alloc(32, 1).toString('base64') } }, 'test');

const record = (row: number, fields: Partial<PredictionRecord> = {}): PredictionRecord => ({
  keyId: 'k1',
  at: TODAY,
  model: 'Credit',
  version: 1,
  role: 'champion',
  client: clientFingerprint(shop),
  requestId: ROLLOUT,
  row,
  bucket: 9,
  prediction: { kind: 'class', index: 1 },
  score: 0.75,
  segments: [],
  protected: [],
  propensity: 1,
  ...fields,
});

const world = (records: Readonly<Record<string, PredictionRecord>> = {}, now = TODAY + DAY) => {
  const sent: OutcomeBatch[][] = [];
  const ports = {
    open: async (id: string) => records[id] ?? openPredictionId(id, ring),
    version: async () => servingVersion(),
    queue: {
      send: async (batches: readonly OutcomeBatch[]) => {
        sent.push([...batches]);
      },
    },
    now: () => now,
  };
  const accept = (outcomes: readonly object[]) =>
    acceptOutcomes('credit', outcomesSchema.parse({ outcomes }).outcomes, shop, 'P400D', ports);
  return { sent, ports, accept };
};

test('an outcome travels with everything its prediction id says', async () => {
  const { sent, accept } = world({ p: record(3) });
  expect(await accept([{ predictionId: 'p', truth: 'defaulted', observedAt: '2024-10-05T00:00:00Z', value: 2 }])).toBe(
    1,
  );
  expect(sent).toEqual([
    [
      {
        model: 'credit',
        version: 1,
        outcomes: [
          {
            key: `${ROLLOUT}#3`,
            at: TODAY,
            role: 'champion',
            prediction: { kind: 'class', index: 1 },
            score: 0.75,
            bucket: 9,
            propensity: 1,
            truth: 1,
            observedAt: Date.UTC(2024, 9, 5),
            revision: 0,
            value: 2,
          },
        ],
      },
    ],
  ]);
});

test('a clock that is a few minutes ahead is no reason to refuse', async () => {
  const { sent, accept } = world({ p: record(0) });
  expect(await accept([{ ...own, observedAt: TODAY + DAY + 300_000 }])).toBe(1);
  expect(sent[0]?.[0]?.outcomes[0]?.observedAt).toBe(TODAY + DAY + 300_000);
});

test('an outcome without a time was observed when it arrived', async () => {
  const { sent, accept } = world({ p: record(0) });
  await accept([{ predictionId: 'p', truth: 'repaid' }]);
  expect(sent[0]?.[0]?.outcomes[0]?.observedAt).toBe(TODAY + DAY);
});

test('a request becomes messages of one version each, small enough for one transaction', async () => {
  const records = Object.fromEntries(
    Array.from({ length: MAX_OUTCOMES }, (_, i) => [`p${i}`, record(i, { version: i % 2 ? 2 : 1 })]),
  );
  const { sent, accept } = world(records);
  expect(await accept(Object.keys(records).map((predictionId) => ({ predictionId, truth: 'repaid' })))).toBe(1000);
  const [batches = []] = sent;
  expect(batches.every(({ outcomes }) => outcomes.length <= 80)).toBe(true);
  expect(batches.flatMap(({ outcomes }) => outcomes.map(({ key }) => key)).length).toBe(1000);
  expect(new Set(batches.map(({ version }) => version))).toEqual(new Set([1, 2]));
});

const own = { predictionId: 'p', truth: 'repaid' };
const { requestId, ...draft } = record(0, { model: 'credit' });
const minted = mintPredictionId({ ...draft, requestId }, ring);
const altered = minted.slice(0, -2) + (minted.endsWith('AA') ? 'BB' : 'AA');
test.each<[string, Partial<PredictionRecord>, object, typeof InvalidInput | typeof Forbidden | typeof Gone, string]>([
  ['garbage', {}, { predictionId: 'garbage' }, InvalidInput, 'no prediction id'],
  ['a forged id', {}, { predictionId: altered }, InvalidInput, 'altered'],
  ['the id of another model', { model: 'fraud' }, {}, InvalidInput, 'made by fraud, not by credit'],
  ['the id of another client', { client: '0'.repeat(16) }, {}, Forbidden, 'another client than application shop'],
  ['an id past the window', { at: TODAY - 400 * DAY }, {}, Gone, 'older than P400D'],
  ['a class that the model has not', {}, { truth: 'late' }, InvalidInput, 'repaid, defaulted'],
  ['an observation yet to come', {}, { observedAt: TODAY + DAY + 361_000 }, InvalidInput, 'is 7 minutes in the future'],
  ['microseconds', {}, { observedAt: (TODAY + DAY) * 1000 }, InvalidInput, 'UTC milliseconds or ISO 8601'],
  [
    'a prediction that no table holds',
    { prediction: { kind: 'value', value: 1e200 } },
    {},
    InvalidInput,
    'its prediction is 1e+200; outcomes are put on record with 0 or a number from 1e-100 to 1e+100 in size',
  ],
  ['another offset', {}, { observedAt: '2999-01-01T00:00:00-02:00' }, InvalidInput, 'minutes in the future'],
])('%s is refused with its place in the request, and nothing is sent', async (_, fields, outcome, Refusal, words) => {
  const { sent, accept } = world({ p: record(0), q: record(1, fields) });
  const refused = accept([own, { ...own, predictionId: 'q', ...outcome }]);
  await expect(refused).rejects.toThrow(Refusal);
  await expect(refused).rejects.toThrow(`outcomes[1]: `);
  await expect(refused).rejects.toThrow(words);
  expect(sent).toEqual([]);
});

test('an id whose key is no longer held is gone', async () => {
  const other = new KeyRing({ current: 'k2', keys: { k2: Buffer.alloc(32, 2).toString('base64') } }, 'test');
  const { accept } = world();
  await expect(accept([{ ...own, predictionId: mintPredictionId({ ...draft, requestId }, other) }])).rejects.toThrow(
    Gone,
  );
});

test('nothing is accepted that the queue did not take', async () => {
  const { ports, accept } = world({ p: record(0) });
  ports.queue.send = async () => {
    throw new Error('queue unavailable');
  };
  await expect(accept([own])).rejects.toThrow('queue unavailable');
});

test.each([
  ['none', []],
  ['too many', Array.from({ length: MAX_OUTCOMES + 1 }, () => own)],
  ['an unknown key', [{ ...own, label: 'x' }]],
  ['a time without a zone', [{ ...own, observedAt: '2024-10-05T00:00:00' }]],
  ['a truth that no table holds', [{ ...own, truth: 1e126 }]],
  ['a value that no table holds', [{ ...own, value: 1e-131 }]],
  ['a negative revision', [{ ...own, revision: -1 }]],
])('a request with %s does not parse', (_, outcomes) => {
  expect(outcomesSchema.safeParse({ outcomes }).success).toBe(false);
});
