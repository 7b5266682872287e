import { z } from 'zod';
import { InvalidInput, TooLarge } from '../../kernel/errors';
import { type Datatype, datatypeSchema, type Signature, type Tensor } from '../../registry/contract';
import { checkDeclaredRanges } from './check-ranges';
import { parseElements } from './parse-elements';
import { elementsOf, type ScoredDatatype, showShape, type Tensors, type TensorValue } from './tensor';

/** Elements of all inputs together: more than 6 MB of JSON can carry. */
const MAX_ELEMENTS = 4_000_000;
const MAX_DIMENSIONS = 8;
const MAX_ID_LENGTH = 256;

/** Arrays of data are checked element by element while they are copied, so zod only looks at their outside. */
const dataSchema = z.custom<readonly unknown[]>(Array.isArray, 'expected a list');

const inputSchema = z.object({
  name: z.string(),
  shape: z.array(z.number().int().nonnegative()).max(MAX_DIMENSIONS),
  datatype: datatypeSchema,
  parameters: z.looseObject({}).optional(),
  data: dataSchema.optional(),
});

/** Clients add keys of their own (`model_name`, `parameters`): these are let through. */
const requestSchema = z.object({
  id: z.string().max(MAX_ID_LENGTH).optional(),
  parameters: z.looseObject({}).optional(),
  inputs: z.array(inputSchema).min(1).max(1024),
  outputs: z
    .array(z.object({ name: z.string() }))
    .max(1024)
    .optional(),
});
type RequestInput = z.output<typeof inputSchema>;

/** A request that fits a version's signature. */
export interface InferenceRequest {
  readonly id: string | undefined;
  readonly inputs: Tensors;
  /** Rows of the batch: the first dimension. */
  readonly rows: number;
  /** Outputs asked for by name; absent means those that the version answers with. */
  readonly outputs: readonly string[] | undefined;
}

/** @throws InvalidInput when the text is no JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const hint = /NaN|Infinity/.test(text) ? '; NaN and Infinity are no JSON' : '';
    throw new InvalidInput(`the body is no JSON: ${(cause as Error).message.slice(0, 120)}${hint}`, { cause });
  }
};

const parseRequest = (body: unknown): z.output<typeof requestSchema> => {
  const parsed = requestSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') || 'the request';
  throw new InvalidInput(`${where}: ${issue?.message ?? 'not an inference request'}`);
};

const byName = (inputs: readonly RequestInput[], signature: Signature): ReadonlyMap<string, RequestInput> => {
  const given = new Map<string, RequestInput>();
  const expected = signature.inputs.map((tensor) => tensor.name).join(', ');
  for (const input of inputs) {
    if (given.has(input.name)) throw new InvalidInput(`input ${input.name} is given twice`);
    if (!signature.inputs.some((tensor) => tensor.name === input.name)) {
      throw new InvalidInput(`input ${input.name} is not one of the model's: expected ${expected}`);
    }
    given.set(input.name, input);
  }
  return given;
};

const checkShape = (declared: Tensor, shape: readonly number[]): void => {
  const fits =
    shape.length === declared.shape.length && declared.shape.every((size, i) => size < 0 || size === shape[i]);
  if (!fits) {
    throw new InvalidInput(
      `input ${declared.name}: expected shape ${showShape(declared.shape)} (−1 is any size), given ${showShape(shape)}`,
    );
  }
  if (shape.includes(0)) throw new InvalidInput(`input ${declared.name}: shape ${showShape(shape)} holds no rows`);
};

const scoredDatatype = (declared: Tensor, given: Datatype): ScoredDatatype => {
  if (declared.datatype !== given) {
    throw new InvalidInput(`input ${declared.name}: expected datatype ${declared.datatype}, given ${given}`);
  }
  if (given === 'FP16') throw new InvalidInput(`input ${declared.name}: FP16 is not scored; convert the model to FP32`);
  return given;
};

const decodeTensor = (declared: Tensor, given: RequestInput | undefined): TensorValue => {
  if (given === undefined) {
    throw new InvalidInput(`input ${declared.name} (${declared.datatype} ${showShape(declared.shape)}) is missing`);
  }
  const datatype = scoredDatatype(declared, given.datatype);
  checkShape(declared, given.shape);
  const length = elementsOf(given.shape);
  if (length > MAX_ELEMENTS) {
    throw new TooLarge(
      `input ${declared.name}: ${length} elements, at most ${MAX_ELEMENTS} are taken; send fewer rows`,
    );
  }
  if (given.data === undefined) {
    throw new InvalidInput(`input ${declared.name} has no data; tensors are taken as JSON in "data"`);
  }
  const { shape } = given;
  return { datatype, shape, data: parseElements(given.data, datatype, shape, length, `input ${declared.name}`) };
};

/** All inputs must agree on the first dimension, as far as the graph leaves it open. */
const rowsOf = (signature: Signature, inputs: Tensors): number => {
  const batched = signature.inputs.filter((tensor) => (tensor.shape[0] ?? 0) < 0);
  const sizes = (batched.length > 0 ? batched : signature.inputs.slice(0, 1)).map(({ name }) => ({
    name,
    rows: inputs[name]?.shape[0] ?? 1,
  }));
  const [first, ...others] = sizes;
  const odd = others.find(({ rows }) => rows !== first?.rows);
  if (first !== undefined && odd !== undefined) {
    throw new InvalidInput(`inputs differ in rows: ${first.name} has ${first.rows}, ${odd.name} has ${odd.rows}`);
  }
  return first?.rows ?? 1;
};

const checkOutputs = (asked: readonly string[] | undefined, signature: Signature): void => {
  const unknown = asked?.find((name) => !signature.outputs.some((tensor) => tensor.name === name));
  if (unknown === undefined) return;
  const known = signature.outputs.map((tensor) => tensor.name).join(', ');
  throw new InvalidInput(`output ${unknown} is not one of the model's: ${known}`);
};

/**
 * An Open Inference Protocol request as typed tensors that fit the signature.
 * @throws InvalidInput naming the input, what was expected and what was given.
 * @throws TooLarge
 */
export const decodeRequest = (body: unknown, signature: Signature): InferenceRequest => {
  const request = parseRequest(body);
  const given = byName(request.inputs, signature);
  const inputs: Record<string, TensorValue> = {};
  for (const declared of signature.inputs) inputs[declared.name] = decodeTensor(declared, given.get(declared.name));
  const rows = rowsOf(signature, inputs);
  checkDeclaredRanges(signature, inputs, rows);
  const outputs = request.outputs?.length ? request.outputs.map((output) => output.name) : undefined;
  checkOutputs(outputs, signature);
  return { id: request.id, inputs, rows, outputs };
};
