import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { authorize, may, requireRole } from '../access/domain/authorize';
import { readEnv } from '../kernel/env';
import { NotFound } from '../kernel/errors';
import { apiHandler, pageQuerySchema, route } from '../kernel/http';
import { LIST } from '../registry/adapters/keys';
import { ulidSchema } from '../registry/contract';
import { wire } from './adapters/wire';
import { type Approval, approvalEnvSchema, approvalSchema, decisionSchema } from './contract';
import { decideApproval } from './decide-approval';
import { approvalsOf, warningsOf } from './domain/approval-lifecycle';

const env = readEnv(approvalEnvSchema);
const ports = wire(env);
const s3 = new S3Client({});

/** An approval as callers see it: without what wakes its execution. */
const visible = ({ taskToken: _, generation: __, ...approval }: Approval) => ({
  ...approval,
  approvals: approvalsOf({ ...approval, taskToken: '', generation: 0 }),
});

const idPath = z.object({ id: ulidSchema });

const find = async (id: string): Promise<Approval> => {
  const model = await ports.approvals.modelOf(id);
  const approval = model === undefined ? undefined : await ports.approvals.find(model, id);
  if (!approval) throw new NotFound(`there is no approval ${id}`);
  return approval;
};

const reportOf = async (key: string | undefined): Promise<unknown> => {
  if (key === undefined) return null;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: env.ARTIFACT_BUCKET, Key: key }));
  return JSON.parse((await Body?.transformToString()) ?? 'null');
};

const listApprovals = route({
  query: pageQuerySchema,
  handle: async ({ query, identity }) => {
    requireRole(identity, 'approval:read');
    const page = await ports.table.list(LIST.pendingApprovals, approvalSchema, query);
    const shown = await Promise.all(
      page.items.map(async (approval) =>
        may(identity, 'approval:read', await ports.registry.access(approval.model)) ? [visible(approval)] : [],
      ),
    );
    return { body: { ...page, items: shown.flat() } };
  },
});

const readApproval = route({
  path: idPath,
  handle: async ({ path: { id }, identity }) => {
    requireRole(identity, 'approval:read');
    const approval = await find(id);
    authorize(identity, 'approval:read', await ports.registry.access(approval.model));
    const version = await ports.registry.version(approval.model, approval.version);
    const evaluation = 'evaluation' in version ? version.evaluation : undefined;
    const report = await reportOf(evaluation?.report.key);
    return { body: { ...visible(approval), warnings: warningsOf(approval, evaluation?.evidence), report } };
  },
});

const decide = route({
  path: idPath,
  body: decisionSchema,
  handle: async ({ path: { id }, body, identity }) => {
    // Their own upload is refused by that reason even where the role would refuse it too: see the domain.
    const approval = await find(id);
    authorize(identity, 'approval:decide', await ports.registry.access(approval.model));
    return { body: visible(await decideApproval(approval.model, id, identity, body, ports)) };
  },
});

export const handler = apiHandler({
  'GET /api/v1/approvals': listApprovals,
  'GET /api/v1/approvals/{id}': readApproval,
  'POST /api/v1/approvals/{id}/decisions': decide,
});
