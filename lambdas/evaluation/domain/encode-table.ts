import type { Signature } from '../../registry/contract';
import { type Cells, cellKindOf } from '../../scoring/domain/cell-kind';
import { checkDeclaredRanges } from '../../scoring/domain/check-ranges';
import { encodeColumns } from '../../scoring/domain/encode-columns';
import type { Tensors } from '../../scoring/domain/tensor';
import { CandidateRejected } from './candidate-rejected';
import type { InputPlan } from './plan-columns';
import { cellName, cellsIn, placeOf, type Table } from './table';

/**
 * The input columns of a table as the graph's tensors. Rows that scoring would refuse are refused here, too.
 * @throws CandidateRejected naming the cell.
 */
export const encodeTable = (table: Table, plan: InputPlan, signature: Signature): Tensors => {
  const booleans = new Set(plan.columns.filter((one) => cellKindOf(one) === 'boolean').map(({ name }) => name));
  const cellsOf = (name: string): Cells => {
    const column = table.columns.get(name);
    return column === undefined ? [] : cellsIn(column, booleans.has(name));
  };
  try {
    const where = (column: string, row: number): string => cellName(table.file, column, placeOf(table, row));
    const inputs = encodeColumns(plan.layout, cellsOf, table.rows, where);
    checkDeclaredRanges({ ...signature, columns: [...plan.columns] }, inputs, table.rows, (row) => placeOf(table, row));
    return inputs;
  } catch (cause) {
    const message = (cause as Error).message;
    const named = message.includes(table.file) ? message : `${table.file}: ${message}`;
    throw new CandidateRejected('data-value-invalid', named, { cause });
  }
};
