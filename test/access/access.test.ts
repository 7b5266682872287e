import type { Action, Identity, Role } from '../../lambdas/access/contract';
import { authorize, may } from '../../lambdas/access/domain/authorize';
import { identityFromClaims } from '../../lambdas/access/identity';

const person = (roles: Role[], teams: string[] = []): Identity => ({
  kind: 'person',
  id: 'ada',
  name: 'Ada',
  roles,
  teams,
});
const open = { model: 'wage', mode: 'open' as const, grants: [] };

test.each([
  ['data-scientist', 'model:upload', true],
  ['data-scientist', 'approval:decide', false],
  ['data-scientist', 'prediction:create', false],
  ['reviewer', 'approval:decide', true],
  ['reviewer', 'rollout:command', false],
  ['operator', 'rollout:command', true],
  ['operator', 'model:configure', true],
  ['operator', 'access:configure', true],
  ['data-scientist', 'access:configure', false],
  ['app', 'prediction:create', true],
  ['app', 'model:read', false],
  ['auditor', 'audit:read', true],
  ['auditor', 'model:upload', false],
] as Array<[Role, Action, boolean]>)('a %s and %s on an open model: %s', (role, action, allowed) => {
  expect(may(person([role]), action, open)).toBe(allowed);
});

test('on a restricted model a role counts only where it is granted, to the person or a team', () => {
  const restricted = {
    ...open,
    mode: 'restricted' as const,
    grants: [{ principal: 'team:risk', roles: ['reviewer' as const] }],
  };
  expect(may(person(['reviewer']), 'approval:decide', restricted)).toBe(false);
  expect(may(person(['reviewer'], ['risk']), 'approval:decide', restricted)).toBe(true);
  expect(may(person(['operator'], ['risk']), 'rollout:command', restricted)).toBe(false);
  expect(may(person(['auditor']), 'audit:read', restricted)).toBe(true);
  expect(() => authorize(person(['reviewer']), 'approval:decide', restricted)).toThrow(
    /restricted and Ada holds no grant .* user:ada/,
  );
});

test('a missing role is told with the roles that would do', () => {
  expect(() => authorize(person([]), 'rollout:command', open)).toThrow(
    /rollout:command needs the role operator; Ada has no role/,
  );
});

test('groups of a person become roles and teams, in each form in which they arrive', () => {
  for (const groups of ['[reviewer team-risk app]', '[reviewer, team-risk, app]', ['reviewer', 'team-risk', 'app']]) {
    expect(identityFromClaims({ sub: 'ada', username: 'ada', 'cognito:groups': groups })).toMatchObject({
      kind: 'person',
      roles: ['reviewer'],
      teams: ['risk'],
    });
  }
});

test('an application is what its scopes say, and never a person', () => {
  expect(identityFromClaims({ client_id: 'c1', scope: 'contender/outcomes contender/predict' })).toMatchObject({
    kind: 'application',
    id: 'c1',
    roles: ['app'],
  });
  expect(identityFromClaims({ client_id: 'c1', scope: 'other/thing' }).roles).toEqual([]);
});
