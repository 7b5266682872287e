import * as z from 'zod';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { modelNameSchema, versionNumberSchema } from '../registry/contract';
import { wire } from './adapters/wire';
import { approvalEnvSchema } from './contract';
import { expireApproval } from './expire-approval';
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

/** Task of the approval machine: asks people, or closes what nobody answered. */
export const handler = async (event: unknown): Promise<{ status: string }> => {
  const input = inputSchema.parse(event);
  const { status } =
    input.action === 'request'
      ? await requestApproval(input.model, input.version, input.taskToken, ports)
      : await expireApproval(input.model, input.version, ports);
  logger.info('approval', { action: input.action, model: input.model, version: input.version, status });
  return { status };
};
