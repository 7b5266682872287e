import { type Column, columnWidth, type Signature, type Tensor } from '../../registry/contract';
import { columnTypeOf } from '../../scoring/domain/cell-kind';
import { type InputLayout, layColumns } from '../../scoring/domain/encode-columns';
import { shownNames } from '../../scoring/domain/given-table';
import type { DataDeclaration } from '../contract';
import { CandidateRejected } from './candidate-rejected';

/** How a version reads a table: its input columns, and where they go. */
export interface InputPlan {
  readonly columns: readonly Column[];
  readonly layout: InputLayout;
}

/** How many of so many elements' rows fit, at least one: a one-hot column has as many elements as levels. */
export const rowsWithin = (elements: number, { columns }: InputPlan): number => {
  const width = columns.reduce((sum, column) => sum + columnWidth(column), 0);
  return Math.max(1, Math.floor(elements / Math.max(1, width)));
};

/** Columns of the data that are no inputs. */
const asideOf = ({ label, time, group, protected: attributes, segments }: DataDeclaration): Set<string> =>
  new Set([label, ...(time ? [time] : []), ...(group ? [group] : []), ...attributes, ...segments]);

/** Without declared columns: one column a tensor, or all that is left for the only tensor, in the order of the file. */
const assumedColumns = (
  inputs: readonly Tensor[],
  header: readonly string[],
  declaration: DataDeclaration,
  file: string,
): readonly Column[] => {
  const [first] = inputs;
  if (inputs.length > 1 || first === undefined) {
    return inputs.map(({ name, datatype }) => ({ name, type: columnTypeOf(datatype), tensor: name }));
  }
  const aside = asideOf(declaration);
  const names = header.filter((name) => !aside.has(name));
  const width = first.shape.length > 1 ? (first.shape[1] ?? -1) : 1;
  if (width < 0 || width === names.length) return names.map((name) => ({ name, type: columnTypeOf(first.datatype) }));
  throw new CandidateRejected(
    'signature-mismatch',
    `input ${first.name} takes ${width} columns, but ${file} has ${names.length} beside ${shownNames([...aside])}: ${shownNames(names)}; ` +
      'list the input columns in order as inputs in contender.yaml',
  );
};

const requireColumn = (header: readonly string[], file: string, name: string, key: string): void => {
  if (header.includes(name)) return;
  throw new CandidateRejected(
    'data-column-missing',
    `${file} has no column '${name}'; columns are ${shownNames(header)}; correct the file, or ${key} in contender.yaml`,
  );
};

/** Every column that is named must be there before anything is judged by it. */
export const checkDeclaration = (header: readonly string[], file: string, declaration: DataDeclaration): void => {
  requireColumn(header, file, declaration.label, 'set evaluation.label');
  if (declaration.group !== undefined) requireColumn(header, file, declaration.group, 'set evaluation.group');
  if (declaration.time !== undefined) requireColumn(header, file, declaration.time, 'set evaluation.time');
  for (const name of declaration.protected) requireColumn(header, file, name, 'set evaluation.protected');
  for (const name of declaration.segments) requireColumn(header, file, name, 'set evaluation.segments');
};

/**
 * Decides which columns of the data a version reads.
 * @throws CandidateRejected when data, declaration and graph do not fit each other.
 */
export const planInputs = (
  signature: Signature,
  header: readonly string[],
  declaration: DataDeclaration,
  file: string,
): InputPlan => {
  const declared = signature.columns.length > 0;
  const columns = declared ? signature.columns : assumedColumns(signature.inputs, header, declaration, file);
  for (const { name } of columns) {
    requireColumn(header, file, name, declared ? 'correct inputs' : 'list the input columns as inputs');
  }
  return { columns, layout: layoutOf(signature.inputs, columns) };
};

/** @throws CandidateRejected */
export const layoutOf = (inputs: readonly Tensor[], columns: readonly Column[]): InputLayout => {
  try {
    return layColumns([...inputs], columns);
  } catch (cause) {
    throw new CandidateRejected('signature-mismatch', (cause as Error).message, { cause });
  }
};
