import type { Identity } from '../../lambdas/access/contract';
import type { Approval } from '../../lambdas/approval/contract';
import { decideApproval } from '../../lambdas/approval/decide-approval';
import { requiredApprovals, review, warningsOf } from '../../lambdas/approval/domain/approval-lifecycle';
import { expireApproval } from '../../lambdas/approval/expire-approval';
import { requestApproval } from '../../lambdas/approval/request-approval';
import { reviewSeconds } from '../../lambdas/approval/review-time';
import { Conflict } from '../../lambdas/kernel/errors';
import { type AuditEntry, type ModelVersion, manifestSchema, policySchema } from '../../lambdas/registry/contract';
import { dieEverywhere } from '../faults/die-everywhere';
import { faultsOfEntries } from '../registry/domain-event-facts';

const DIGEST = 'a'.repeat(64);
const policy = policySchema.parse({});
const reviewer = (id: string): Identity => ({ kind: 'person', id, name: id, roles: ['reviewer'], teams: [] });
const yes = { decision: 'approve' as const, comment: 'fine' };
const no = { decision: 'reject' as const, comment: 'unfair to a group' };

const version = {
  model: 'wage',
  version: 1,
  status: 'EVALUATED',
  rootDigest: DIGEST,
  evaluatedAt: 1000,
  generation: 1,
  uploader: { kind: 'unknown', id: 's3' },
  manifest: manifestSchema.parse({}),
} as ModelVersion;

/** Registry, store and executions in memory; `race` lets somebody else write first, so many times. */
class World {
  version = version;
  readonly approvals = new Map<string, Approval>();
  readonly audits: AuditEntry[] = [];
  readonly woken: Array<[string, object]> = [];
  race = 0;
  policyInForce = policy;
  readonly now = () => 2000;
  readonly registry = {
    version: async () => this.version,
    route: async () => undefined,
    policy: async () => ({ policy: this.policyInForce }),
  };
  readonly executions = {
    succeed: async (token: string, output: object) => void this.woken.push([token, output]),
    nudge: async (token: string, output: object) => void this.woken.push([token, output]),
  };
  readonly store = {
    find: async (_model: string, id: string) => this.approvals.get(id),
    save: async (approval: Approval, audit: AuditEntry, changed?: ModelVersion) => {
      if (this.race-- > 0) throw new Conflict('another was faster', { cause: new Error('condition') });
      if ((this.approvals.get(approval.id)?.generation ?? -1) !== approval.generation - 1)
        throw new Conflict('stale', { cause: new Error('condition') });
      this.approvals.set(approval.id, approval);
      expect(faultsOfEntries([audit])).toEqual([]);
      this.audits.push(audit);
      if (changed) this.version = changed;
    },
    renewToken: async (approval: Approval, taskToken: string) =>
      void this.approvals.set(approval.id, { ...approval, taskToken, generation: approval.generation + 1 }),
  };

  get ports() {
    return { registry: this.registry, approvals: this.store, executions: this.executions, now: this.now };
  }
}

test.each([
  ['person', 1],
  ['application', 1],
  ['unknown', 2],
] as const)('an upload by a %s needs %d approvals', (kind, required) => {
  expect(requiredApprovals({ kind, id: 'x' }, policy.approval)).toBe(required);
});

test('asking twice is asking once, with the token of the execution that waits now', async () => {
  const world = new World();
  const first = await requestApproval('wage', 1, 'token-1', world.ports);
  const again = await requestApproval('wage', 1, 'token-2', world.ports);
  expect(again.id).toBe(first.id);
  expect(world.audits.map(({ type }) => type)).toEqual(['Approval Requested']);
  expect(world.approvals.get(first.id)?.taskToken).toBe('token-2');
});

