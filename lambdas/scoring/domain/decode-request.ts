import * as z from 'zod';
import { InvalidInput } from '../../kernel/errors';
import { datatypeSchema, type Signature, type Tensor } from '../../registry/contract';
import { readBinaryTensor } from './binary-tensors';
import { checkDeclaredRanges } from './check-ranges';
import { parseElements } from './parse-elements';
import { faultOf, requestFault } from './request-fault';
import { checkElements, elementsOf, fitsShape, showShape, type Tensors, type TensorValue } from './tensor';

const MAX_DIMENSIONS = 8;
/** Of a request's own id. */
export const MAX_ID_LENGTH = 256;
/** Of `parameters.input_uri`. */
export const MAX_URI_LENGTH = 1024;
const MAX_TENSORS = 1024;

/** Lists of data are checked element by element while they are copied, so zod only looks at their outside. */
const dataSchema = z.custom<readonly unknown[]>(Array.isArray, { error: ({ input }) => faultOf('a list', input) });

const inputParametersSchema = z.looseObject({ binary_data_size: z.number().int().nonnegative().optional() });
const outputParametersSchema = z.looseObject({ binary_data: z.boolean().optional() });
/** Where the bytes of binary inputs lie, instead of behind the JSON. */
const requestParametersSchema = z.looseObject({
  binary_data_output: z.boolean().optional(),
  input_uri: z.string().max(MAX_URI_LENGTH).optional(),
});

export const requestInputSchema = z.object({
  name: z.string(),
  shape: z.array(z.number().int().nonnegative()).max(MAX_DIMENSIONS),
  datatype: datatypeSchema,
  parameters: inputParametersSchema.optional(),
  data: dataSchema.optional(),
});

/** Clients add keys of their own (`model_name`, `parameters`): these are let through. */
export const inferenceRequestSchema = z.object({
  id: z.string().max(MAX_ID_LENGTH).optional(),
  parameters: requestParametersSchema.optional(),
  inputs: z.array(requestInputSchema).min(1).max(MAX_TENSORS),
  outputs: z
    .array(z.object({ name: z.string(), parameters: outputParametersSchema.optional() }))
    .max(MAX_TENSORS)
    .optional(),
});
type RequestInput = z.output<typeof requestInputSchema>;

/** An output that was asked for, as JSON or as bytes behind it. */
export interface AskedOutput {
  readonly name: string;
  readonly binary: boolean;
}

/** A request that fits a version's signature. */
export interface InferenceRequest {
  readonly id: string | undefined;
  readonly inputs: Tensors;
  /** Rows of the batch: the first dimension. */
  readonly rows: number;
  /** Outputs asked for by name; absent means those that the version answers with. */
  readonly outputs: readonly AskedOutput[] | undefined;
  /** How outputs go that were not asked for by name. */
  readonly binaryOutput: boolean;
}

const parseRequest = (body: unknown): z.output<typeof inferenceRequestSchema> => {
  const parsed = inferenceRequestSchema.safeParse(body, { error: requestFault });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') || 'the request';
  throw new InvalidInput(`${where}: ${issue?.message ?? 'not an inference request'}`);
};

