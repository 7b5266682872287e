import { Forbidden } from '../../kernel/errors';
import type { Action, Grant, Identity, Principal, Role } from '../contract';

const ACTIONS_OF: Readonly<Record<Role, readonly Action[]>> = {
  'data-scientist': ['model:read', 'model:upload', 'approval:read', 'rollout:read', 'audit:read'],
  reviewer: [
    'model:read',
    'approval:read',
    'approval:decide',
    'rollout:read',
    'prediction:trace',
    'dataset:withdraw',
    'audit:read',
  ],
  operator: [
    'model:read',
    'model:configure',
    'access:configure',
    'approval:read',
    'rollout:read',
    'rollout:command',
    'prediction:trace',
    'dataset:withdraw',
    'audit:read',
  ],
  app: ['prediction:create', 'outcome:create'],
  auditor: ['model:read', 'approval:read', 'rollout:read', 'prediction:trace', 'audit:read'],
};

/**
 * Actions for which the role suffices on a restricted model, too. Were access itself under grants, a model that nobody
 * was granted as operator would stay shut for good.
 */
const NEEDS_NO_GRANT: ReadonlySet<Action> = new Set<Action>(['access:configure']);

/** What of a model decides who may touch it. */
export interface ModelAccess {
  readonly model: string;
  readonly mode: 'open' | 'restricted';
  readonly grants: readonly Grant[];
}

const principalsOf = (identity: Identity): readonly Principal[] => [
  identity.kind === 'person' ? `user:${identity.id}` : `client:${identity.id}`,
  ...identity.teams.map((team) => `team:${team}`),
];

const rolesOn = (identity: Identity, access: ModelAccess): readonly Role[] => {
  if (access.mode === 'open') return identity.roles;
  const principals = principalsOf(identity);
  const granted = new Set(
    access.grants.filter((grant) => principals.includes(grant.principal)).flatMap((grant) => grant.roles),
  );
  // Auditors see everything: an audit that needs the audited team's consent is none.
  return identity.roles.filter((role) => role === 'auditor' || granted.has(role));
};

const rolesFor = (action: Action): string =>
  (Object.keys(ACTIONS_OF) as Role[]).filter((role) => ACTIONS_OF[role].includes(action)).join(' or ');

const roleAllows = (roles: readonly Role[], action: Action): boolean =>
  roles.some((role) => ACTIONS_OF[role].includes(action));

/** Whether the identity's roles, limited to those granted on the model, allow the action. */
export const may = (identity: Identity, action: Action, access: ModelAccess): boolean =>
  roleAllows(NEEDS_NO_GRANT.has(action) ? identity.roles : rolesOn(identity, access), action);

/** @throws Forbidden naming the missing role, before any look at a model. */
export const requireRole = (identity: Identity, action: Action): void => {
  if (roleAllows(identity.roles, action)) return;
  const held = identity.roles.length > 0 ? identity.roles.join(', ') : 'no role';
  throw new Forbidden(`${action} needs the role ${rolesFor(action)}; ${identity.name} has ${held}`);
};

/** @throws Forbidden naming the missing role, or the missing grant on a restricted model. */
export const authorize = (identity: Identity, action: Action, access: ModelAccess): void => {
  requireRole(identity, action);
  if (may(identity, action, access)) return;
  throw new Forbidden(
    `model ${access.model} is restricted and ${identity.name} holds no grant for ${action} on it; an operator can grant it to ${principalsOf(identity).join(' or ')}`,
  );
};
