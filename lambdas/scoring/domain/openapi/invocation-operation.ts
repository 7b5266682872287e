import type { Tensor } from '../../../registry/contract';
import { exampleCell } from './column-schema';
import { givenElement } from './element-schema';
import { ANSWER_HEADERS } from './infer-operation';
import { anyOf, arrayOf, exactly, type Json, objectOf, type Schema } from './json-schema';
import { predictionSchema } from './prediction-schema';
import { type DescribedVersion, exampleInputs, exampleRows, jsonData, type TabularInputs } from './signature-view';
import { dataframeForms, form, listForms, matrixForms, rowSchema } from './table-forms';
import { nestedSchema } from './tensor-schema';

/** A tensor of one row. */
const instanceSchema = (tensor: Tensor): Schema =>
  tensor.shape.length < 2
    ? givenElement(tensor.datatype)
    : nestedSchema({ ...tensor, shape: tensor.shape.slice(1) }, []);

const byName = (inputs: readonly Tensor[], schemaOf: (input: Tensor) => Schema): Schema => ({
  ...objectOf(Object.fromEntries(inputs.map((input) => [input.name, schemaOf(input)]))),
  additionalProperties: false,
});

/** `instances` and `inputs` of a model without named columns: tensors by name, or the only one. */
const tensorForms = ({ signature: { inputs } }: DescribedVersion, rows: Schema): readonly Schema[] => {
  const whole = (input: Tensor) => nestedSchema(input, []);
  const [only, ...others] = inputs;
  const plain = only !== undefined && others.length === 0 ? [whole(only)] : [];
  return [
    form('instances', anyOf(arrayOf(byName(inputs, instanceSchema), rows), ...plain)),
    form('inputs', anyOf(byName(inputs, whole), ...plain)),
  ];
};

const rowLimits = ({ signature }: DescribedVersion, maxRows: number | undefined): Schema => {
  const fixed = signature.inputs.map(({ shape }) => shape[0] ?? 1).find((size) => size >= 0);
  if (fixed !== undefined) return exactly(fixed);
  return { minItems: 1, ...(maxRows === undefined ? {} : { maxItems: maxRows }) };
};

const formsOf = (version: DescribedVersion, tabular: TabularInputs, rows: Schema): readonly Schema[] => {
  if (tabular.by === 'none') return tensorForms(version, rows);
  if (tabular.by === 'position') return [...matrixForms(tabular, rows), ...tensorForms(version, rows)];
  const lists = version.signature.columns.length > 0 ? listForms(tabular, rows) : tensorForms(version, rows);
  return [...dataframeForms(tabular, rows), ...lists];
};

const nested = (data: readonly Json[], shape: readonly number[]): Json => {
  const [size = 0, ...inner] = shape;
  if (inner.length === 0) return data;
  const step = data.length / size;
  return Array.from({ length: size }, (_, at) => nested(data.slice(at * step, (at + 1) * step), inner));
};

const exampleOf = ({ signature }: DescribedVersion, tabular: TabularInputs): Json => {
  if (tabular.by === 'column') {
    const row = tabular.columns.map(exampleCell);
    const data = Array.from({ length: exampleRows(signature) }, () => row);
    return { dataframe_split: { columns: tabular.columns.map(({ name }) => name), data } };
  }
  const inputs = Object.entries(exampleInputs(signature, tabular)).map(
    ([name, value]) => [name, nested(jsonData(value), value.shape)] as const,
  );
  return { inputs: Object.fromEntries(inputs) };
};

const quoted = (cell: Json): string => {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const csvContent = ({ signature }: DescribedVersion, tabular: TabularInputs): Schema => {
  if (tabular.by === 'none') return {};
  const schema: Schema = { type: 'string', description: 'A header with the names of the columns, then a line a row.' };
  if (tabular.by === 'position') return { 'text/csv': { schema } };
  const lines = [tabular.columns.map(({ name }) => name), tabular.columns.map(exampleCell)];
  const [header = '', row = ''] = lines.map((cells) => cells.map(quoted).join(','));
  const example = [header, ...Array.from({ length: exampleRows(signature) }, () => row), ''].join('\n');
  return { 'text/csv': { schema, example } };
};

const answerSchema = (version: DescribedVersion): Schema =>
  objectOf(
    {
      predictions: arrayOf(predictionSchema(version), { description: 'One a row.' }),
      prediction_ids: {
        type: 'array',
        items: { type: 'string' },
        description: 'One a row; send it back with its outcome.',
      },
    },
    ['prediction_ids'],
  );

/**
 * Schemas and content of `POST /models/{model}/invocations` for one version; undefined for one that cannot be asked so,
 * because its columns do not fit its graph.
 */
export const invocationOperation = (version: DescribedVersion, tabular: TabularInputs, maxRows: number | undefined) => {
  if (tabular.by === 'none' && version.signature.columns.length > 0) return undefined;
  const forms = formsOf(version, tabular, rowLimits(version, maxRows));
  return {
    schemas: {
      ...(tabular.by === 'column' ? { Row: rowSchema(tabular) } : {}),
      Invocation: { oneOf: forms },
      InvocationAnswer: answerSchema(version),
    },
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Invocation' },
          example: exampleOf(version, tabular),
        },
        ...csvContent(version, tabular),
      },
    },
    success: {
      description: 'Predictions, one a row',
      headers: ANSWER_HEADERS,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/InvocationAnswer' } } },
    },
  };
};
