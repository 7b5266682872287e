import { DynamoApprovalStore } from '../../../lambdas/approval/adapters/dynamo-approval-store';
import { requestApproval } from '../../../lambdas/approval/request-approval';
import { RegistryRecords } from '../../../lambdas/evaluation/adapters/registry-records';
import { DynamoLineage } from '../../../lambdas/registry/adapters/dynamo-lineage';
import { RegistryReader } from '../../../lambdas/registry/adapters/registry-reader';
import { type DatasetRef, manifestSchema } from '../../../lambdas/registry/contract';
import { flagAffected, withdrawDataset } from '../../../lambdas/registry/withdraw-dataset';
import { DynamoRegistrations } from '../../../lambdas/upload/adapters/dynamo-registrations';
import { dieEverywhere } from '../../faults/die-everywhere';
import { candidateOf } from '../../registry/candidates';
import { isWrite, RegistryAccount } from './registry-account';

const SURVEY: DatasetRef = { name: 'survey', sha256: 'a'.repeat(64) };
const RITA = { kind: 'person', id: 'rita', name: 'Rita' } as const;

/** Versions 1 and 4 were trained on the survey, 2 and 3 are what was made from 1. Their files are not looked at. */
const open = async () => {
  const account = await RegistryAccount.open();
  const { table } = account.process();
  const registrations = new DynamoRegistrations(table, 'open');
  const trainings = [{ datasets: [SURVEY] }, { parent: 1 }, { parent: 2 }, { datasets: [SURVEY] }];
  for (const [i, training] of trainings.entries()) {
    const manifest = manifestSchema.parse({ training, owner: 'pay' });
    const candidate = candidateOf({ upload: `u${i}`, digest: i });
    const files = [await account.keep(candidate.artifactPrefix, 'model.onnx')];
    await registrations.register({ ...candidate, files, manifest });
  }
  return account;
};

const flagsOf = async (account: RegistryAccount) =>
  (await account.versions()).map(({ flags = [] }) => flags.map(({ inheritedFrom }) => inheritedFrom ?? 0));

const eventsOf = async (account: RegistryAccount) =>
  (await account.events('wage')).map(({ type, version, detail }) => [type, version, detail]);

jest.setTimeout(180_000);

test('a withdrawal, and all that is flagged by it, may die at any command', async () => {
  const told = new Map<RegistryAccount, number>();
  const calls = await dieEverywhere({
    open,
    run: async (account, fuse) => {
      const ports = {
        store: new DynamoLineage(account.process(fuse).table),
        owners: { tell: async () => void told.set(account, (told.get(account) ?? 0) + 1) },
        now: () => 77,
      };
      await withdrawDataset(SURVEY, 'no consent', RITA, ports);
      await flagAffected(SURVEY, ports);
    },
    check: (account) => account.check(),
    outcome: async (account) => {
      expect(await flagsOf(account)).toEqual([[0], [1], [1], [0]]);
      expect(told.get(account)).toBeGreaterThanOrEqual(1);
      return eventsOf(account);
    },
    close: (account) => account.close(),
    hasEffect: isWrite,
  });
  expect(calls.filter((call) => call === 'TransactWriteItemsCommand')).toHaveLength(5);
});

const evaluation = {
  evidence: 'none',
  metrics: {},
  latencyMsPerRow: 0,
  report: { key: 'evaluations/none.json', sha256: 'b'.repeat(64) },
} as const;

test('asking for approval may die at any command, and asks once', async () => {
  await dieEverywhere({
    open: async () => {
      const account = await open();
      const { table } = account.process();
      const reader = new RegistryReader(table);
      const version = await reader.version('wage', 1);
      if (version.status !== 'REGISTERED') throw new Error(`version 1 is ${version.status}`);
      await new RegistryRecords(table, reader).recordEvaluation(version, evaluation, 50);
      return account;
    },
    run: (account, fuse) => {
      const { table } = account.process(fuse);
      const executions = { succeed: async () => undefined, nudge: async () => undefined };
      const ports = { registry: new RegistryReader(table), approvals: new DynamoApprovalStore(table), executions };
      return requestApproval('wage', 1, 'token', { ...ports, now: () => 60 });
    },
    check: async (account) => {
      const items = await account.items();
      const approvals = items.filter(({ sk }) => sk.startsWith('APPROVAL#'));
      expect(items.filter(({ pk }) => pk.startsWith('POINTER#'))).toHaveLength(approvals.length);
      const asked = (await account.events('wage')).filter(({ type }) => type === 'Approval Requested');
      expect(asked).toHaveLength(approvals.length);
    },
    outcome: (_, approval) => approval,
    close: (account) => account.close(),
    hasEffect: isWrite,
  });
});
