import { InvokeCommand, type InvokeCommandOutput, type LambdaClient } from '@aws-sdk/client-lambda';
import { NotReady, UpstreamFailed } from '../../kernel/errors';
import {
  type CopyRequest,
  type RegisterAnswer,
  type RegisterRequest,
  registerAnswerSchema,
} from '../../upload/contract';

/** Milliseconds that an answer is waited for: less than the gateway's 29 s, so that clients hear from us and not from it. */
const PATIENCE = 24_000;

/**
 * Has `register-upload` register something, and waits for what becomes of it. A registration that outlives the wait goes on; it
 * is found done by whoever asks again, and two of the same bytes become one version.
 */
export class LambdaRegistrar {
  constructor(
    private readonly lambda: Pick<LambdaClient, 'send'>,
    private readonly functionName: string,
    private readonly patience: number = PATIENCE,
  ) {}

  /** @throws NotReady when it takes longer, UpstreamFailed when it failed */
  async register(request: RegisterRequest | CopyRequest): Promise<RegisterAnswer> {
    const { FunctionError, Payload } = await this.invoke(request);
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
    if (FunctionError)
      throw new UpstreamFailed(`the model could not be registered: ${answer?.errorMessage ?? FunctionError}`);
    return registerAnswerSchema.parse(answer);
  }

  private async invoke(request: RegisterRequest | CopyRequest): Promise<InvokeCommandOutput> {
    const abortSignal = AbortSignal.timeout(this.patience);
    const Payload = Buffer.from(JSON.stringify(request));
    try {
      return await this.lambda.send(new InvokeCommand({ FunctionName: this.functionName, Payload }), { abortSignal });
    } catch (error) {
      if (!abortSignal.aborted) throw error;
      throw new NotReady(
        `the registration takes longer than ${this.patience / 1000} s and goes on; ask again, as clients of MLflow do, and get its version`,
        { cause: error },
      );
    }
  }
}
