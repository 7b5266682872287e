import type { OutcomeMessage, VersionEvidence } from '../../lambdas/monitoring/contract';
import { weighOutcomes } from '../../lambdas/monitoring/domain/weigh-outcomes';
import { requestRefresh } from '../../lambdas/refresh/request-refresh';
import type { EntryOf, Route } from '../../lambdas/registry/contract';
import {
  championRoute,
  DAY,
  emptyRecord,
  outcome,
  rulesFor,
  servingVersion,
  TODAY,
} from '../monitoring/evidence-world';
import { faultsOfEntries } from '../registry/domain-event-facts';

const ALARM = 'contender-bank-accuracy-drift-credit';
const evidenceFrom = (outcomes: OutcomeMessage[]): VersionEvidence =>
  weighOutcomes(outcomes, emptyRecord(), rulesFor(servingVersion()), TODAY + 2 * DAY).version;
const drifted = evidenceFrom(Array.from({ length: 60 }, (_, row) => outcome(row, { truth: 1 })));

const world = (evidence: VersionEvidence | undefined = drifted, route: Route | undefined = championRoute()) => {
  const recorded = new Map<string, EntryOf<'Refresh Requested'>>();
  const ports = {
    route: async () => route,
    evidence: async (_: string, version: number) => (version === evidence?.version ? evidence : undefined),
    record: async (entry: EntryOf<'Refresh Requested'>) => {
      const key = `${entry.type} ${entry.version} ${entry.detail.driftSince}`;
      if (recorded.has(key)) return false;
      expect(faultsOfEntries([entry])).toEqual([]);
      recorded.set(key, entry);
      return true;
    },
    now: () => TODAY + 2 * DAY + 5000,
  };
  return { recorded, ports, request: () => requestRefresh('credit', ALARM, ports) };
};

test('a drifting champion’s alarm puts a request for retraining on record, with the evidence for it', async () => {
  const { recorded, request } = world();
  expect(await request()).toBe(true);
  const [entry] = recorded.values();
  expect(entry).toMatchObject({
    model: 'credit',
    version: 1,
    rootDigest: 'd'.repeat(64),
    at: TODAY + 2 * DAY + 5000,
    actor: { kind: 'platform', id: 'refresh' },
    detail: {
      alarm: ALARM,
      reason: 'accuracy drift',
      driftSince: TODAY + 2 * DAY,
      outcomes: 60,
      logThreshold: Math.log(3650),
      largestStream: 'overall',
    },
  });
  expect(entry?.detail.logMix).toBeGreaterThan(Math.log(3650));
});

test('the same alarm heard twice asks once', async () => {
  const { recorded, request } = world();
  expect([await request(), await request()]).toEqual([true, false]);
  expect(recorded.size).toBe(1);
});

test('a drift that ended and began again asks again', async () => {
  const { recorded, ports, request } = world();
  await request();
  const again = { ...drifted, driftSince: TODAY + 9 * DAY };
  expect(await requestRefresh('credit', ALARM, { ...ports, evidence: async () => again })).toBe(true);
  expect(recorded.size).toBe(2);
});

test.each<[string, ReturnType<typeof world>]>([
  ['a champion that has been replaced meanwhile', world(drifted, championRoute(2))],
  ['a champion whose evidence is below the threshold', world(evidenceFrom([outcome(0)]))],
  [
    'a model that is served no more',
    world(drifted, { mode: 'unserved', model: 'credit', generation: 2, changedAt: 1 }),
  ],
])('%s needs no retraining', async (_, { recorded, request }) => {
  expect(await request()).toBe(false);
  expect(recorded.size).toBe(0);
});

test('a model that nobody knows needs no retraining', async () => {
  const { ports } = world();
  expect(await requestRefresh('credit', ALARM, { ...ports, route: async () => undefined })).toBe(false);
});
