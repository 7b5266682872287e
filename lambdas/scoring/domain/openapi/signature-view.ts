import type { AcceptedVersion, Signature, Tensor } from '../../../registry/contract';
import { type ColumnPlace, encodeColumns } from '../encode-columns';
import { fromHalf } from '../half-precision';
import { fixedViewOf, type TabularView } from '../tabular-view';
import { allocate, elementsOf, type Tensors, type TensorValue } from '../tensor';
import { exampleCell } from './column-schema';
import type { Json } from './json-schema';

/** How rows of a table fill the inputs. */
export type TabularInputs =
  | ({ readonly by: 'column' } & TabularView)
  /** Columns that nobody named; width −1 is any. */
  | { readonly by: 'position'; readonly tensor: Tensor; readonly width: number }
  | { readonly by: 'none' };

/** Declared columns, else one column a tensor, else columns by position where there is one matrix. */
export const tabularInputs = (signature: Signature): TabularInputs => {
  try {
    const view = fixedViewOf(signature);
    if (view !== 'by-position') return { by: 'column', ...view };
  } catch {
    return { by: 'none' };
  }
  const [only, ...others] = signature.inputs;
  const isMatrix = only !== undefined && others.length === 0 && [1, 2].includes(only.shape.length);
  return isMatrix ? { by: 'position', tensor: only, width: only.shape[1] ?? 1 } : { by: 'none' };
};

export const placesOf = (tabular: TabularInputs, tensor: string): readonly ColumnPlace[] =>
  tabular.by === 'column' ? tabular.layout.places.filter((place) => place.tensor === tensor) : [];

/** Rows of an example: as many as the graph insists on, else one. */
export const exampleRows = ({ inputs }: Signature): number => Math.max(1, ...inputs.map(({ shape }) => shape[0] ?? 1));

const blank = ({ datatype, shape }: Tensor, rows: number): TensorValue => {
  const sizes = shape.map((size, at) => (size >= 0 ? size : at === 0 ? rows : 1));
  const data = allocate(datatype, elementsOf(sizes));
  return { datatype, shape: sizes, data: Array.isArray(data) ? data.map(() => 'text') : data };
};

/** Inputs that the version takes: from its columns' levels and ranges where it has some, else zeros. */
export const exampleInputs = (signature: Signature, tabular: TabularInputs): Tensors => {
  const rows = exampleRows(signature);
  if (tabular.by === 'column') {
    const cells = new Map(tabular.columns.map((column) => [column.name, exampleCell(column)]));
    try {
      return encodeColumns(tabular.layout, (name) => new Array(rows).fill(cells.get(name) ?? null), rows);
    } catch {
      // Columns that do not fit their tensors: the tensors speak for themselves.
    }
  }
  return Object.fromEntries(signature.inputs.map((input) => [input.name, blank(input, rows)]));
};

/** Elements of a tensor as a request has them. */
export const jsonData = ({ datatype, data }: TensorValue): readonly Json[] => {
  if (datatype === 'BOOL') return Array.from(data as Uint8Array, (value) => value !== 0);
  if (datatype === 'FP16') return Array.from(data as Uint16Array, (bits) => finite(fromHalf(bits)));
  return Array.from<number | bigint | string, Json>(data, (value) =>
    typeof value === 'number' ? finite(value) : value,
  );
};

const finite = (value: number): Json => (Number.isFinite(value) ? value : null);

/** What a document is made from. */
export type DescribedVersion = Pick<
  AcceptedVersion,
  'model' | 'version' | 'rootDigest' | 'runtime' | 'signature' | 'manifest'
>;