/** Bytes of binary tensors, cut off one after the other. */
class BinaryTail {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  take(size: number, where: string): Buffer {
    const end = this.at + size;
    if (end > this.bytes.length) {
      throw new InvalidInput(
        `${where}: binary_data_size is ${size}, but ${this.bytes.length - this.at} bytes are left; send all of them behind the JSON`,
      );
    }
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** @throws InvalidInput when bytes are left that belong to no input. */
  end(): void {
    const rest = this.bytes.length - this.at;
    if (rest > 0) throw new InvalidInput(`${rest} bytes belong to no input; set binary_data_size of each binary input`);
  }
}

const declaredOf = (signature: Signature, { name }: RequestInput): Tensor => {
  const declared = signature.inputs.find((tensor) => tensor.name === name);
  if (declared !== undefined) return declared;
  const expected = signature.inputs.map((tensor) => tensor.name).join(', ');
  throw new InvalidInput(`input ${name} is not one of the model's: expected ${expected}`);
};

const checkShape = (declared: Tensor, shape: readonly number[]): void => {
  if (!fitsShape(declared.shape, shape)) {
    throw new InvalidInput(
      `input ${declared.name}: expected shape ${showShape(declared.shape)} (−1 is any size), given ${showShape(shape)}`,
    );
  }
  if (shape.includes(0)) throw new InvalidInput(`input ${declared.name}: shape ${showShape(shape)} holds no rows`);
};

const checkInput = (declared: Tensor, { datatype, shape }: RequestInput): number => {
  if (declared.datatype !== datatype) {
    throw new InvalidInput(`input ${declared.name}: expected datatype ${declared.datatype}, given ${datatype}`);
  }
  checkShape(declared, shape);
  const length = elementsOf(shape);
  checkElements(declared.name, length);
  return length;
};

const decodeTensor = (declared: Tensor, given: RequestInput, tail: BinaryTail): TensorValue => {
  const { datatype, shape, data, parameters } = given;
  const length = checkInput(declared, given);
  const where = `input ${given.name}`;
  const size = parameters?.binary_data_size;
  if (size !== undefined) {
    if (data !== undefined) throw new InvalidInput(`${where} has both data and binary_data_size; send one of them`);
    return { datatype, shape, data: readBinaryTensor(tail.take(size, where), datatype, length, where) };
  }
  if (data === undefined) {
    throw new InvalidInput(`${where} has no data; send it as a list in "data", or as bytes with binary_data_size`);
  }
  return { datatype, shape, data: parseElements(data, datatype, shape, length, where) };
};

/** In the order in which they are given, which is that of their bytes. */
const decodeInputs = (given: readonly RequestInput[], signature: Signature, bytes: Buffer): Tensors => {
  const tail = new BinaryTail(bytes);
  const inputs: Record<string, TensorValue> = {};
  for (const input of given) {
    const declared = declaredOf(signature, input);
    if (Object.hasOwn(inputs, input.name)) throw new InvalidInput(`input ${input.name} is given twice`);
    inputs[input.name] = decodeTensor(declared, input, tail);
  }
  tail.end();
  const missing = signature.inputs.find(({ name }) => !Object.hasOwn(inputs, name));
  if (missing === undefined) return inputs;
  throw new InvalidInput(`input ${missing.name} (${missing.datatype} ${showShape(missing.shape)}) is missing`);
};

/** All inputs must agree on the first dimension, as far as the graph leaves it open. */
export const rowsOf = (signature: Signature, inputs: Tensors): number => {
  const sizeOf = ({ name }: Tensor): number => inputs[name]?.shape[0] ?? 1;
  const [only, ...more] = signature.inputs;
  if (only !== undefined && more.length === 0) return sizeOf(only);
  const batched = signature.inputs.filter((tensor) => (tensor.shape[0] ?? 0) < 0);
  const [first, ...others] = batched.length > 0 ? batched : signature.inputs.slice(0, 1);
  if (first === undefined) return 1;
  const odd = others.find((tensor) => sizeOf(tensor) !== sizeOf(first));
  if (odd !== undefined) {
    throw new InvalidInput(`inputs differ in rows: ${first.name} has ${sizeOf(first)}, ${odd.name} has ${sizeOf(odd)}`);
  }
  return sizeOf(first);
};

type AskedOutputs = z.output<typeof inferenceRequestSchema>['outputs'];

const askedOutputs = (asked: AskedOutputs, binaryOutput: boolean, signature: Signature): AskedOutput[] | undefined => {
  if (asked === undefined || asked.length === 0) return undefined;
  return asked.map(({ name, parameters }) => {
    if (!signature.outputs.some((tensor) => tensor.name === name)) {
      const known = signature.outputs.map((tensor) => tensor.name).join(', ');
      throw new InvalidInput(`output ${name} is not one of the model's: ${known}`);
    }
    if (parameters !== undefined && 'classification' in parameters)
      throw new InvalidInput(`output ${name}: the classification extension is not offered; ask for the tensor`);
    return { name, binary: parameters?.binary_data ?? binaryOutput };
  });
};

const NO_BYTES = Buffer.alloc(0);

/**
 * An Open Inference Protocol request as typed tensors that fit the signature.
 * @param body the JSON; whole numbers beyond 2⁵³ as bigint
 * @param bytes of the inputs that have a `binary_data_size`, one behind the other
 * @throws InvalidInput naming the input, what was expected and what was given.
 * @throws TooLarge
 */
export const decodeRequest = (body: unknown, signature: Signature, bytes: Buffer = NO_BYTES): InferenceRequest => {
  const request = parseRequest(body);
  const inputs = decodeInputs(request.inputs, signature, bytes);
  const rows = rowsOf(signature, inputs);
  checkDeclaredRanges(signature, inputs, rows);
  const binaryOutput = request.parameters?.binary_data_output ?? false;
  const outputs = askedOutputs(request.outputs, binaryOutput, signature);
  return { id: request.id, inputs, rows, outputs, binaryOutput };
};