test('asking may die at any call, and asks once', async () => {
  const calls = await dieEverywhere(
    {
      open: () => new World(),
      run: (world, fuse) => requestApproval('wage', 1, 'token', fuse.ports(world.ports)),
      check: ({ approvals, audits }) => expect(audits).toHaveLength(approvals.size),
      outcome: ({ approvals }) => [...approvals.values()],
    },
    { inARow: 2 },
  );
  expect(calls).toContain('approvals.save');
});

test('two reviewers approve what nobody vouches for; the second decides and wakes the execution', async () => {
  const world = new World();
  const { id } = await requestApproval('wage', 1, 'token', world.ports);
  expect((await decideApproval('wage', id, reviewer('r1'), yes, world.ports)).status).toBe('PENDING');
  expect(world.woken).toEqual([]);
  world.race = 2;
  expect((await decideApproval('wage', id, reviewer('r2'), yes, world.ports)).status).toBe('APPROVED');
  expect(world.version).toMatchObject({ status: 'APPROVED', approvalId: id });
  expect(world.woken).toEqual([['token', { id, status: 'APPROVED' }]]);
  expect(world.audits.map(({ type }) => type)).toEqual(['Approval Requested', 'Review Recorded', 'Approval Decided']);
});

test('one rejection decides, and the version says why, and in which approval', async () => {
  const world = new World();
  const { id } = await requestApproval('wage', 1, 'token', world.ports);
  await decideApproval('wage', id, reviewer('r1'), no, world.ports);
  expect(world.version).toMatchObject({
    status: 'REJECTED',
    rejection: {
      code: 'rejected-by-reviewer',
      message: expect.stringMatching(/unfair to a group/) as string,
      approvalId: id,
    },
  });
  await expect(decideApproval('wage', id, reviewer('r2'), yes, world.ports)).rejects.toThrow(/is REJECTED already/);
});

test('an execution that asks about what is decided is answered at once', async () => {
  const world = new World();
  const { id } = await requestApproval('wage', 1, 'token', world.ports);
  await decideApproval('wage', id, reviewer('r1'), no, world.ports);
  world.version = version;
  await requestApproval('wage', 1, 'late', world.ports);
  expect(world.woken.at(-1)).toEqual(['late', { id, status: 'REJECTED' }]);
});

test('nobody decided in time: the approval expires, once', async () => {
  const world = new World();
  const { id } = await requestApproval('wage', 1, 'token', world.ports);
  expect(await expireApproval('wage', 1, world.ports)).toEqual({ id, status: 'EXPIRED' });
  expect(await expireApproval('wage', 1, world.ports)).toEqual({ id, status: 'EXPIRED' });
  expect(world.approvals.get(id)).toMatchObject({ status: 'EXPIRED', taskToken: 'token' });
  expect(world.audits.map(({ type }) => type)).toEqual(['Approval Requested', 'Approval Decided']);
  await expect(decideApproval('wage', id, reviewer('r1'), yes, world.ports)).rejects.toThrow(/is EXPIRED already/);
});

test('a decision at the last moment stands when the time is up, and is what the machine goes on with', async () => {
  const world = new World();
  world.version = { ...version, uploader: { kind: 'person', id: 'ada' } } as ModelVersion;
  const { id } = await requestApproval('wage', 1, 'token', world.ports);
  await decideApproval('wage', id, reviewer('r1'), yes, world.ports);
  expect(await expireApproval('wage', 1, world.ports)).toEqual({ id, status: 'APPROVED' });
  expect(world.woken).toHaveLength(1);
});

test('a rejected version has nothing that could expire', async () => {
  const world = new World();
  const { id } = await requestApproval('wage', 1, 'token', world.ports);
  await decideApproval('wage', id, reviewer('r1'), no, world.ports);
  expect(await expireApproval('wage', 1, world.ports)).toEqual({ status: 'REJECTED' });
});

/** What a review looks at, and no more: hence the cast. */
const pending = {
  id: 'x',
  model: 'wage',
  version: 1,
  rootDigest: DIGEST,
  uploader: { kind: 'person', id: 'ada' },
  required: 1,
  reviews: [],
  status: 'PENDING',
  generation: 0,
} as object as Approval;

