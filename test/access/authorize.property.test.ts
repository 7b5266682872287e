import fc from 'fast-check';
import { type Action, type Grant, type Identity, type Role, roleSchema } from '../../lambdas/access/contract';
import { authorize, type ModelAccess, may } from '../../lambdas/access/domain/authorize';
import { Forbidden } from '../../lambdas/kernel/errors';

const ACTIONS: readonly Action[] = [
  'model:read',
  'model:upload',
  'model:configure',
  'access:configure',
  'approval:read',
  'approval:decide',
  'rollout:read',
  'rollout:command',
  'prediction:create',
  'outcome:create',
  'audit:read',
];

const role = fc.constantFrom<Role>(...roleSchema.options);
const roles = fc.uniqueArray(role, { maxLength: 5 });
const action = fc.constantFrom(...ACTIONS);
const name = fc.constantFrom('ada', 'ben', 'risk');
const identity: fc.Arbitrary<Identity> = fc.record({
  kind: fc.constantFrom('person' as const, 'application' as const),
  id: name,
  name,
  roles,
  teams: fc.uniqueArray(name, { maxLength: 2 }),
});
const grant: fc.Arbitrary<Grant> = fc.record({
  principal: fc.tuple(fc.constantFrom('user', 'client', 'team'), name).map((parts) => parts.join(':')),
  roles: fc.uniqueArray(role, { minLength: 1, maxLength: 5 }),
});
const access: fc.Arbitrary<ModelAccess> = fc.record({
  model: fc.constant('wage'),
  mode: fc.constantFrom('open' as const, 'restricted' as const),
  grants: fc.array(grant, { maxLength: 4 }),
});

test('restricting a model never allows what was not allowed while it was open', () => {
  fc.assert(
    fc.property(identity, action, access, (who, what, to) => {
      if (may(who, what, { ...to, mode: 'restricted' })) expect(may(who, what, { ...to, mode: 'open' })).toBe(true);
    }),
  );
});

test('one more grant, or one more role, never takes anything away', () => {
  fc.assert(
    fc.property(identity, action, access, grant, role, (who, what, to, more, another) => {
      if (!may(who, what, to)) return;
      expect(may(who, what, { ...to, grants: [...to.grants, more] })).toBe(true);
      expect(may({ ...who, roles: [...who.roles, another] }, what, to)).toBe(true);
    }),
  );
});

test('a grant gives nobody a role that they do not hold', () => {
  fc.assert(
    fc.property(identity, action, access, (who, what, to) => {
      expect(may({ ...who, roles: [] }, what, to)).toBe(false);
    }),
  );
});

test('a grant to a person is none to an application of the same id, and the other way round', () => {
  fc.assert(
    fc.property(
      identity,
      action.filter((what) => what !== 'access:configure'),
      role,
      (who, what, given) => {
        const foreign = `${who.kind === 'person' ? 'client' : 'user'}:${who.id}`;
        const to = { model: 'wage', mode: 'restricted' as const, grants: [{ principal: foreign, roles: [given] }] };
        const held = who.roles.filter((one) => one !== 'auditor');
        expect(may({ ...who, roles: held, teams: [] }, what, to)).toBe(false);
      },
    ),
  );
});

test('authorize refuses exactly what may denies, in words', () => {
  fc.assert(
    fc.property(identity, action, access, (who, what, to) => {
      if (may(who, what, to)) expect(() => authorize(who, what, to)).not.toThrow();
      else expect(() => authorize(who, what, to)).toThrow(Forbidden);
    }),
  );
});

test('who may set access at all may set it on every model, whatever its mode and grants', () => {
  fc.assert(
    fc.property(identity, access, (who, to) => {
      expect(may(who, 'access:configure', to)).toBe(who.roles.includes('operator'));
    }),
  );
});
