import type { ModelVersion } from '../../lambdas/registry/contract';
import type { PredictionLineage, RelatedVersion } from '../../lambdas/registry/schemas/lineage-api';
import { eventually, freshModel, platform } from './platform';
import {
  awaitApproval,
  awaitPrediction,
  awaitStatus,
  decide,
  exampleFiles,
  interviews,
  push,
  QUICK_POLICY,
  setPolicy,
  versionsOf,
} from './world';

const filesFrom = (version: number, training: string): Record<string, Uint8Array> => {
  const files = exampleFiles(version);
  const manifest = Buffer.from(files['contender.yaml'] ?? '')
    .toString()
    .replace(/^training:.*(\n[ -].*)*/m, '');
  return { ...files, 'contender.yaml': Buffer.from(`${manifest}\ntraining: ${training}\n`) };
};

test('from a prediction back to its data, and from withdrawn data to every version that rests on it', async () => {
  const model = freshModel('lineage');
  const dataset = { name: freshModel('loans'), sha256: 'c'.repeat(64) };
  const path = `/api/v1/datasets/${dataset.name}/${dataset.sha256}`;
  await setPolicy(model, QUICK_POLICY);
  await push(model, filesFrom(1, JSON.stringify({ datasets: [dataset], code: { repo: 'git://risk', commit: model } })));
  const approval = await awaitApproval(model, 1);
  await decide(approval.id, 'reviewer');
  await awaitStatus(model, 1, 'SERVING');
  await push(model, filesFrom(2, '{ parent: 1 }'));
  await awaitApproval(model, 2);

  const [interview = {}] = interviews('A');
  const prediction = await awaitPrediction(await platform().api('app'), model, interview);
  const reviewer = await platform().api('reviewer');
  const made = await reviewer.get<PredictionLineage>(
    `/api/v1/predictions/${prediction.parameters?.prediction_id}/lineage`,
  );
  expect(made).toMatchObject({
    ...{ model, version: 1, role: 'champion', rootDigest: approval.rootDigest },
    approval: { id: approval.id, status: 'APPROVED', reviews: [{ decision: 'approve' }] },
    evaluation: { report: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    lineage: { datasets: [dataset], code: { commit: model } },
  });
  const asApp = (await platform().api('app')).get(
    `/api/v1/predictions/${prediction.parameters?.prediction_id}/lineage`,
  );
  await expect(asApp).rejects.toThrow(/HTTP 403/);

  const used = await reviewer.list<RelatedVersion>(`${path}/versions`, 100);
  expect(used.map(({ version, through }) => [version, through])).toEqual([
    [1, undefined],
    [2, 1],
  ]);
  const serving = await reviewer.list<RelatedVersion>(`${path}/versions?serving=true`, 100);
  expect(serving.map(({ version, aliases }) => [version, aliases])).toEqual([[1, ['champion']]]);

  const auditor = await platform().api('auditor');
  await expect(auditor.post(`${path}/withdraw`, { reason: 'no consent' })).rejects.toThrow(/HTTP 403/);
  expect(await reviewer.post(`${path}/withdraw`, { reason: 'no consent' })).toMatchObject({
    withdrawn: { reason: 'no consent' },
  });
  await eventually('the withdrawal to be worked through', async () => {
    const found = await auditor.get<{ withdrawn?: { completedAt?: number } }>(path);
    return found.withdrawn?.completedAt;
  });
  const flags = async (version: number) =>
    (await auditor.get<ModelVersion>(`/api/v1/models/${model}/versions/${version}`)).flags;
  expect(await flags(1)).toMatchObject([{ kind: 'dataset-withdrawn', dataset, reason: 'no consent' }]);
  expect(await flags(2)).toMatchObject([{ dataset, inheritedFrom: 1 }]);

  await push(model, filesFrom(3, '{ parent: 2 }'));
  await eventually('version 3', async () => (await versionsOf(model)).find(({ version }) => version === 3));
  expect(await flags(3)).toMatchObject([{ dataset, inheritedFrom: 1 }]);
});
