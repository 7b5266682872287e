import type { Context } from 'aws-lambda';
import { readEnv } from '../kernel/env';
import { Internal } from '../kernel/errors';
import { endpointClient, SageMakerEndpoints } from '../scoring/adapters/sagemaker-endpoint';
import { HostedModel } from './adapters/hosted-model';
import { runHostedCandidateEnvSchema } from './contract';
import type { ModelLimits, OpenModel } from './ports';
import { sandboxHandler } from './sandbox-handler';

const env = readEnv(runHostedCandidateEnvSchema);
/** Nobody waits for an evaluation: an endpoint that is throttled, or starts, is given its time. */
const MAX_ATTEMPTS = 8;
const PATIENCE_MS = 60_000;

const endpoints = new SageMakerEndpoints(endpointClient({ maxAttempts: MAX_ATTEMPTS }));
/** Memory is the endpoint's own affair. */
const limits: ModelLimits = { memoryBytes: 0, timeMs: env.CANDIDATE_TIMEOUT_SECONDS * 1000 };

const openModel: OpenModel = ({ runtime, signature }, { timeMs }) => {
  if (runtime.kind !== 'sagemaker') throw new Internal('a graph must not run where endpoints may be called');
  return new HostedModel({ endpoint: runtime.endpoint, signature, endpoints, timeMs, patienceMs: PATIENCE_MS });
};

const handle = sandboxHandler({ maxFileBytes: env.MAX_FILE_BYTES, limits, openModel });

/** Its role may call endpoints of the deployment, and log: all else comes with the event. No model runs in here. */
export const handler = (event: unknown, context: Context): Promise<object> => handle(event, context);
