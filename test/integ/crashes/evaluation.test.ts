import { RegistryRecords } from '../../../lambdas/evaluation/adapters/registry-records';
import { S3ArtifactStore } from '../../../lambdas/evaluation/adapters/s3-artifact-store';
import type { SandboxResponse } from '../../../lambdas/evaluation/contract';
import { evaluateVersion } from '../../../lambdas/evaluation/evaluate-version';
import { RegistryReader } from '../../../lambdas/registry/adapters/registry-reader';
import { policySchema } from '../../../lambdas/registry/contract';
import { registerUpload } from '../../../lambdas/upload/register-upload';
import { evaluatedAs, onlySandbox } from '../../evaluation/findings';
import { dieEverywhere } from '../../faults/die-everywhere';
import { exampleFiles } from '../world';
import { isWrite, RegistryAccount } from './registry-account';
import { uploadPorts } from './upload-ports';

const REJECTED: SandboxResponse = { status: 'rejected', rejection: { code: 'timed-out', message: 'slow' } };
const DEMANDING = policySchema.parse({ gates: [{ kind: 'metric', metric: 'accuracy', min: 0.8, severity: 'block' }] });

/** A registered version, and what the sandbox finds each time it is asked. */
const open = async () => {
  const account = await RegistryAccount.open();
  await account.upload(exampleFiles(1), 'inbox/wage/upload/');
  await registerUpload(account.uploads, 'inbox/wage/upload/model.onnx', uploadPorts(account, account.process()));
  return { account, runs: 0 };
};
type World = Awaited<ReturnType<typeof open>>;

/** What was found is on record, and nothing is kept as a finding that is not. */
const outcome = async ({ account }: World, { status }: { status: string }) => {
  const [version] = await account.versions();
  const evaluation = version !== undefined && 'evaluation' in version ? version.evaluation : undefined;
  const reports = (await account.keysOf(account.artifacts)).filter((key) => key.startsWith('evaluations/'));
  expect(reports).toEqual(evaluation === undefined ? [] : [evaluation.report.key]);
  return { status, row: version?.status, accuracy: evaluation?.metrics.accuracy };
};

jest.setTimeout(180_000);

test.each([
  ['is evaluated', [evaluatedAs(0.9)], 'EVALUATED'],
  ['is rejected by a gate', [evaluatedAs(0.7)], 'REJECTED'],
  ['is rejected by what the sandbox met', [REJECTED], 'REJECTED'],
])('the evaluation of a version that %s may die at any command', async (_, answers, status) => {
  const calls = await dieEverywhere({
    open,
    run: (world, fuse) => {
      const { table, s3 } = world.account.process(fuse);
      return evaluateVersion(
        { model: 'wage', version: 1 },
        {
          records: new RegistryRecords(table, new RegistryReader(table, DEMANDING)),
          artifacts: new S3ArtifactStore(s3, world.account.artifacts, 60),
          places: onlySandbox(async () => answers[Math.min(world.runs++, answers.length - 1)] ?? REJECTED),
          hostedRows: 0,
          now: () => 2000,
        },
      );
    },
    check: ({ account }) => account.check(),
    outcome: async (world, result) => {
      expect(result.status).toBe(status);
      return outcome(world, result);
    },
    close: ({ account }) => account.close(),
    hasEffect: isWrite,
  });
  expect(calls).toEqual(
    expect.arrayContaining(['GetItemCommand', 'ListObjectsV2Command', 'TransactWriteItemsCommand']),
  );
});
