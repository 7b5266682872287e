import { MAX_ID_LENGTH, MAX_URI_LENGTH } from '../decode-request';
import { arrayOf, exactly, objectOf, oneOf, ref, type Schema, type Schemas } from './json-schema';
import { meaningOf, readingOf } from './prediction-schema';
import { type DescribedVersion, placesOf, type TabularInputs } from './signature-view';
import { answeredBytes, answeredTensor, givenBytes, givenTensor } from './tensor-schema';

/** What a server takes of whoever asks it. */
export interface RequestLimits {
  /** Rows of a request at most; undefined is any number. */
  readonly maxRows: number | undefined;
  /** What the caller's `parameters.input_uri` begin with; undefined where the server takes no references. */
  readonly inputPlace: string | undefined;
}

const INPUT = 'InferenceInput';
const BINARY_INPUT = 'BinaryInferenceInput';
const OUTPUT = 'InferenceOutput';

const BINARY_OUTPUT: Schemas = {
  binary_data_output: {
    type: 'boolean',
    description: 'Outputs as bytes behind the JSON, but for those that say otherwise.',
  },
};

const inputUri = (place: string): Schemas => ({
  input_uri: {
    type: 'string',
    maxLength: MAX_URI_LENGTH,
    pattern: `^${place.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}.+$`,
    description:
      'Where the bytes of the binary inputs lie, one behind the other, instead of behind the JSON: the uri that POST /api/v1/inputs gave.',
  },
});

/** Each input exactly once, in any order. */
const inputsSchema = ({ signature: { inputs } }: DescribedVersion, input: string): Schema => {
  const list = arrayOf(ref(input), exactly(inputs.length));
  if (inputs.length < 2) return list;
  return { ...list, allOf: inputs.map(({ name }) => ({ contains: { properties: { name: { const: name } } } })) };
};

const outputsSchema = ({ signature: { outputs } }: DescribedVersion): Schema => {
  const parameters: Schema = objectOf(
    { binary_data: { type: 'boolean', description: 'This output as bytes behind the JSON.' } },
    ['binary_data'],
  );
  const output = objectOf({ name: { enum: outputs.map(({ name }) => name) }, parameters }, ['parameters']);
  return {
    ...arrayOf(output, { maxItems: 1024 }),
    description: 'The outputs that are wanted; those that the model answers with by itself when left out.',
  };
};

/** @param input component of one input @param parameters of the request, none of which has to be given */
const requestSchema = (version: DescribedVersion, input: string, parameters: Schemas): Schema =>
  objectOf(
    {
      id: { type: 'string', maxLength: MAX_ID_LENGTH, description: 'Comes back with the answer.' },
      parameters: objectOf(parameters, Object.keys(parameters)),
      inputs: inputsSchema(version, input),
      outputs: outputsSchema(version),
    },
    ['id', 'parameters', 'outputs'],
  );

const IDS: Schema = {
  prediction_id: { type: 'string', description: 'Of the only row; send it back with its outcome.' },
  prediction_ids: { type: 'array', items: { type: 'string' }, description: 'One a row.' },
};

const answerSchema = ({ model }: DescribedVersion, output: Schema): Schema =>
  objectOf(
    {
      model_name: { const: model },
      model_version: { type: 'string', pattern: '^[1-9][0-9]*$' },
      id: { type: 'string' },
      parameters: { type: 'object', properties: IDS },
      outputs: arrayOf(output),
    },
    ['id', 'parameters'],
  );

const requestSchemas = (version: DescribedVersion, tabular: TabularInputs, limits: RequestLimits) => {
  const { inputs } = version.signature;
  const { maxRows, inputPlace } = limits;
  const parameters = { ...BINARY_OUTPUT, ...(inputPlace === undefined ? {} : inputUri(inputPlace)) };
  return {
    [INPUT]: oneOf(inputs.map((input) => givenTensor(input, placesOf(tabular, input.name), maxRows))),
    [BINARY_INPUT]: oneOf([ref(INPUT), ...inputs.map((input) => givenBytes(input, maxRows))]),
    InferenceRequest: requestSchema(version, inputPlace === undefined ? INPUT : BINARY_INPUT, parameters),
    BinaryInferenceRequest: requestSchema(version, BINARY_INPUT, BINARY_OUTPUT),
  };
};

/**
 * Components of a version's inference: requests and answers that are JSON, and the JSON of those that have bytes behind it.
 * Bytes left elsewhere are named in JSON alone.
 */
export const inferenceSchemas = (version: DescribedVersion, tabular: TabularInputs, limits: RequestLimits) => {
  const { outputs } = version.signature;
  const reading = readingOf(version);
  const about = (name: string) => meaningOf(version, reading, name);
  return {
    ...requestSchemas(version, tabular, limits),
    [OUTPUT]: oneOf(outputs.map((output) => answeredTensor(output, about(output.name)))),
    InferenceAnswer: answerSchema(version, ref(OUTPUT)),
    BinaryInferenceAnswer: answerSchema(
      version,
      oneOf([ref(OUTPUT), ...outputs.map((output) => answeredBytes(output, about(output.name)))]),
    ),
  };
};
