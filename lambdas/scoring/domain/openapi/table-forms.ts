import type { Column, Datatype } from '../../../registry/contract';
import { isOptional } from '../cell-kind';
import { columnSchema } from './column-schema';
import { givenElement } from './element-schema';
import { anyOf, arrayOf, exactly, objectOf, type Schema } from './json-schema';
import type { TabularInputs } from './signature-view';

type ByColumn = Extract<TabularInputs, { by: 'column' }>;
type ByPosition = Extract<TabularInputs, { by: 'position' }>;

/** The model takes no parameters. */
const PARAMS: Schema = { type: ['object', 'null'], maxProperties: 0 };

/** Names of the rows, which predictions do not need. */
const INDEX: Schema = { description: 'Ignored.' };

/** One of the ways in which a request brings its rows. */
export const form = (name: string, schema: Schema): Schema => ({
  title: name,
  ...objectOf({ [name]: schema, params: PARAMS }, ['params']),
});

const closed = (schema: Schema): Schema => ({ ...schema, additionalProperties: false });

const datatypeOf = ({ layout }: ByColumn, column: Column): Datatype => {
  const place = layout.places.find((candidate) => candidate.column === column);
  return layout.tensors.find(({ name }) => name === place?.tensor)?.datatype ?? 'FP64';
};

const cellsOf = (tabular: ByColumn): readonly Schema[] =>
  tabular.columns.map((column) => columnSchema(column, datatypeOf(tabular, column)));

const byName = ({ columns }: ByColumn, schemas: readonly Schema[]): Schema =>
  closed(
    objectOf(
      Object.fromEntries(columns.map(({ name }, at) => [name, schemas[at] ?? {}])),
      columns.filter(isOptional).map(({ name }) => name),
    ),
  );

/** A row by the names of its columns. */
export const rowSchema = (tabular: ByColumn): Schema => byName(tabular, cellsOf(tabular));

const tuple = (prefixItems: readonly Schema[]): Schema => ({
  type: 'array',
  prefixItems,
  items: false,
  ...exactly(prefixItems.length),
});

export const ROW: Schema = { $ref: '#/components/schemas/Row' };

/** `dataframe_split` and `dataframe_records` of named columns. @param rows limits of their number */
export const dataframeForms = (tabular: ByColumn, rows: Schema): readonly Schema[] => {
  const split = objectOf(
    {
      columns: anyOf(tuple(tabular.columns.map(({ name }) => ({ const: name }))), { type: 'null' }),
      index: INDEX,
      data: arrayOf(tuple(cellsOf(tabular)), rows),
    },
    ['columns', 'index'],
  );
  const description = 'In this order, or in any other that `columns` names.';
  return [form('dataframe_split', { description, ...split }), form('dataframe_records', arrayOf(ROW, rows))];
};

/** `instances` and `inputs` of a model whose columns have names: rows by name or by position, or columns by name. */
export const listForms = (tabular: ByColumn, rows: Schema): readonly Schema[] => {
  const cells = cellsOf(tabular);
  const [only, ...others] = cells;
  const flat = only !== undefined && others.length === 0 ? [arrayOf(only, rows)] : [];
  const positional = [arrayOf(tuple(cells), rows), ...flat];
  const lists = byName(
    tabular,
    cells.map((cell) => arrayOf(cell, rows)),
  );
  return [
    form('instances', anyOf(arrayOf(ROW, rows), ...positional)),
    form('inputs', anyOf({ ...lists, minProperties: 1 }, ...positional)),
  ];
};

/** `dataframe_split` and `dataframe_records` of a matrix whose columns nobody named: they go by position. */
export const matrixForms = ({ tensor, width }: ByPosition, rows: Schema): readonly Schema[] => {
  const cell = givenElement(tensor.datatype);
  const size: Schema = width < 0 ? { minItems: 1 } : exactly(width);
  const count: Schema = width < 0 ? { minProperties: 1 } : { minProperties: width, maxProperties: width };
  const split = objectOf({ index: INDEX, data: arrayOf(arrayOf(cell, size), rows) }, ['index']);
  return [
    form('dataframe_split', { description: 'Columns go by their position, whatever `columns` calls them.', ...split }),
    form('dataframe_records', arrayOf({ type: 'object', additionalProperties: cell, ...count }, rows)),
  ];
};
