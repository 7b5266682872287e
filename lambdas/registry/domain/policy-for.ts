import { canonicalJson } from '../../kernel/canonical-json';
import { type Gate, type GateTable, type Manifest, type Policy, type Risk, riskSchema } from '../contract';
import { DEFAULT_POLICY_NAME, type Overlay } from '../schemas/overlay';

/** What a policy demands of one version: no overlays are left. */
export type Demands = Omit<Policy, 'leastRisk' | 'tiers' | 'named'>;

/** By which of a policy's tiers and names a version goes. */
export interface Standing {
  /** Absent where the policy knows no tiers, or neither it nor the version says one. */
  readonly tier?: Risk;
  readonly named?: string;
}

export interface PolicyInForce {
  readonly demands: Demands;
  readonly standing: Standing;
  /** What the version names and the policy does not have; it goes by the rest then. */
  readonly unknownName?: string;
}

const rankOf = (risk: Risk | undefined): number => (risk === undefined ? -1 : riskSchema.options.indexOf(risk));

/** The declared one, but never below what the policy holds everybody to. */
const tierOf = ({ leastRisk, tiers }: Policy, declared: Risk | undefined): Risk | undefined => {
  if (leastRisk === undefined && tiers === undefined) return undefined;
  return riskSchema.options[Math.max(rankOf(leastRisk), rankOf(declared))];
};

/** A gate that is there already is not judged twice. */
const withGates = (before: readonly Gate[], added: readonly Gate[]): Gate[] => {
  const known = new Set(before.map(canonicalJson));
  return [...before, ...added.filter((gate) => !known.has(canonicalJson(gate)))];
};

/** One overlay laid over what was demanded before: gates and reviewers only become more. */
const laidOver = (before: Demands, { gates = [], approval = {}, rollout = {} }: Overlay): Demands => ({
  ...before,
  gates: withGates(before.gates, gates),
  approval: {
    knownUploader: Math.max(before.approval.knownUploader, approval.knownUploader ?? 0),
    unknownUploader: Math.max(before.approval.unknownUploader, approval.unknownUploader ?? 0),
    expiresAfter: approval.expiresAfter ?? before.approval.expiresAfter,
  },
  rollout: {
    steps: rollout.steps ?? before.rollout.steps,
    stepDeadline: rollout.stepDeadline ?? before.rollout.stepDeadline,
    personDeadline: rollout.personDeadline ?? before.rollout.personDeadline,
    margin: rollout.margin ?? before.rollout.margin,
    alpha: rollout.alpha ?? before.rollout.alpha,
  },
});

/** Names that the policy has, in order, as messages list them. */
export const policyNames = ({ named = {} }: Policy): string[] => [DEFAULT_POLICY_NAME, ...Object.keys(named).sort()];

const namedBy = ({ named = {} }: Policy, name: string | undefined): { name: string; overlay?: Overlay } | undefined => {
  if (name === undefined || name === DEFAULT_POLICY_NAME) return undefined;
  const overlay = Object.hasOwn(named, name) ? named[name] : undefined;
  return overlay === undefined ? { name } : { name, overlay };
};

/**
 * The policy in force for a version: the model's own, what its tier and the tiers below demand, and what the policy demands under the
 * name that the version gives. Whatever a version declares, no gate goes away and no reviewer does.
 */
export const policyFor = (policy: Policy, { risk, policy: name }: Pick<Manifest, 'risk' | 'policy'>): PolicyInForce => {
  const { leastRisk: _, tiers = {}, named: __, ...own } = policy;
  const tier = tierOf(policy, risk);
  const chosen = namedBy(policy, name);
  const held = riskSchema.options.slice(0, rankOf(tier) + 1).map((each) => tiers[each]);
  const overlays = [...held, chosen?.overlay].filter((overlay) => overlay !== undefined);
  return {
    demands: overlays.reduce<Demands>(laidOver, own),
    standing: { ...(tier ? { tier } : {}), ...(chosen?.overlay ? { named: chosen.name } : {}) },
    ...(chosen && !chosen.overlay ? { unknownName: chosen.name } : {}),
  };
};

/** A policy by its number, with the tier and name by which a version went. */
export const policyText = ({ policy, tier, named }: Pick<GateTable, 'policy' | 'tier' | 'named'>): string => {
  const parts = [
    policy === 0 ? 'the default policy' : `policy ${policy}`,
    ...(tier === undefined ? [] : [`tier ${tier}`]),
    ...(named === undefined ? [] : [`named ${named}`]),
  ];
  return parts.join(', ');
};
