import type { EventBridgeEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnv } from '../kernel/env';
import { logger } from '../kernel/logger';
import { domainEventSchema, ulidSchema } from '../registry/contract';
import { wire } from './adapters/wire';
import { approvalEnvSchema } from './contract';
import { outcomeOf } from './request-approval';

const ports = wire(readEnv(approvalEnvSchema));
const dataSchema = z.object({ approvalId: ulidSchema });

/** Wakes the execution of a decided approval once more, in case the one who decided died before it could. */
export const handler = async (event: EventBridgeEvent<string, unknown>): Promise<void> => {
  const { model, data } = domainEventSchema.parse(event.detail);
  const approval = await ports.approvals.find(model, dataSchema.parse(data).approvalId);
  if (approval && approval.status !== 'PENDING')
    await ports.executions.succeed(approval.taskToken, outcomeOf(approval));
  logger.info('approval resumed', { model, approval: approval?.id, status: approval?.status });
};
