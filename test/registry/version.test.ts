import fc from 'fast-check';
import { Conflict } from '../../lambdas/kernel/errors';
import { domainEventSchema, type ModelVersion, modelVersionSchema, type Route } from '../../lambdas/registry/contract';
import { chainEvent } from '../../lambdas/registry/domain/audit-chain';
import { aliasesOf, lineageOf, summarize } from '../../lambdas/registry/domain/describe-version';
import { toDomainEvent } from '../../lambdas/registry/domain/domain-event';
import { approved, evaluated, rejected, retired, serving } from '../../lambdas/registry/domain/version-lifecycle';
import { candidateOf } from './candidates';

const ULID = '01HZZZZZZZZZZZZZZZZZZZZZZZ';
const DIGEST = 'a'.repeat(64);
const { uploadHash: _, at, ...facts } = candidateOf({ upload: 'a' });
const fresh = modelVersionSchema.parse({ ...facts, version: 1, registeredAt: at, status: 'REGISTERED', generation: 0 });
const evaluation = {
  evidence: 'labelled' as const,
  metrics: { accuracy: 0.9 },
  latencyMsPerRow: 1,
  report: { key: 'report.json', sha256: DIGEST },
};

const CHANGES: Readonly<Record<string, (version: ModelVersion) => ModelVersion>> = {
  EVALUATED: (version) => evaluated(version, evaluation, 2),
  APPROVED: (version) => approved(version, ULID, 3),
  SERVING: (version) => serving(version, 4),
  RETIRED: (version) => retired(version, 5),
  REJECTED: (version) => rejected(version, { code: 'not-good', message: 'worse' }, 6),
};

/** From each status, the statuses that may follow. */
const NEXT: Readonly<Record<ModelVersion['status'], readonly string[]>> = {
  REGISTERED: ['EVALUATED', 'REJECTED'],
  EVALUATED: ['APPROVED', 'REJECTED'],
  APPROVED: ['SERVING'],
  SERVING: ['RETIRED'],
  RETIRED: ['SERVING'],
  REJECTED: [],
};

test('whatever is tried, in whatever order, only what the life of a version allows happens to it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.keys(CHANGES)), { maxLength: 12 }), (tries) => {
      let version: ModelVersion = fresh;
      for (const wanted of tries) {
        const before = version;
        if (NEXT[before.status].includes(wanted)) {
          version = CHANGES[wanted]?.(before) ?? before;
          expect(version).toMatchObject({
            status: wanted,
            generation: before.generation + 1,
            rootDigest: fresh.rootDigest,
          });
          // Each state carries its own fields and no other's.
          expect(modelVersionSchema.parse(version)).toEqual(version);
        } else {
          expect(() => CHANGES[wanted]?.(before)).toThrow(Conflict);
        }
      }
    }),
  );
});

test('a change that is refused says what the version is', () => {
  expect(() => approved(fresh, ULID, 1)).toThrow('version 1 of wage is REGISTERED and cannot be approved');
});

const at1 = { model: 'wage', generation: 1, changedAt: 0 };
const [one, two] = [1, 2].map((version) => ({ version, rootDigest: DIGEST })) as [
  { version: number; rootDigest: string },
  { version: number; rootDigest: string },
];

test.each<[string, Route | undefined, string[], string[]]>([
  ['not there', undefined, [], []],
  ['unserved', { ...at1, mode: 'unserved' }, [], []],
  ['the champion’s', { ...at1, mode: 'champion', champion: one }, ['champion'], []],
  [
    'in shadow',
    { ...at1, mode: 'shadow', champion: one, challenger: two, rolloutId: ULID },
    ['champion'],
    ['challenger'],
  ],
  [
    'a canary’s',
    { ...at1, mode: 'canary', weight: 0.1, champion: one, challenger: two, rolloutId: ULID },
    ['champion'],
    ['challenger'],
  ],
])('where the route is %s, versions have their aliases', (_what, route, first, second) => {
  expect([aliasesOf(1, route), aliasesOf(2, route), aliasesOf(3, route)]).toEqual([first, second, []]);
});

test('a row of a list shows metrics when there are some, and a reason when it was rejected', () => {
  expect(summarize(fresh, undefined)).toMatchObject({ status: 'REGISTERED', metrics: undefined, rejection: undefined });
  const judged = evaluated(fresh, evaluation, 2);
  expect(summarize(judged, undefined).metrics).toEqual({ accuracy: 0.9 });
  expect(summarize(rejected(judged, { code: 'worse', message: 'than 1' }, 3), undefined)).toMatchObject({
    metrics: { accuracy: 0.9 },
    rejection: { code: 'worse', message: 'than 1' },
  });
});

test('lineage is what the manifest declares, or nothing', () => {
  expect(lineageOf(fresh)).toEqual({ datasets: [], code: undefined, parent: undefined, seed: undefined });
});

test('what leaves on the bus is what is on record, and can be traced back to it', () => {
  const actor = { kind: 'platform' as const, id: 'evaluation' };
  const entry = { model: 'wage', type: 'Version Evaluated' as const, at: 1_700_000_000_000, actor, detail: { a: 1 } };
  const event = chainEvent({ ...entry, version: 1, rootDigest: DIGEST }, ULID, { sequence: 6, hash: DIGEST });
  expect(domainEventSchema.parse(toDomainEvent(event, 'bank'))).toEqual({
    schema: 1,
    id: ULID,
    time: '2023-11-14T22:13:20.000Z',
    deployment: 'bank',
    model: 'wage',
    version: 1,
    rootDigest: DIGEST,
    actor,
    auditSequence: 7,
    data: { a: 1 },
  });
  expect(toDomainEvent(chainEvent(entry, ULID, undefined), 'bank')).not.toHaveProperty('version');
});
