import { derivedUlid } from '../../lambdas/kernel/derived-ulid';
import { RegistryReader } from '../../lambdas/registry/adapters/registry-reader';
import type { RegistryTable } from '../../lambdas/registry/adapters/registry-table';
import type { ModelVersion } from '../../lambdas/registry/contract';
import { championReplaced } from '../../lambdas/registry/domain/describe-version';
import { serving } from '../evaluation/versions';
import { versionOf } from './lineage-world';

const replaced = { version: 2, rootDigest: 'b'.repeat(64) };
const asked: object[] = [];
const reader = (found: object | undefined) =>
  new RegistryReader({
    get: async (key: object) => {
      asked.push(key);
      return found;
    },
  } as object as RegistryTable);

const served = serving(versionOf(3, {}) as Extract<ModelVersion, { status: 'REGISTERED' }>);

beforeEach(() => {
  asked.length = 0;
});

test('the rollout of a version is read by its id, which follows from its approval, and no other is', async () => {
  const climb = await reader({ status: 'PROMOTED', champion: replaced }).climb(served);
  expect(championReplaced(climb)).toBe(2);
  const { approvedAt, approvalId } = served as { approvedAt: number; approvalId: string };
  expect(asked).toEqual([{ pk: 'MODEL#wage', sk: `ROLLOUT#${derivedUlid(approvedAt, 'rollout', approvalId)}` }]);
});

test('a version that was never approved has none, and nothing is read', async () => {
  expect(await reader({}).climb(versionOf(3, {}))).toBeUndefined();
  expect(asked).toEqual([]);
});

test.each([
  ['was not promoted', { status: 'ROLLED_BACK', champion: replaced }],
  ['was the first', { status: 'PROMOTED' }],
  ['has not begun', undefined],
])('a version whose rollout %s replaced no champion', (_, climb) => {
  expect(championReplaced(climb)).toBeUndefined();
});
