import type { Identity } from '../access/contract';
import { ContenderError, type ErrorCode, HTTP_STATUS } from '../kernel/errors';
import type { AcceptedVersion } from '../registry/contract';
import { MODEL_VERSION_HEADER } from './contract';
import type { Body } from './domain/parse-json';
import type { Tensors } from './domain/tensor';
import type { Answer } from './run-versions';
import type { ScoreFacts } from './score-request';

/** A request, as any transport hands it over. */
export interface WireRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** A header's value, by its name in lower case. */
  readonly header: (name: string) => string | undefined;
  readonly body: Body;
  /** Keeps a caller with one version while a rollout's weight climbs. */
  readonly routingKey: string;
  /** @throws Unauthenticated; only called where the caller matters. */
  readonly identity: () => Identity;
}

export interface WireBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

export interface WireResponse extends WireBody {
  readonly status: number;
  readonly facts?: ScoreFacts;
  /** What failed, if it was not the caller's doing. */
  readonly error?: unknown;
}

/** A request as tensors, and the way to write its answer. */
export interface ReadRequest {
  readonly inputs: Tensors;
  readonly rows: number;
  readonly write: (answer: WrittenAnswer) => WireBody;
}

export interface WrittenAnswer extends Answer {
  readonly version: AcceptedVersion;
  /** Names of the outputs that the version answers with. */
  readonly respond: readonly string[];
  /** One id a row; empty if none were minted. */
  readonly predictionIds: readonly string[];
}

/** Reads a request for a version; a protocol is one of these. @throws InvalidInput, TooLarge, Unsupported */
export type RequestReader = (version: AcceptedVersion) => ReadRequest;

/** Exactly this: a client drops the message of an error with any other, parameters included. */
export const JSON_HEADERS = { 'content-type': 'application/json' } as const;

export const jsonResponse = (status: number, body: object): WireResponse => ({
  status,
  headers: JSON_HEADERS,
  body: JSON.stringify(body),
});

/** A prediction's answer, with the version that gave it. */
export const answered = ({ headers, body }: WireBody, facts: ScoreFacts): WireResponse => {
  const sent: Record<string, string> = { ...headers };
  sent[MODEL_VERSION_HEADER] = String(facts.version);
  return { status: 200, headers: sent, body, facts };
};

/** A protocol's answer to an error; what is not one of ours says nothing about its inside. */
export const failureOf = (error: unknown, bodyOf: (message: string, code: ErrorCode) => object): WireResponse => {
  const isKnown = error instanceof ContenderError && error.code !== 'internal';
  const code = isKnown ? error.code : 'internal';
  const status = HTTP_STATUS[code];
  const response = jsonResponse(status, bodyOf(isKnown ? error.message : 'something went wrong on our side', code));
  return status >= 500 ? { ...response, error } : response;
};
