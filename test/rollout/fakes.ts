import { Conflict } from '../../lambdas/kernel/errors';
import {
  type AuditEntry,
  type ModelVersion,
  manifestSchema,
  type Policy,
  policySchema,
  type Route,
} from '../../lambdas/registry/contract';
import type { HostingProgress, Rollout, RunningRollout } from '../../lambdas/rollout/contract';
import type { StepEvidence } from '../../lambdas/rollout/domain/evidence';
import type { RolloutChange, RolloutPorts } from '../../lambdas/rollout/ports';
import { faultsOfEntries } from '../registry/domain-event-facts';

export const MODEL = 'wage';

const digest = (version: number): string => String(version).repeat(64).slice(0, 64);
export const ref = (version: number) => ({ version, rootDigest: digest(version) });

/** What a rollout reads of a version, and no more: hence the cast. */
const record = (version: number, status: 'APPROVED' | 'SERVING'): ModelVersion =>
  ({
    model: MODEL,
    version,
    rootDigest: digest(version),
    status,
    approvedAt: version * 1000,
    approvalId: `approval-${version}`,
    manifest: manifestSchema.parse({}),
    evaluation: { baseline: { mean: 0.2 } },
    generation: 3,
  }) as object as ModelVersion;

/** One model's rows in memory, with the conditions of the real store: every part must follow on the generation before. */
export class World implements RolloutPorts {
  route: Route | undefined;
  readonly versions = new Map<number, ModelVersion>();
  readonly rollouts = new Map<string, Rollout>();
  readonly audits: AuditEntry[] = [];
  readonly woken: Array<[string, object]> = [];
  readonly started: string[] = [];
  readonly dead = new Set<string>();
  raised: string[] = [];
  clock = 1_000_000;
  step: StepEvidence = {
    kind: 'pairs',
    verdict: 'not-yet',
    pairs: 0,
    meanDifference: 0,
    eValues: { better: 1, notWorse: 1, worse: 1 },
  };
  readonly rollbackAlarms = ['scoring-errors'];

  constructor(approved: readonly number[]) {
    for (const version of approved) this.versions.set(version, record(version, 'APPROVED'));
  }

  policyInForce: Policy = policySchema.parse({
    rollout: {
      steps: [
        { mode: 'shadow', bake: 'PT0S' },
        { mode: 'canary', bake: 'PT0S', weight: 0.5 },
      ],
    },
  });

  readonly now = () => this.clock;
  readonly registry = {
    version: async (_model: string, version: number) => {
      const found = this.versions.get(version);
      if (!found) throw new Error(`no version ${version}`);
      return found;
    },
    route: async () => this.route,
    policy: async () => ({ policy: this.policyInForce }),
  };
  readonly evidence = { read: async () => this.step };
  readonly alarms = { raised: async () => this.raised };
  readonly executions = {
    start: async (rollout: RunningRollout) => void this.started.push(rollout.id),
    succeed: async (token: string, output: object) => void this.woken.push([token, output]),
    nudge: async (token: string, output: object) => void this.woken.push([token, output]),
    isDead: async (rollout: RunningRollout) => this.dead.has(rollout.id),
  };
  readonly ensured: Array<[string, number]> = [];
  hosted: HostingProgress = { hosting: 'ready' };
  readonly hosting = {
    ensure: async (model: string, version: number) => {
      this.ensured.push([model, version]);
      return this.hosted;
    },
  };
  readonly store = {
    find: async (_model: string, id: string) => this.rollouts.get(id),
    commit: async ({ audit, rollout, route, versions = [] }: RolloutChange) => {
      const parts: Array<[{ generation: number }, number | undefined]> = [
        ...(rollout
          ? [[rollout, this.rollouts.get(rollout.id)?.generation] as [{ generation: number }, number | undefined]]
          : []),
        ...(route ? [[route, this.route?.generation] as [{ generation: number }, number | undefined]] : []),
        ...versions.map((version): [{ generation: number }, number | undefined] => [
          version,
          this.versions.get(version.version)?.generation,
        ]),
      ];
      if (parts.some(([next, before]) => next.generation !== (before ?? -1) + 1))
        throw new Conflict('the row changed meanwhile', { cause: new Error('condition') });
      if (rollout) this.rollouts.set(rollout.id, rollout);
      if (route) this.route = route;
      for (const version of versions) this.versions.set(version.version, version);
      expect(faultsOfEntries([audit])).toEqual([]);
      this.audits.push(audit);
    },
  };

  serving(): number[] {
    return [...this.versions.values()].filter(({ status }) => status === 'SERVING').map(({ version }) => version);
  }
}
