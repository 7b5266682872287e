import type { Signature } from '../../registry/contract';
import { checkDeclaredRanges } from '../../scoring/domain/check-ranges';
import { type Cells, encodeColumns } from '../../scoring/domain/encode-columns';
import type { Tensors } from '../../scoring/domain/tensor';
import { CandidateRejected } from './candidate-rejected';
import type { InputPlan } from './plan-columns';
import { cellName, type Table } from './table';

/**
 * The input columns of a table as the graph's tensors. Rows that scoring would refuse are refused here, too.
 * @throws CandidateRejected naming the cell.
 */
export const encodeTable = (table: Table, plan: InputPlan, signature: Signature): Tensors => {
  const cellsOf = (name: string): Cells => table.columns.get(name)?.values ?? [];
  try {
    const where = (column: string, row: number): string => cellName(table.file, column, row);
    const inputs = encodeColumns(plan.layout, cellsOf, table.rows, where);
    // Ranges are declared for columns as they lie in tensors; a one-hot column lies there as several.
    if (plan.layout.places.every(({ width }) => width === 1)) {
      checkDeclaredRanges({ ...signature, columns: [...plan.columns] }, inputs, table.rows);
    }
    return inputs;
  } catch (cause) {
    const message = (cause as Error).message;
    const named = message.includes(table.file) ? message : `${table.file}: ${message}`;
    throw new CandidateRejected('data-value-invalid', named, { cause });
  }
};
