import type { Manifest, Signature } from '../../registry/contract';
import type { TensorData, Tensors } from './tensor';

export interface InferenceAnswer {
  readonly model: string;
  readonly version: number;
  readonly id: string | undefined;
  readonly outputs: Tensors;
  /** Names of the outputs to send, in order. */
  readonly respond: readonly string[];
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
const numberText = (value: number): string => (Number.isFinite(value) ? String(value) : 'null');

const dataText = (data: TensorData, isBoolean: boolean): string => {
  if (Array.isArray(data)) return JSON.stringify(data);
  // Joining keeps 64-bit integers exact, which JSON.stringify cannot write.
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return `[${data.join(',')}]`;
  if (isBoolean) return `[${Array.from(data, (value) => (value === 0 ? 'false' : 'true')).join(',')}]`;
  if (data instanceof Float32Array || data instanceof Float64Array)
    return `[${Array.from(data, numberText).join(',')}]`;
  return `[${data.join(',')}]`;
};

const outputText = (name: string, outputs: Tensors): string => {
  const tensor = outputs[name];
  if (tensor === undefined) return '';
  const head = `"name":${JSON.stringify(name)},"datatype":"${tensor.datatype}","shape":[${tensor.shape.join(',')}]`;
  return `{${head},"data":${dataText(tensor.data, tensor.datatype === 'BOOL')}}`;
};

const parametersOf = (ids: readonly string[]): { readonly parameters?: object } => {
  if (ids.length === 0) return {};
  return { parameters: ids.length === 1 ? { prediction_id: ids[0] } : { prediction_ids: ids } };
};

/** The response of the Open Inference Protocol, as JSON text. */
export const encodeResponse = (answer: InferenceAnswer): string => {
  const head = JSON.stringify({
    model_name: answer.model,
    model_version: String(answer.version),
    ...(answer.id === undefined ? {} : { id: answer.id }),
    ...parametersOf(answer.predictionIds),
  });
  const outputs = answer.respond.map((name) => outputText(name, answer.outputs)).filter((text) => text !== '');
  return `${head.slice(0, -1)},"outputs":[${outputs.join(',')}]}`;
};
