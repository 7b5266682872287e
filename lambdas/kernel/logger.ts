import { Logger } from '@aws-lambda-powertools/logger';

/** One structured logger per process. Never give it secrets, tokens or feature values. */
export const logger = new Logger({ serviceName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'contender' });
