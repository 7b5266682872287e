import {
  InvokeEndpointCommand,
  SageMakerRuntimeClient,
  type SageMakerRuntimeClientConfig,
} from '@aws-sdk/client-sagemaker-runtime';
import { Internal, UpstreamFailed } from '../../kernel/errors';
import type { AcceptedVersion, Signature } from '../../registry/contract';
import { fromPredictions, toInstances } from '../domain/tabular-json';
import { rowsIn, type Tensors } from '../domain/tensor';
import type { EndpointScorer } from '../ports';
import { explained } from './sagemaker-failure';

const JSON_TYPE = 'application/json';
/** A first try and two more: a passing fault is outlasted, an endpoint in trouble is not trampled on. */
const MAX_ATTEMPTS = 3;
/** SageMaker runtime is near; whoever does not get through by then tries anew. */
const CONNECTION_TIMEOUT_MS = 1000;

/**
 * Standard retries: pauses of a random share of 100 ms (500 ms when throttled) that doubles each time, and a budget that stops
 * retries altogether while most of them fail. Not adaptive: its rate limiter is one for the whole client, so that one busy
 * endpoint would make predictions of every other model wait.
 */
export const endpointClient = (config: SageMakerRuntimeClientConfig = {}): SageMakerRuntimeClient =>
  new SageMakerRuntimeClient({
    retryMode: 'standard',
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS },
    ...config,
  });

/** Scores at SageMaker endpoints: `{"instances": [row, …]}` there, `{"predictions": [row, …]}` back. */
export class SageMakerEndpoints implements EndpointScorer {
  constructor(private readonly client: SageMakerRuntimeClient = endpointClient()) {}

  async score(version: AcceptedVersion, inputs: Tensors, deadlineMs: number): Promise<Tensors> {
    if (version.runtime.kind !== 'sagemaker') throw new Internal(`${version.model} is not hosted at an endpoint`);
    const { endpoint } = version.runtime;
    const text = await this.invoke(endpoint, instancesOf(inputs), deadlineMs);
    return tensorsOf(endpoint, text, version.signature, rowsIn(inputs));
  }

  /**
   * Text in, text out. The deadline is for all attempts together, and for the pauses between them, which the SDK does not cut short.
   * @throws Throttled, NotReady, UpstreamFailed, whose cause is what the SDK threw, if it threw
   */
  async invoke(endpoint: string, body: string, deadlineMs: number): Promise<string> {
    const call = { EndpointName: endpoint, ContentType: JSON_TYPE, Accept: JSON_TYPE, Body: body };
    const tooLate = new UpstreamFailed(`endpoint ${endpoint} did not answer within ${deadlineMs} ms`);
    const aborting = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(tooLate);
        aborting.abort();
      }, deadlineMs);
    });
    const answered = this.client.send(new InvokeEndpointCommand(call), { abortSignal: aborting.signal });
    try {
      const { Body } = await Promise.race([answered, late]);
      return Buffer.from(Body ?? []).toString('utf8');
    } catch (thrown) {
      throw thrown === tooLate ? tooLate : explained(endpoint, thrown);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The rows as a container is posted them. */
export const instancesOf = (inputs: Tensors): string =>
  JSON.stringify({ instances: toInstances(inputs, rowsIn(inputs)) });

/** What a container answered. @throws UpstreamFailed when that does not fit rows and signature. */
export const tensorsOf = (
  endpoint: string,
  text: string,
  signature: Pick<Signature, 'outputs'>,
  rows: number,
): Tensors => fromPredictions(parsed(endpoint, text), signature, rows);

const parsed = (endpoint: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UpstreamFailed(`endpoint ${endpoint} answered something that is no JSON`, { cause });
  }
};
