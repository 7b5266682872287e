import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { Conflict, UpstreamFailed } from '../../kernel/errors';
import { type HostingProgress, type HostTask, hostingSchema } from '../contract';
import type { Hosting } from '../ports';

/** Hosting by `host-endpoint`, which alone has the rights on SageMaker. */
export class HostingFunction implements Hosting {
  constructor(
    private readonly lambda: LambdaClient,
    private readonly functionName: string,
  ) {}

  async ensure(model: string, version: number): Promise<HostingProgress> {
    if (this.functionName === '')
      throw new Conflict(
        `version ${version} of ${model} is hosted on SageMaker, which this deployment does not use any more; deploy it with sagemaker.enabled`,
      );
    const task: HostTask = { action: 'ensure', model, version };
    const { Payload, FunctionError } = await this.lambda.send(
      new InvokeCommand({ FunctionName: this.functionName, Payload: JSON.stringify(task) }),
    );
    if (FunctionError !== undefined)
      throw new UpstreamFailed(`the endpoint of version ${version} of ${model} could not be looked at; try again`);
    return hostingSchema.parse(JSON.parse(Buffer.from(Payload ?? []).toString('utf8')));
  }
}
