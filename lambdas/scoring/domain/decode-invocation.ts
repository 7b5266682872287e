import { InvalidInput } from '../../kernel/errors';
import type { Signature } from '../../registry/contract';
import { checkDeclaredRanges } from './check-ranges';
import { tableOfCsv } from './csv-table';
import { rowsOf } from './decode-request';
import { fitTable } from './fit-table';
import {
  describe,
  type GivenTable,
  isRecord,
  listOf,
  tableOfColumns,
  tableOfLists,
  tableOfRecords,
  tableOfSplit,
} from './given-table';
import type { MediaType } from './media-type';
import { tensorsOfInputs, tensorsOfInstances } from './nested-tensors';
import { type Body, parseJson } from './parse-json';
import { isLong, type Tensors } from './tensor';

/** A request of the MLflow scoring protocol that fits a version's signature. */
export interface Invocation {
  readonly inputs: Tensors;
  readonly rows: number;
}

const FORMS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
type Form = (typeof FORMS)[number];

const formOf = (body: unknown): { readonly form: Form; readonly value: unknown } => {
  if (!isRecord(body)) throw new InvalidInput(`the request: expected an object, given ${describe(body)}`);
  const [form, ...others] = FORMS.filter((name) => Object.hasOwn(body, name));
  if (form === undefined || others.length > 0) {
    const given =
      form === undefined ? Object.keys(body).slice(0, 5).join(', ').slice(0, 80) : [form, ...others].join(', ');
    throw new InvalidInput(`the request holds exactly one of ${FORMS.join(', ')}; given ${given || 'none'}`);
  }
  const { params } = body;
  const isNone = params === undefined || params === null || (isRecord(params) && Object.keys(params).length === 0);
  if (!isNone) throw new InvalidInput('params: the model takes none; leave them out');
  return { form, value: body[form] };
};

/** Named columns: rows of names, rows of positions, or columns by name. */
const tableOf = (form: Form, value: unknown): GivenTable => {
  if (form === 'dataframe_split') return tableOfSplit(value);
  if (form === 'inputs' && isRecord(value)) return tableOfColumns(value, form);
  const data = listOf(value, form);
  return form === 'dataframe_records' || isRecord(data[0]) ? tableOfRecords(data, form) : tableOfLists(data, form);
};

const decodeTable = (table: GivenTable, signature: Signature): Invocation => {
  const inputs = fitTable(table, signature);
  checkDeclaredRanges(signature, inputs, table.rows);
  return { inputs, rows: table.rows };
};

const decodeTensors = (form: 'instances' | 'inputs', value: unknown, signature: Signature): Invocation => {
  const inputs = form === 'inputs' ? tensorsOfInputs(value, signature) : tensorsOfInstances(value, signature);
  return { inputs, rows: rowsOf(signature, inputs) };
};

const needsExactIntegers = ({ inputs, columns }: Signature): boolean =>
  inputs.some(({ datatype }) => isLong(datatype)) || columns.some(({ type }) => type === 'long');

/**
 * A body of the MLflow scoring protocol as typed tensors: columns by name where the version has some, tensors where it has none.
 * @throws InvalidInput naming the column or input, what was expected and what was given.
 * @throws TooLarge
 */
export const decodeInvocation = (body: Body, media: MediaType, signature: Signature): Invocation => {
  if (body.length === 0) throw new InvalidInput('the body is empty; send rows as JSON or CSV');
  if (media.type === 'text/csv') return decodeTable(tableOfCsv(body, media.hasHeader), signature);
  const { form, value } = formOf(parseJson(body, { exactIntegers: needsExactIntegers(signature) }));
  const isTabular = signature.columns.length > 0 || form === 'dataframe_split' || form === 'dataframe_records';
  return isTabular ? decodeTable(tableOf(form, value), signature) : decodeTensors(form, value, signature);
};
