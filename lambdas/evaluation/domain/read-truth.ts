import type { OutputReading } from '../../scoring/domain/output-reading';
import { CandidateRejected } from './candidate-rejected';
import { joinFloats, joinIndices } from './join-arrays';
import { cellName, placeOf, type Table, textAt } from './table';

/** The labels of the evaluation data: positions of classes, or numbers. */
export type Truth =
  | { readonly kind: 'classes'; readonly index: Int32Array; readonly names: readonly string[] }
  | { readonly kind: 'numbers'; readonly values: Float64Array };

type Classes = Exclude<OutputReading, { task: 'regression' }>;

/** More classes than this are no classes but a number taken for one. */
const MAX_CLASSES = 1000;
const BOOLEANS: Readonly<Record<string, number>> = { true: 1, false: 0 };

const emptyLabel = (table: Table, label: string, row: number): CandidateRejected =>
  new CandidateRejected(
    'data-label-invalid',
    `${cellName(table.file, label, placeOf(table, row))}: the label is empty; leave out rows whose truth is not known`,
  );

/** `1` and `1.0` are one class: tools write whole numbers either way. */
const normal = (text: string): string => (/^-?\d+\.0+$/.test(text) ? text.replace(/\.0+$/, '') : text);

/** Position of a label that nobody named: a class index itself. */
const unnamedIndex = (text: string): number =>
  BOOLEANS[text.toLowerCase()] ?? (/^\d+$/.test(normal(text)) ? Number(text) : -1);

/** Position of a label's class, or −1. */
const indexReader = ({ classes, task }: Classes): ((text: string) => number) => {
  const limit = task === 'binary-classification' ? 2 : MAX_CLASSES;
  const known = new Map(classes?.map((name, index) => [name, index]));
  return (text) => {
    const index = classes === undefined ? unnamedIndex(text) : (known.get(normal(text)) ?? known.get(text) ?? -1);
    return index < limit ? index : -1;
  };
};

const strangeLabel = (cell: string, where: string, { classes }: Classes): CandidateRejected => {
  const expected =
    classes === undefined ? 'a class index' : `one of output.classes (${classes.slice(0, 20).join(', ')})`;
  return new CandidateRejected(
    'data-label-invalid',
    `${where}: expected ${expected}, given '${cell.slice(0, 40)}'; correct evaluation.label or output.classes in contender.yaml`,
  );
};

const readClasses = (table: Table, label: string, reading: Classes): Truth => {
  const column = table.columns.get(label);
  const indexOf = indexReader(reading);
  const index = new Int32Array(table.rows);
  let highest = 1;
  for (let row = 0; row < table.rows; row++) {
    const cell = column && textAt(column, row);
    if (cell === null || cell === undefined) throw emptyLabel(table, label, row);
    const found = indexOf(cell);
    if (found < 0) throw strangeLabel(cell, cellName(table.file, label, placeOf(table, row)), reading);
    index[row] = found;
    highest = Math.max(highest, found);
  }
  const names = reading.classes ?? Array.from({ length: highest + 1 }, (_, position) => String(position));
  return { kind: 'classes', index, names };
};

const readNumbers = (table: Table, label: string): Truth => {
  const column = table.columns.get(label);
  const values = column?.kind === 'number' ? column.values : new Float64Array();
  const empty = values.findIndex(Number.isNaN);
  if (empty >= 0) throw emptyLabel(table, label, empty);
  return { kind: 'numbers', values };
};

/** @throws CandidateRejected naming the first label that is none. */
export const readTruth = (table: Table, label: string, reading: OutputReading): Truth =>
  reading.task === 'regression' ? readNumbers(table, label) : readClasses(table, label, reading);

/** The labels of consecutive parts as one. */
export const joinTruth = (parts: readonly Truth[]): Truth => {
  const classes = parts.flatMap((part) => (part.kind === 'classes' ? [part] : []));
  if (classes.length === 0) {
    return {
      kind: 'numbers',
      values: joinFloats(parts.flatMap((part) => (part.kind === 'numbers' ? [part.values] : []))),
    };
  }
  // Names that nobody gave go as far as the highest index that was seen.
  const names = classes.reduce(
    (most, part) => (part.names.length > most.length ? part.names : most),
    [] as readonly string[],
  );
  return { kind: 'classes', index: joinIndices(classes.map(({ index }) => index)), names };
};

/** The labels of some rows, in the order given. */
export const pickTruth = (truth: Truth, rows: Int32Array): Truth =>
  truth.kind === 'classes'
    ? { ...truth, index: rows.map((row) => truth.index[row] ?? 0) }
    : { kind: 'numbers', values: Float64Array.from(rows, (row) => truth.values[row] ?? 0) };
