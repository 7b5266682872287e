import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { authorize, may, requireRole } from '../access/domain/authorize';
import type { EvaluationReport } from '../evaluation/contract';
import { readEnv } from '../kernel/env';
import { NotFound } from '../kernel/errors';
import { apiHandler, type Handles } from '../kernel/http';
import { LIST } from '../registry/adapters/keys';
import { flagTexts } from '../registry/domain/version-flags';
import { wire } from './adapters/wire';
import { type Approval, type ApprovalView, approvalEnvSchema, approvalSchema } from './contract';
import { decideApproval as decide } from './decide-approval';
import { approvalsOf, warningsOf } from './domain/approval-lifecycle';
import { APPROVAL_API } from './schemas/api';

const env = readEnv(approvalEnvSchema);
const ports = wire(env);
const s3 = new S3Client({});

/** An approval as callers see it: without what wakes its execution. */
const visible = ({ taskToken: _, generation: __, ...approval }: Approval): ApprovalView => ({
  ...approval,
  approvals: approvalsOf({ ...approval, taskToken: '', generation: 0 }),
});

const find = async (id: string): Promise<Approval> => {
  const model = await ports.approvals.modelOf(id);
  const approval = model === undefined ? undefined : await ports.approvals.find(model, id);
  if (!approval) throw new NotFound(`there is no approval ${id}`);
  return approval;
};

const reportOf = async (key: string | undefined): Promise<EvaluationReport | null> => {
  if (key === undefined) return null;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: env.ARTIFACT_BUCKET, Key: key }));
  return JSON.parse((await Body?.transformToString()) ?? 'null') as EvaluationReport | null;
};

const listApprovals: Handles<typeof APPROVAL_API>['listApprovals'] = async ({ query, identity }) => {
  requireRole(identity, 'approval:read');
  const page = await ports.table.list(LIST.pendingApprovals, approvalSchema, query);
  const shown = await Promise.all(
    page.items.map(async (approval) =>
      may(identity, 'approval:read', await ports.registry.access(approval.model)) ? [visible(approval)] : [],
    ),
  );
  return { body: { ...page, items: shown.flat() } };
};

const readApproval: Handles<typeof APPROVAL_API>['readApproval'] = async ({ path: { id }, identity }) => {
  requireRole(identity, 'approval:read');
  const approval = await find(id);
  authorize(identity, 'approval:read', await ports.registry.access(approval.model));
  const version = await ports.registry.version(approval.model, approval.version);
  const evaluation = 'evaluation' in version ? version.evaluation : undefined;
  const report = await reportOf(evaluation?.report.key);
  const warnings = [
    ...warningsOf(approval, { evidence: evaluation?.evidence, manifest: version.manifest, report }),
    ...flagTexts(version.flags),
  ];
  return { body: { ...visible(approval), warnings, report } };
};

const decideApproval: Handles<typeof APPROVAL_API>['decideApproval'] = async ({ path: { id }, body, identity }) => {
  // Their own upload is refused by that reason even where the role would refuse it too: see the domain.
  const approval = await find(id);
  authorize(identity, 'approval:decide', await ports.registry.access(approval.model));
  return { body: visible(await decide(approval.model, id, identity, body, ports)) };
};

export const handler = apiHandler(APPROVAL_API, { listApprovals, readApproval, decideApproval });
