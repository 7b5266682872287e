import { NotFound } from '../kernel/errors';
import { decodeInvocation } from './domain/decode-invocation';
import { encodePredictions } from './domain/encode-predictions';
import { mediaTypeOf } from './domain/media-type';
import { decodedName } from './domain/oip-call';
import type { Body } from './domain/parse-json';
import { mlflowError } from './mlflow-error';
import type { ScoreRequest } from './score-request';
import { answered, failureOf, JSON_HEADERS, type RequestReader, type WireRequest, type WireResponse } from './wire';

const PATH = /^\/models\/([^/]+)\/invocations$/;

/** Whether a path is one of the MLflow scoring protocol. */
export const isInvocation = (path: string): boolean => PATH.test(path);

/** The protocol's `{"error_code": …, "message": …}`. */
export const invocationFailure = (error: unknown): WireResponse =>
  failureOf(error, (message, code) => mlflowError(code, message));

/** The MLflow scoring protocol over any transport. */
export class InvocationsEndpoint {
  constructor(private readonly scoring: ScoreRequest) {}

  /** Never rejects: errors are the protocol's `{"error_code": …, "message": …}`. */
  async answer(request: WireRequest): Promise<WireResponse> {
    try {
      return await this.score(request);
    } catch (error) {
      return invocationFailure(error);
    }
  }

  private async score(request: WireRequest): Promise<WireResponse> {
    const [, encoded] = PATH.exec(request.path) ?? [];
    if (encoded === undefined || request.method !== 'POST') {
      throw new NotFound(`there is no ${request.method} ${request.path.slice(0, 200)}; send POST`);
    }
    const identity = request.identity();
    const read = invocationReader(request.body, request.header('content-type'));
    const command = { model: decodedName(encoded), version: undefined, read, routingKey: request.routingKey, identity };
    const { answer, facts } = await this.scoring.score(command);
    return answered(answer, facts);
  }
}

/** Reads a body of the MLflow scoring protocol. @throws Unsupported for any other content type. */
const invocationReader = (body: Body, contentType: string | undefined): RequestReader => {
  const media = mediaTypeOf(contentType);
  return ({ signature }) => {
    const { inputs, rows } = decodeInvocation(body, media, signature);
    return {
      inputs,
      rows,
      write: ({ version, outputs, scored, predictionIds }) => {
        const names = version.signature.outputs.map(({ name }) => name);
        const { output } = version.manifest;
        return {
          headers: JSON_HEADERS,
          body: encodePredictions({ outputs, rows, scored, output, names, predictionIds }),
        };
      },
    };
  };
};
