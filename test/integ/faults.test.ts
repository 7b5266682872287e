import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { EVIDENCE_SK, versionEvidenceSchema } from '../../lambdas/monitoring/contract';
import { modelKey } from '../../lambdas/registry/adapters/keys';
import { eventually, freshModel, platform } from './platform';
import {
  awaitApproval,
  awaitPrediction,
  champion,
  decide,
  exampleFiles,
  interviews,
  predict,
  push,
  rolloutOf,
  serve,
  versionsOf,
} from './world';

const evidenceOf = async (model: string, version: number) => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(platform().aws));
  const Key = { pk: modelKey(model), sk: EVIDENCE_SK.version(version) };
  const { Item } = await client.send(
    new GetCommand({ TableName: platform().outputs.evidenceTable, Key, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : versionEvidenceSchema.parse(Item);
};

const windowOf = (model: string, n: number) =>
  eventually(`${n} outcomes of ${model}`, async () => {
    const evidence = await evidenceOf(model, 1);
    return evidence?.window.n === n ? evidence.window : undefined;
  });

test('a rollout whose execution dies leaves the champion serving', async () => {
  const model = freshModel('dies');
  await champion(model);
  const app = await platform().api('app');
  const [interview = {}] = interviews('A');
  await awaitPrediction(app, model, interview);
  await push(model, exampleFiles(2));
  await decide((await awaitApproval(model, 2)).id, 'reviewer');
  const rollout = await eventually('the shadow step', async () => {
    const found = await rolloutOf(model, 2);
    return found?.stepIndex === 0 ? found : undefined;
  });

  const executionArn = `${platform().outputs.rolloutMachineArn.replace(':stateMachine:', ':execution:')}:${rollout.id}`;
  await new SFNClient(platform().aws).send(new StopExecutionCommand({ executionArn, cause: 'pulled by a test' }));
  const ended = await eventually('the rollout to be aborted', async () => {
    const found = await rolloutOf(model, 2);
    return found?.status === 'ABORTED' ? found : undefined;
  });
  expect(ended.reason).toMatch(/ABORTED/);
  expect((await versionsOf(model)).find(({ version }) => version === 1)?.aliases).toEqual(['champion']);
  expect((await predict(app, model, interview)).model_version).toBe('1');
}, 90_000);

test('outcomes that come again change nothing, and a later truth restates what was observed', async () => {
  const model = freshModel('again');
  await champion(model);
  const app = await platform().api('app');
  const rows = interviews('A').slice(0, 40);
  await awaitPrediction(app, model, rows[0] ?? {});
  const predictions = await serve(app, model, rows);
  const before = await windowOf(model, 40);

  const outcomes = predictions.map(({ parameters }, i) => ({
    predictionId: parameters?.prediction_id,
    truth: rows[i]?.truth,
  }));
  // Another moment of observation makes another message: deduplication by the queue does not hide the store's own.
  for (const observedAt of [Date.now() - 60_000, Date.now() - 30_000]) {
    await app.post(`/api/v1/models/${model}/outcomes`, {
      outcomes: outcomes.map((outcome) => ({ ...outcome, observedAt })),
    });
  }
  const wrong = rows[0]?.truth === 'above' ? 'below' : 'above';
  await app.post(`/api/v1/models/${model}/outcomes`, {
    outcomes: [{ ...outcomes[0], truth: wrong, observedAt: Date.now() + 1000 }],
  });
  const after = await eventually('the correction', async () => {
    const evidence = await evidenceOf(model, 1);
    return evidence !== undefined && evidence.window.correct !== before.correct ? evidence.window : undefined;
  });
  expect(after.n).toBe(40);
  expect(Math.abs(after.correct - before.correct)).toBe(1);
}, 60_000);

test.each([
  ['forged', (id: string) => `${id.slice(0, -4)}AAAA`, 'above', /HTTP 400/],
  [
    'of a class that the model does not have',
    (id: string) => id,
    'perhaps',
    /none of the model's classes: above, below/,
  ],
] as const)(
  'an outcome that is %s is refused, and none of its request is taken',
  async (_what, spoil, truth, words) => {
    const model = freshModel('refused');
    await champion(model);
    const app = await platform().api('app');
    const [interview = {}] = interviews('A');
    const id = (await awaitPrediction(app, model, interview)).parameters?.prediction_id ?? '';
    const good = { predictionId: id, truth: interview.truth };
    await expect(
      app.post(`/api/v1/models/${model}/outcomes`, { outcomes: [good, { predictionId: spoil(id), truth }] }),
    ).rejects.toThrow(words);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await evidenceOf(model, 1)).toBeUndefined();
  },
  60_000,
);
