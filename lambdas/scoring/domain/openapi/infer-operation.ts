import { JSON_LENGTH_HEADER, MODEL_VERSION_HEADER, ROUTING_KEY_HEADER } from '../../contract';
import { MIN_JSON_LENGTH } from '../split-body';
import { inferenceSchemas, type RequestLimits } from './inference-schemas';
import { type Json, ref, type Schema } from './json-schema';
import { type DescribedVersion, exampleInputs, jsonData, type TabularInputs } from './signature-view';

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

const JSON_LENGTH: Schema = { type: 'integer', minimum: MIN_JSON_LENGTH };

/** Parameters of `POST …/infer`, beside those of its path. */
export const INFER_PARAMETERS: readonly Schema[] = [
  {
    name: JSON_LENGTH_HEADER,
    in: 'header',
    required: false,
    schema: JSON_LENGTH,
    description: 'Length of the JSON in bytes, where bytes of inputs follow it. Without it all of the body is JSON.',
  },
];

/** OpenAPI cannot look into bytes: what the JSON before them is, `x-json` says. */
const behindJson = (component: string, order: string): Json => ({
  schema: {
    type: 'string',
    format: 'binary',
    description: `${component} as JSON, ${JSON_LENGTH_HEADER} bytes long, and behind it the bytes of ${order}.`,
  },
  'x-json': ref(component),
});

/** Schemas and content of `POST …/infer` for one version. */
export const inferOperation = (version: DescribedVersion, tabular: TabularInputs, limits: RequestLimits) => ({
  schemas: inferenceSchemas(version, tabular, limits),
  requestBody: {
    required: true,
    content: {
      'application/json': { schema: ref('InferenceRequest'), example: exampleRequest(version, tabular) },
      'application/octet-stream': behindJson(
        'BinaryInferenceRequest',
        'each input that has a binary_data_size, in their order (extension binary_tensor_data)',
      ),
    },
  },
  success: {
    description: 'Predictions',
    headers: {
      ...ANSWER_HEADERS,
      [JSON_LENGTH_HEADER]: {
        description: 'Length of the JSON in bytes, where bytes of outputs follow it.',
        schema: JSON_LENGTH,
      },
    },
    content: {
      'application/json': { schema: ref('InferenceAnswer') },
      'application/octet-stream': behindJson('BinaryInferenceAnswer', 'the outputs that were asked for as such'),
    },
  },
});
