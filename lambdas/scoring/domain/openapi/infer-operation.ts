import { MODEL_VERSION_HEADER, ROUTING_KEY_HEADER } from '../../contract';
import { MAX_ID_LENGTH } from '../decode-request';
import { arrayOf, exactly, type Json, objectOf, type Schema } from './json-schema';
import { meaningOf, readingOf } from './prediction-schema';
import { type DescribedVersion, exampleInputs, jsonData, placesOf, type TabularInputs } from './signature-view';
import { answeredTensor, givenTensor } from './tensor-schema';

const asList = (schemas: readonly Schema[]): Schema => {
  const [only, ...others] = schemas;
  return only !== undefined && others.length === 0 ? only : { oneOf: schemas };
};

/** Each input exactly once, in any order. */
const inputsSchema = (version: DescribedVersion, tabular: TabularInputs, maxRows: number | undefined): Schema => {
  const { inputs } = version.signature;
  const given = inputs.map((input) => givenTensor(input, placesOf(tabular, input.name), maxRows));
  const list = arrayOf(asList(given), exactly(inputs.length));
  if (inputs.length < 2) return list;
  return { ...list, allOf: inputs.map(({ name }) => ({ contains: { properties: { name: { const: name } } } })) };
};

const requestSchema = (version: DescribedVersion, tabular: TabularInputs, maxRows: number | undefined): Schema => {
  const names = version.signature.outputs.map(({ name }) => name);
  return objectOf(
    {
      id: { type: 'string', maxLength: MAX_ID_LENGTH, description: 'Comes back with the answer.' },
      parameters: objectOf(
        { binary_data_output: { type: 'boolean', description: 'Outputs as bytes behind the JSON.' } },
        ['binary_data_output'],
      ),
      inputs: inputsSchema(version, tabular, maxRows),
      outputs: {
        ...arrayOf(objectOf({ name: { enum: names } }), { maxItems: 1024 }),
        description: 'The outputs that are wanted; those that the model answers with by itself when left out.',
      },
    },
    ['id', 'parameters', 'outputs'],
  );
};

const IDS: Schema = {
  prediction_id: { type: 'string', description: 'Of the only row; send it back with its outcome.' },
  prediction_ids: { type: 'array', items: { type: 'string' }, description: 'One a row.' },
};

const answerSchema = (version: DescribedVersion): Schema => {
  const reading = readingOf(version);
  const outputs = version.signature.outputs.map((output) =>
    answeredTensor(output, meaningOf(version, reading, output.name)),
  );
  return objectOf(
    {
      model_name: { const: version.model },
      model_version: { type: 'string', pattern: '^[1-9][0-9]*$' },
      id: { type: 'string' },
      parameters: { type: 'object', properties: IDS },
      outputs: arrayOf(asList(outputs)),
    },
    ['id', 'parameters'],
  );
};

const exampleRequest = ({ signature }: DescribedVersion, tabular: TabularInputs): Json => {
  const values = exampleInputs(signature, tabular);
  return {
    inputs: signature.inputs.flatMap(({ name }) => {
      const value = values[name];
      return value === undefined ? [] : [{ name, shape: value.shape, datatype: value.datatype, data: jsonData(value) }];
    }),
  };
};

/** Header by which a caller stays with one version while a rollout climbs. */
export const ROUTING_KEY: Schema = {
  name: ROUTING_KEY_HEADER,
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description: 'Keeps a caller with one version while another is being rolled out.',
};

/** Headers of a prediction. */
export const ANSWER_HEADERS: Schema = {
  [MODEL_VERSION_HEADER]: {
    description: 'The version that answered.',
    schema: { type: 'string', pattern: '^[1-9][0-9]*$' },
  },
};

/** Schemas and content of `POST …/infer` for one version. */
export const inferOperation = (version: DescribedVersion, tabular: TabularInputs, maxRows: number | undefined) => ({
  schemas: { InferenceRequest: requestSchema(version, tabular, maxRows), InferenceAnswer: answerSchema(version) },
  requestBody: {
    required: true,
    description:
      'Tensors may also come as bytes behind the JSON (header Inference-Header-Content-Length, extension binary_tensor_data), or lie where parameters.input_uri says, if the server takes references.',
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/InferenceRequest' },
        example: exampleRequest(version, tabular),
      },
    },
  },
  success: {
    description: 'Predictions',
    headers: ANSWER_HEADERS,
    content: {
      'application/json': { schema: { $ref: '#/components/schemas/InferenceAnswer' } },
      'application/octet-stream': {
        schema: { description: 'JSON, and behind it the bytes of the outputs that were asked for as such.' },
      },
    },
  },
});
