import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { AuditEvent } from '../../lambdas/registry/contract';
import { verifyChain } from '../../lambdas/registry/domain/audit-chain';
import { faultsOfEntries } from '../registry/domain-event-facts';
import { eventually, freshModel, platform } from './platform';
import {
  awaitApproval,
  awaitPrediction,
  awaitStatus,
  champion,
  decide,
  exampleFiles,
  interviews,
  predict,
  push,
  rolloutOf,
  serve,
  setPolicy,
  upload,
  versionsOf,
} from './world';

const auditOf = async (model: string): Promise<AuditEvent[]> => {
  const api = await platform().api('auditor');
  const events = (await api.list<AuditEvent>(`/api/v1/models/${model}/audit`, 1000)).reverse();
  expect(faultsOfEntries(events)).toEqual([]);
  return events;
};

test('an upload by an unknown hand is registered, evaluated, and serves once two reviewers approve', async () => {
  const model = freshModel('unknown');
  await setPolicy(model);
  await upload(model, exampleFiles(1));
  const approval = await awaitApproval(model, 1);
  expect(approval).toMatchObject({ required: 2, status: 'PENDING' });

  const evidence = await (await platform().api('reviewer')).get<{
    warnings: string[];
    report: { findings: { evidence: { metrics: { accuracy: number } } } };
  }>(`/api/v1/approvals/${approval.id}`);
  expect(evidence.warnings.join()).toMatch(/nobody vouches/);
  expect(evidence.report.findings.evidence.metrics.accuracy).toBeCloseTo(0.7144, 3);

  expect(await decide(approval.id, 'reviewer')).toMatchObject({ status: 'PENDING' });
  await expect(decide(approval.id, 'reviewer')).rejects.toThrow(/has reviewed version 1 .* already/);
  expect(await decide(approval.id, 'reviewer-2')).toMatchObject({ status: 'APPROVED' });
  expect(await awaitStatus(model, 1, 'SERVING')).toMatchObject({
    aliases: ['champion'],
    rootDigest: approval.rootDigest,
  });

  const [interview = {}] = interviews('A');
  const prediction = await awaitPrediction(await platform().api('app'), model, interview);
  expect(prediction.model_version).toBe('1');
  expect(prediction.parameters?.prediction_id).toBeDefined();
});

test('a better challenger climbs by shadow and canary on outcomes, and the record of it is whole', async () => {
  const model = freshModel('climb');
  await champion(model);
  const app = await platform().api('app');
  const stream = interviews('A');
  await awaitPrediction(app, model, stream[0] ?? {});

  await push(model, exampleFiles(2));
  const approval = await awaitApproval(model, 2);
  expect(approval.required).toBe(1);
  await expect(decide(approval.id, 'data-scientist')).rejects.toThrow(/HTTP 403/);
  await decide(approval.id, 'reviewer');
  await eventually('the shadow step', async () => ((await rolloutOf(model, 2))?.stepIndex === 0 ? true : undefined));

  const answeredBy = new Set<string>();
  const seen = new Set<number>();
  for (let at = 0; at < stream.length; at += 25) {
    const rollout = await rolloutOf(model, 2);
    if (rollout?.status !== 'RUNNING') break;
    seen.add(rollout.stepIndex);
    for (const { model_version } of await serve(app, model, stream.slice(at, at + 25))) answeredBy.add(model_version);
    await new Promise((tick) => setTimeout(tick, 250));
  }
  const ended = await eventually('the rollout to end', async () => {
    const rollout = await rolloutOf(model, 2);
    return rollout?.status === 'RUNNING' ? undefined : rollout;
  });
  expect(ended).toMatchObject({ status: 'PROMOTED' });
  expect([...seen]).toEqual([0, 1]);
  expect([...answeredBy].sort()).toEqual(['1', '2']);
  expect((await versionsOf(model)).map(({ version, status }) => [version, status])).toEqual([
    [2, 'SERVING'],
    [1, 'RETIRED'],
  ]);

  const { lineage } = await (await platform().api('auditor')).get<{ lineage: { championReplaced?: number } }>(
    `/api/v1/models/${model}/versions/2`,
  );
  expect(lineage.championReplaced).toBe(1);

  const events = await auditOf(model);
  expect(verifyChain(events)).toBeUndefined();
  const types = events.map((event) => event.type);
  for (const type of [
    'Version Registered',
    'Version Evaluated',
    'Approval Requested',
    'Approval Decided',
    'Rollout Started',
    'Rollout Step Changed',
    'Champion Changed',
    'Rollout Ended',
  ]) {
    expect(types).toContain(type);
  }

  // An operator can go back at once, and the withdrawn version stops answering when the cached route has run out.
  const operator = await platform().api('operator');
  expect(await operator.post(`/api/v1/models/${model}/rollback`, { reason: 'a test of the way back' })).toMatchObject({
    champion: { version: 1 },
  });
  await eventually(
    'version 1 to answer',
    async () => ((await predict(app, model, stream[0] ?? {})).model_version === '1' ? true : undefined),
    10_000,
  );
}, 180_000);

test('a champion whose outcomes turn bad raises the accuracy-drift alarm, and a refresh is requested', async () => {
  const model = freshModel('drift');
  await champion(model, { drift: { batch: 'PT1S', threshold: 100 } });
  const app = await platform().api('app');
  const stream = interviews('D');
  await awaitPrediction(app, model, stream[0] ?? {});
  const cloudwatch = new CloudWatchClient(platform().aws);
  const alarm = `contender-${platform().outputs.deployment}-accuracy-drift-${model}`;
  const state = async () =>
    (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarm] }))).MetricAlarms?.[0]?.StateValue;
  await eventually('the alarm to be made', state);

  // Truths are turned round: nothing that was learnt holds any more.
  const turned = stream.map((row) => ({ ...row, truth: row.truth === 'above' ? 'below' : 'above' }));
  for (let at = 0; at < 1000 && (await state()) !== 'ALARM'; at += 50)
    await serve(app, model, turned.slice(at, at + 50));
  await eventually('the alarm to go off', async () => ((await state()) === 'ALARM' ? true : undefined), 90_000);
  const refresh = await eventually('the refresh to be requested', async () =>
    (await auditOf(model)).find((event) => event.type === 'Refresh Requested'),
  );
  expect(refresh.detail).toMatchObject({ reason: 'accuracy drift', alarm });
  expect((await auditOf(model)).filter((event) => event.type === 'Drift Detected')).toHaveLength(1);
}, 180_000);