test('nobody decides on their own upload', () => {
  expect(() => review(pending, reviewer('ada'), yes, 1)).toThrow(
    /ada uploaded version 1 of wage and cannot decide on it/,
  );
});

test('a reviewer counts once', () => {
  const once = review({ ...pending, required: 2 }, reviewer('r1'), yes, 1);
  expect(() => review(once, reviewer('r1'), yes, 2)).toThrow(/has reviewed version 1 of wage already/);
});

test('a decision on other bytes than those that were seen is refused', () => {
  expect(() => review(pending, reviewer('r1'), { ...yes, rootDigest: 'b'.repeat(64) }, 1)).toThrow(
    /the decision is on bbb/,
  );
});

const TIERED = policySchema.parse({
  approval: { expiresAfter: 'P2D' },
  tiers: { medium: { approval: { knownUploader: 2 } }, high: { approval: { unknownUploader: 4 } } },
  named: { retail: { approval: { knownUploader: 3, expiresAfter: 'PT90.2S' } } },
});
const declaring = (declared: object, kind: 'person' | 'unknown' = 'person'): World => {
  const world = new World();
  world.policyInForce = TIERED;
  const manifest = manifestSchema.parse(declared);
  world.version = { ...version, uploader: { kind, id: 'ada' }, manifest } as ModelVersion;
  return world;
};

test.each<[object, 'person' | 'unknown', number, object]>([
  [{}, 'person', 1, {}],
  [{}, 'unknown', 2, {}],
  [{ risk: 'low' }, 'person', 1, { tier: 'low' }],
  [{ risk: 'medium' }, 'person', 2, { tier: 'medium' }],
  [{ risk: 'high' }, 'person', 2, { tier: 'high' }],
  [{ risk: 'high' }, 'unknown', 4, { tier: 'high' }],
  [{ risk: 'high', policy: 'retail' }, 'person', 3, { tier: 'high', named: 'retail' }],
])(
  '%j by a %s needs %d reviewers, and the approval says by which tier and name',
  async (declared, kind, required, standing) => {
    const world = declaring(declared, kind);
    const approval = await requestApproval('wage', 1, 'token', world.ports);
    expect(approval).toMatchObject({ required, ...standing });
    expect('tier' in approval).toBe('tier' in standing);
    expect('named' in approval).toBe('named' in standing);
    expect(world.audits[0]?.detail).toEqual({ approvalId: approval.id, required, ...standing });
  },
);

test('the least risk of the policy asks for its reviewers, whatever an upload declares', async () => {
  const world = declaring({ risk: 'low' });
  world.policyInForce = { ...TIERED, leastRisk: 'medium' };
  const approval = await requestApproval('wage', 1, 'token', world.ports);
  expect(approval).toMatchObject({ required: 2, risk: 'low', tier: 'medium' });
  const evidence = 'labelled';
  expect(warningsOf(approval, { evidence, manifest: world.version.manifest })).toEqual([
    'contender.yaml declares low risk; the policy holds the version to the tier medium',
  ]);
  expect(warningsOf({ ...approval, tier: 'low' }, { evidence, manifest: world.version.manifest })).toEqual([]);
});

test('reviewers are told of a name that the policy has lost', async () => {
  const world = declaring({ policy: 'wholesale' });
  const approval = await requestApproval('wage', 1, 'token', world.ports);
  expect(approval).toMatchObject({ required: 1 });
  expect(warningsOf(approval, { evidence: 'labelled', manifest: world.version.manifest })).toEqual([
    expect.stringMatching(/^contender\.yaml says policy: wholesale, which the model's policy did not have/),
  ]);
});

test.each([
  [{}, 172_800],
  [{ policy: 'retail' }, 91],
])('reviewers of %j have %d seconds', async (declared, seconds) => {
  expect(await reviewSeconds('wage', 1, declaring(declared).registry)).toBe(seconds);
});
