import { stringify } from 'lossless-json';
import type { Identity } from '../access/contract';
import { assertNever } from '../kernel/assert-never';
import { InvalidInput } from '../kernel/errors';
import { JSON_LENGTH_HEADER } from './contract';
import { decodeRequest } from './domain/decode-request';
import { type EncodedResponse, encodeResponse } from './domain/encode-response';
import { type OipCall, oipCallOf } from './domain/oip-call';
import { modelDocument } from './domain/openapi/model-document';
import { parseJson } from './domain/parse-json';
import { servingVersions } from './domain/route-request';
import { type BodyParts, splitBody } from './domain/split-body';
import { isLong } from './domain/tensor';
import type { InputReferences } from './ports';
import type { ScoreRequest } from './score-request';
import { type ServingModels, servingVersion } from './serving-models';
import {
  answered,
  failureOf,
  JSON_HEADERS,
  jsonResponse,
  type RequestReader,
  type WireRequest,
  type WireResponse,
} from './wire';

export interface OipDeps {
  readonly models: ServingModels;
  readonly scoring: ScoreRequest;
  /** Undefined where inputs come with the request or not at all. */
  readonly references: InputReferences | undefined;
  /** Of this software. */
  readonly serverVersion: string;
  /** Callers must send a bearer token: what the models' documents say. */
  readonly secured: boolean;
  /** Rows of a request at most; undefined is any number. */
  readonly maxRows: number | undefined;
}

type Asked = Extract<OipCall, { model: string }>;

/** Transports give and take names of headers in lower case. */
const JSON_LENGTH = JSON_LENGTH_HEADER.toLowerCase();
const EXTENSIONS = ['binary_tensor_data'];
const NO_REFERENCES =
  'parameters.input_uri: this server takes no references; send the tensors with the request, as JSON or binary';

/** The protocol's `{"error": …}`. */
export const inferenceFailure = (error: unknown): WireResponse => failureOf(error, (message) => ({ error: message }));

/** The Open Inference Protocol v2 over any transport. */
export class OipEndpoint {
  constructor(private readonly deps: OipDeps) {}

  /** Never rejects: errors are the protocol's `{"error": …}`. */
  async answer(request: WireRequest): Promise<WireResponse> {
    try {
      return await this.dispatch(oipCallOf(request.method, request.path), request);
    } catch (error) {
      return inferenceFailure(error);
    }
  }

  private dispatch(call: OipCall, request: WireRequest): WireResponse | Promise<WireResponse> {
    switch (call.kind) {
      case 'server':
        return jsonResponse(200, { name: 'contender', version: this.deps.serverVersion, extensions: EXTENSIONS });
      case 'live':
        return jsonResponse(200, { live: true });
      case 'ready':
        return jsonResponse(200, { live: true, ready: true });
      case 'model':
        return this.metadata(call, request);
      case 'model-ready':
        return this.ready(call, request);
      case 'model-openapi':
        return this.describe(call, request);
      case 'infer':
        return this.infer(call, request);
      default:
        return assertNever(call);
    }
  }

  private async infer({ model, version }: Asked, request: WireRequest): Promise<WireResponse> {
    const identity = request.identity();
    const given = splitBody(request.body, request.header(JSON_LENGTH));
    const parts = given.json.includes('"input_uri"') ? await this.withReferenced(given, identity) : given;
    const read = readerOf(parts);
    const { routingKey } = request;
    const { answer, facts } = await this.deps.scoring.score({ model, version, read, routingKey, identity });
    return answered(answer, facts);
  }

  /** A request may leave its tensors in a bucket and name the place. @throws InvalidInput, Forbidden, NotFound, TooLarge */
  private async withReferenced(parts: BodyParts, identity: Identity): Promise<BodyParts> {
    const body = parseJson(parts.json) as { parameters?: { input_uri?: unknown } } | null;
    const uri = body?.parameters?.input_uri;
    if (uri === undefined) return parts;
    if (this.deps.references === undefined) throw new InvalidInput(NO_REFERENCES);
    if (parts.bytes.length > 0) throw new InvalidInput('parameters.input_uri: bytes came with the request as well');
    return { json: parts.json, bytes: await this.deps.references.read(String(uri), identity) };
  }

  private async metadata(asked: Asked, request: WireRequest): Promise<WireResponse> {
    const found = await this.deps.models.find(asked.model, request.identity());
    const version = servingVersion(found, asked.version);
    const { inputs, outputs } = version.signature;
    return jsonResponse(200, {
      name: found.model,
      versions: servingVersions(found.route).map((ref) => String(ref.version)),
      platform: version.runtime.kind === 'onnx' ? 'onnxruntime_onnx' : 'sagemaker_endpoint',
      inputs: inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
      outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    });
  }

  private async describe(asked: Asked, request: WireRequest): Promise<WireResponse> {
    const caller = request.identity();
    const found = await this.deps.models.find(asked.model, caller);
    const version = servingVersion(found, asked.version);
    const { secured, maxRows, references } = this.deps;
    const inputPlace = references?.placeOf(caller);
    const document = modelDocument(version, { pinned: asked.version !== undefined, secured, maxRows, inputPlace });
    // JSON.stringify knows no bigint.
    return { status: 200, headers: JSON_HEADERS, body: stringify(document) ?? '' };
  }

  private async ready(asked: Asked, request: WireRequest): Promise<WireResponse> {
    const found = await this.deps.models.find(asked.model, request.identity());
    servingVersion(found, asked.version);
    return jsonResponse(200, { name: found.model, ready: true });
  }
}

const headersOf = ({ jsonLength }: EncodedResponse): Readonly<Record<string, string>> =>
  jsonLength === undefined
    ? JSON_HEADERS
    : { 'content-type': 'application/octet-stream', [JSON_LENGTH]: String(jsonLength) };

const readerOf =
  ({ json, bytes }: BodyParts): RequestReader =>
  (version) => {
    const exactIntegers = version.signature.inputs.some(({ datatype }) => isLong(datatype));
    const request = decodeRequest(parseJson(json, { exactIntegers }), version.signature, bytes);
    const { inputs, rows, id, outputs, binaryOutput } = request;
    return {
      inputs,
      rows,
      write: ({ version: { model, version: number }, respond, outputs: tensors, predictionIds }) => {
        const asked = outputs ?? respond.map((name) => ({ name, binary: binaryOutput }));
        const encoded = encodeResponse({ model, version: number, id, outputs: tensors, respond: asked, predictionIds });
        return { headers: headersOf(encoded), body: encoded.body };
      },
    };
  };
