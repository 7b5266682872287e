import { type ContenderError, NotReady, Throttled, UpstreamFailed } from '../../kernel/errors';

/** Of a container's own message so much is passed on: enough for its last line, too little to carry a dump. */
const MAX_SAID = 300;
/** Control characters of a container's message must not get into a log line or a header. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are to be taken out.
const CONTROL = /[\u0000-\u001f\u007f]+/g;

type Explain = (endpoint: string, cause: EndpointFault) => ContenderError;

/** What the SDK throws; `OriginalMessage` of a ModelError is the container's own, the rest is SageMaker's. */
interface EndpointFault extends Error {
  readonly OriginalStatusCode?: number;
  readonly OriginalMessage?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const bounded = (text: string): string => {
  const line = text.replace(CONTROL, ' ').trim();
  return line.length > MAX_SAID ? `${line.slice(0, MAX_SAID)}…` : line;
};

const tooBusy: Explain = (endpoint, cause) =>
  new Throttled(`endpoint ${endpoint} is too busy; send fewer requests at a time, or give it more instances`, {
    cause,
  });

const notReady: Explain = (endpoint, cause) =>
  new NotReady(`endpoint ${endpoint} is not ready to answer; try again in a moment`, { cause });

/** SageMaker says "Endpoint x of account y not found." with the same error as for a request that it does not take. */
const invalid: Explain = (endpoint, cause) =>
  /not found|could not find/i.test(cause.message)
    ? new NotReady(
        `endpoint ${endpoint} does not exist in this account and region, or is not in service yet; create it, or upload a version that names another`,
        { cause },
      )
    : new UpstreamFailed(`endpoint ${endpoint} does not take the request: ${bounded(cause.message)}`, { cause });

const refused: Explain = (endpoint, cause) =>
  new UpstreamFailed(
    `scoring may not call endpoint ${endpoint}; tag it contender:deployment = <name of this deployment>, and deploy with sagemaker.enabled`,
    { cause },
  );

const modelFailed: Explain = (endpoint, cause) =>
  new UpstreamFailed(
    `the model at endpoint ${endpoint} failed with ${cause.OriginalStatusCode ?? 'no status'}: ${bounded(cause.OriginalMessage ?? cause.message)}`,
    { cause },
  );

const EXPLANATIONS: Readonly<Record<string, Explain>> = {
  ThrottlingException: tooBusy,
  TooManyRequestsException: tooBusy,
  RequestLimitExceeded: tooBusy,
  ModelNotReadyException: notReady,
  ServiceUnavailable: notReady,
  ServiceUnavailableException: notReady,
  InternalDependencyException: notReady,
  ValidationError: invalid,
  ValidationException: invalid,
  AccessDeniedException: refused,
  ModelError: modelFailed,
};

/** A failure of InvokeEndpoint in the domain's words: what may be tried again, and what has to be changed. */
export const explained = (endpoint: string, thrown: unknown): ContenderError => {
  const cause = thrown instanceof Error ? (thrown as EndpointFault) : new Error(String(thrown));
  const explain = Object.hasOwn(EXPLANATIONS, cause.name) ? EXPLANATIONS[cause.name] : undefined;
  if (explain) return explain(endpoint, cause);
  const status = (cause as EndpointFault).$metadata?.httpStatusCode;
  if (status === 429) return tooBusy(endpoint, cause);
  if (status === 503) return notReady(endpoint, cause);
  return new UpstreamFailed(`endpoint ${endpoint} failed: ${bounded(`${cause.name}: ${cause.message}`)}`, { cause });
};
