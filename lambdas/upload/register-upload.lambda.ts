import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnv } from '../kernel/env';
import { InvalidInput } from '../kernel/errors';
import { logger } from '../kernel/logger';
import { wire } from './adapters/wire';
import {
  type CopyRequest,
  copyRequestSchema,
  objectCreatedSchema,
  type RegisterAnswer,
  type RegisterRequest,
  registerRequestSchema,
  registerUploadEnvSchema,
} from './contract';
import { registerCopy } from './register-copy';
import { registerPrefix } from './register-prefix';
import { registerUpload } from './register-upload';

const env = readEnv(registerUploadEnvSchema);
const ports = wire(env);

/** One message after the other: two events of one folder would only race each other. A failed one alone comes back. */
const registerEvents = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  for (const record of event.Records) {
    try {
      const { detail } = objectCreatedSchema.parse(JSON.parse(record.body));
      const result = await registerUpload(detail.bucket.name, detail.object.key, ports);
      logger.info('upload', { key: detail.object.key, ...result });
    } catch (error) {
      logger.error('upload could not be registered', { messageId: record.messageId, error: error as Error });
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
};

const parsed = <S extends z.ZodType>(schema: S, event: unknown): z.output<S> => {
  const result = schema.safeParse(event);
  if (result.success) return result.data;
  throw new InvalidInput(`the request to register is not as it should be: ${z.prettifyError(result.error)}`);
};

const registerRequested = async (event: unknown): Promise<RegisterAnswer> => {
  const request = parsed(registerRequestSchema, event);
  if (request.bucket !== env.UPLOAD_BUCKET)
    throw new InvalidInput(`models are registered from the bucket ${env.UPLOAD_BUCKET}, not from ${request.bucket}`);
  const answer = await registerPrefix(request, ports);
  logger.info('upload', { key: request.prefix, model: request.model, ...answer });
  return answer;
};

const copyRequested = async (event: unknown): Promise<RegisterAnswer> => {
  const request = parsed(copyRequestSchema, event);
  const answer = await registerCopy(request, ports);
  logger.info('copy', { copyOf: request.copyOf, model: request.model, ...answer });
  return answer;
};

/** Whoever asks directly is told in the answer what was wrong: that an error's kind arrives is promised nowhere. */
const refusing = async (answer: Promise<RegisterAnswer>): Promise<RegisterAnswer> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof InvalidInput) return { outcome: 'refused', message: error.message };
    throw error;
  }
};

/** Takes events from the queue, and requests by direct invocation. */
export const handler = (
  event: SQSEvent | RegisterRequest | CopyRequest,
): Promise<SQSBatchResponse | RegisterAnswer> => {
  if ('Records' in event) return registerEvents(event);
  return refusing('copyOf' in event ? copyRequested(event) : registerRequested(event));
};
