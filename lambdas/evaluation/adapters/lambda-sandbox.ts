import {
  InvokeCommand,
  type InvokeCommandOutput,
  type LambdaClient,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { Throttled, UpstreamFailed } from '../../kernel/errors';
import {
  type ChampionResponse,
  championResponseSchema,
  MAX_ANSWERS_BYTES,
  MAX_RESPONSE_BYTES,
  type SandboxRequest,
  type SandboxResponse,
  sandboxResponseSchema,
} from '../contract';
import { type EvaluationRejectionCode, rejectionOf } from '../domain/candidate-rejected';
import type { Sandbox } from '../ports';

/** As Lambda reports a function that ended otherwise than by returning. */
const functionErrorSchema = z.object({
  errorType: z.string().default('unknown'),
  errorMessage: z.string().nullable().default(''),
});
type FunctionError = z.output<typeof functionErrorSchema>;

/** The function could not be started at all: that says nothing about the candidate. */
const NOT_STARTED = /ImportModuleError|HandlerNotFound|UserCodeSyntaxError|InvalidEntrypoint|^Extension\./;

interface Ending {
  readonly pattern: RegExp;
  readonly code: EvaluationRejectionCode;
  readonly message: string;
}

const ENDINGS: readonly Ending[] = [
  {
    pattern: /timed out|Timedout/i,
    code: 'sandbox-timed-out',
    message:
      "evaluating the model took too long; evaluate it on fewer rows, or have the platform's evaluation.timeoutSeconds raised",
  },
  {
    pattern: /signal: killed|OutOfMemory|heap/i,
    code: 'sandbox-out-of-memory',
    message:
      "evaluating the model took all memory; make it smaller, evaluate it on fewer rows, or have the platform's evaluation.memoryMb raised",
  },
];

type Rejected = Extract<SandboxResponse, { status: 'rejected' }>;

const rejectionFor = ({ errorType, errorMessage }: FunctionError): Rejected => {
  const said = `${errorType} ${errorMessage ?? ''}`;
  if (NOT_STARTED.test(said)) throw new UpstreamFailed(`the sandbox could not be started: ${errorType}`);
  const ending = ENDINGS.find(({ pattern }) => pattern.test(said));
  if (ending !== undefined) return { status: 'rejected', rejection: rejectionOf(ending.code, ending.message) };
  const message = `the sandbox went down while it evaluated the model (${errorType}); export the model again, or ask your operators to look into the sandbox's log`;
  return { status: 'rejected', rejection: rejectionOf('sandbox-failed', message) };
};

const jsonOf = (payload: Uint8Array | undefined): unknown => {
  try {
    return JSON.parse(Buffer.from(payload ?? []).toString('utf8'));
  } catch {
    return undefined;
  }
};

interface Expected<T> {
  readonly schema: z.ZodType<T>;
  readonly maxBytes: number;
}

const EVALUATION: Expected<SandboxResponse> = { schema: sandboxResponseSchema, maxBytes: 2 * MAX_RESPONSE_BYTES };
/** Beside predictions an answer holds a few numbers. */
const ANSWERS: Expected<ChampionResponse> = { schema: championResponseSchema, maxBytes: MAX_ANSWERS_BYTES + 10_000 };

/** What a function says that has run a hostile model is checked like any other input. */
const responseOf = <T>(
  { FunctionError: failed, Payload }: InvokeCommandOutput,
  { schema, maxBytes }: Expected<T>,
): T | Rejected => {
  if (failed !== undefined)
    return rejectionFor(functionErrorSchema.catch({ errorType: failed, errorMessage: '' }).parse(jsonOf(Payload)));
  const parsed = schema.safeParse(jsonOf(Payload));
  if (parsed.success && (Payload?.length ?? 0) <= maxBytes) return parsed.data;
  const message = 'the sandbox answered with something that is no evaluation; export the model again';
  return { status: 'rejected', rejection: rejectionOf('sandbox-failed', message) };
};

/** Versions run in a Lambda function of their own: graphs in one without permissions, endpoints in one that may call them. */
export class LambdaSandbox implements Sandbox {
  constructor(
    private readonly lambda: LambdaClient,
    private readonly functionName: string,
  ) {}

  run(request: SandboxRequest): Promise<SandboxResponse> {
    return this.invoke(request, EVALUATION);
  }

  answer(request: SandboxRequest): Promise<ChampionResponse> {
    return this.invoke({ ...request, task: 'answer' }, ANSWERS);
  }

  private async invoke<T>(request: SandboxRequest, expected: Expected<T>): Promise<T | Rejected> {
    const Payload = Buffer.from(JSON.stringify(request));
    try {
      return responseOf(
        await this.lambda.send(new InvokeCommand({ FunctionName: this.functionName, Payload })),
        expected,
      );
    } catch (cause) {
      if (cause instanceof UpstreamFailed) throw cause;
      if (cause instanceof TooManyRequestsException) throw new Throttled('the sandbox is busy; try again', { cause });
      throw new UpstreamFailed(`the sandbox could not be invoked: ${(cause as Error).name}`, { cause });
    }
  }
}
