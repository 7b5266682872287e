import type { Manifest, Signature } from '../../registry/contract';
import { writeBinaryTensor } from './binary-tensors';
import type { AskedOutput } from './decode-request';
import { fromHalf } from './half-precision';
import type { Tensors, TensorValue } from './tensor';

export interface InferenceAnswer {
  readonly model: string;
  readonly version: number;
  readonly id: string | undefined;
  readonly outputs: Tensors;
  /** The outputs to send, in order. */
  readonly respond: readonly AskedOutput[];
  /** One id a row; empty if none were minted. */
  readonly predictionIds: readonly string[];
}

/** `label` and `score` in `output.respond` stand for the tensors that the manifest names so. */
export const respondedOutputs = (
  signature: Pick<Signature, 'outputs'>,
  manifest: Pick<Manifest, 'output'>,
): readonly string[] => {
  const all = signature.outputs.map((tensor) => tensor.name);
  const { respond, label, score } = manifest.output ?? {};
  if (respond === undefined) return all;
  const alias: Readonly<Record<string, string | undefined>> = { label: label?.tensor, score: score?.tensor };
  const chosen = respond.map((name) => alias[name] ?? name);
  const known = all.filter((name) => chosen.includes(name));
  return known.length > 0 ? known : all;
};

/** JSON has no NaN and no Infinity; clients read null as NaN. */
export const numberText = (value: number): string => (Number.isFinite(value) ? String(value) : 'null');

const numbersText = (data: ArrayLike<number>): string => {
  let text = '';
  for (let i = 0; i < data.length; i++) {
    if (i > 0) text += ',';
    text += numberText(data[i] as number);
  }
  return text;
};

const dataText = ({ data, datatype }: TensorValue): string => {
  if (Array.isArray(data)) return JSON.stringify(data);
  switch (datatype) {
    case 'BOOL':
      return `[${Array.from(data as Uint8Array, (value) => value !== 0).join(',')}]`;
    case 'FP16':
      return `[${numbersText(Array.from(data as Uint16Array, fromHalf))}]`;
    case 'FP32':
    case 'FP64':
      return `[${numbersText(data as Float64Array)}]`;
    default:
      // Joining keeps 64-bit integers exact, which JSON.stringify cannot write.
      return `[${data.join(',')}]`;
  }
};

const parametersOf = (ids: readonly string[]): string => {
  const [only] = ids;
  if (only === undefined) return '';
  // Ids are base64url: nothing in them needs an escape.
  return ids.length === 1
    ? `,"parameters":{"prediction_id":"${only}"}`
    : `,"parameters":{"prediction_ids":["${ids.join('","')}"]}`;
};

/** Bytes of the response, and how many of them are JSON; `jsonLength` is absent where all are. */
export interface EncodedResponse {
  readonly body: string | Buffer;
  readonly jsonLength?: number;
}

/** The response of the Open Inference Protocol: JSON, and behind it the bytes of the outputs that were asked for as such. */
export const encodeResponse = (answer: InferenceAnswer): EncodedResponse => {
  const tails: Buffer[] = [];
  let outputs = '';
  for (const { name, binary } of answer.respond) {
    const tensor = answer.outputs[name];
    if (tensor === undefined) continue;
    const bytes = binary ? writeBinaryTensor(tensor) : undefined;
    if (bytes !== undefined) tails.push(bytes);
    const content = bytes ? `"parameters":{"binary_data_size":${bytes.length}}` : `"data":${dataText(tensor)}`;
    const shape = `"shape":[${tensor.shape.join(',')}]`;
    outputs += `${outputs && ','}{"name":${JSON.stringify(name)},"datatype":"${tensor.datatype}",${shape},${content}}`;
  }
  const id = answer.id === undefined ? '' : `,"id":${JSON.stringify(answer.id)}`;
  const names = `"model_name":${JSON.stringify(answer.model)},"model_version":"${answer.version}"`;
  const json = `{${names}${id}${parametersOf(answer.predictionIds)},"outputs":[${outputs}]}`;
  if (tails.length === 0) return { body: json };
  const head = Buffer.from(json, 'utf8');
  return { body: Buffer.concat([head, ...tails]), jsonLength: head.length };
};
