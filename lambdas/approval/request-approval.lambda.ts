import { z } from 'zod';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { modelNameSchema, versionNumberSchema } from '../registry/contract';
import { wire } from './adapters/wire';
import { approvalEnvSchema } from './contract';
import { expire } from './domain/approval-lifecycle';
import { requestApproval } from './request-approval';

const ports = wire(readEnv(approvalEnvSchema));

const inputSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('request'),
    model: modelNameSchema,
    version: versionNumberSchema,
    taskToken: z.string(),
  }),
  z.object({ action: z.literal('expire'), model: modelNameSchema, version: versionNumberSchema }),
]);

const expireApproval = async (model: string, number: number): Promise<void> => {
  const approval = await requestApproval(model, number, '', ports);
  const expired = expire(approval, ports.now());
  if (expired === approval) return;
  const { version, rootDigest } = expired;
  const actor = { kind: 'platform' as const, id: 'approval' };
  await ports.approvals.save(expired, {
    model,
    type: 'Approval Decided',
    at: ports.now(),
    actor,
    version,
    rootDigest,
    detail: { approvalId: expired.id, status: 'EXPIRED' },
  });
};

/** Task of the approval machine: asks people, or closes what nobody answered. */
export const handler = async (event: unknown): Promise<void> => {
  const input = inputSchema.parse(event);
  if (input.action === 'request') await requestApproval(input.model, input.version, input.taskToken, ports);
  else await expireApproval(input.model, input.version);
  logger.info('approval', { action: input.action, model: input.model, version: input.version });
};
