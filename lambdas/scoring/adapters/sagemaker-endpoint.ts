import { InvokeEndpointCommand, type SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { Internal, Throttled, UpstreamFailed } from '../../kernel/errors';
import type { AcceptedVersion } from '../../registry/contract';
import { fromPredictions, toInstances } from '../domain/tabular-json';
import type { Tensors } from '../domain/tensor';
import type { EndpointScorer } from '../ports';

const JSON_TYPE = 'application/json';
const THROTTLED = new Set(['ThrottlingException', 'TooManyRequestsException']);

/** Scores at SageMaker endpoints: `{"instances": [row, …]}` there, `{"predictions": [row, …]}` back. */
export class SageMakerEndpoints implements EndpointScorer {
  constructor(private readonly client: SageMakerRuntimeClient) {}

  async score(version: AcceptedVersion, inputs: Tensors, deadlineMs: number): Promise<Tensors> {
    if (version.runtime.kind !== 'sagemaker') throw new Internal(`${version.model} is not hosted at an endpoint`);
    const { endpoint } = version.runtime;
    const rows = Object.values(inputs)[0]?.shape[0] ?? 1;
    const text = await this.invoke(endpoint, JSON.stringify({ instances: toInstances(inputs, rows) }), deadlineMs);
    return fromPredictions(parsed(endpoint, text), version.signature, rows);
  }

  private async invoke(endpoint: string, body: string, deadlineMs: number): Promise<string> {
    const call = { EndpointName: endpoint, ContentType: JSON_TYPE, Accept: JSON_TYPE, Body: body };
    try {
      const { Body } = await this.client.send(new InvokeEndpointCommand(call), {
        abortSignal: AbortSignal.timeout(deadlineMs),
      });
      return Buffer.from(Body ?? []).toString('utf8');
    } catch (cause) {
      throw explained(endpoint, cause, deadlineMs);
    }
  }
}

const parsed = (endpoint: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UpstreamFailed(`endpoint ${endpoint} answered something that is no JSON`, { cause });
  }
};

/** `OriginalMessage` of a ModelError is the container's own; the rest is SageMaker's. */
const explained = (endpoint: string, cause: unknown, deadlineMs: number): Error => {
  const { name, OriginalStatusCode, OriginalMessage } = cause as Error & {
    OriginalStatusCode?: number;
    OriginalMessage?: string;
  };
  if (THROTTLED.has(name)) return new Throttled(`endpoint ${endpoint} is too busy; try again`, { cause });
  if (name === 'AbortError' || name === 'TimeoutError') {
    return new UpstreamFailed(`endpoint ${endpoint} did not answer within ${deadlineMs} ms`, { cause });
  }
  const said = OriginalMessage ? `${OriginalStatusCode}: ${OriginalMessage.slice(0, 300)}` : name;
  return new UpstreamFailed(`endpoint ${endpoint} failed: ${said}`, { cause });
};
