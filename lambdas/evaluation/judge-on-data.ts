import { ContenderError } from '../kernel/errors';
import type { OutputReading } from '../scoring/domain/output-reading';
import type { Tensors } from '../scoring/domain/tensor';
import type { AttributeGroups, DataDeclaration, Runnable } from './contract';
import { CandidateRejected } from './domain/candidate-rejected';
import { fixedRowsOf } from './domain/check-signature';
import { encodeTable } from './domain/encode-table';
import { groupsOf } from './domain/groups-of';
import { type Judged, judgedRows } from './domain/judged-rows';
import { type InputPlan, planInputs } from './domain/plan-columns';
import { type Predictions, readingOf } from './domain/predictions';
import { readTruth, type Truth } from './domain/read-truth';
import type { Table } from './domain/table';
import type { LoadedModel } from './model-protocol';
import type { ModelProcess } from './ports';
import { type ScoreOptions, scoreRows } from './score-table';

/** A version that is loaded, and how it is to be run and read. */
export interface ReadyModel {
  readonly process: ModelProcess;
  readonly runnable: Runnable;
  readonly reading: OutputReading;
  readonly fixedRows: number | undefined;
  readonly loadMs: number;
  readonly onnxruntime: string;
}

/** @throws CandidateRejected */
export const readyModel = (process: ModelProcess, runnable: Runnable, loaded: LoadedModel): ReadyModel => ({
  process,
  runnable,
  reading: readingOf(loaded.outputs, runnable.manifest),
  fixedRows: fixedRowsOf(loaded),
  loadMs: loaded.loadMs,
  onnxruntime: loaded.onnxruntime,
});

/** A version's predictions on the evaluation data, beside their truth. */
export interface Judgement {
  readonly plan: InputPlan;
  readonly inputs: Tensors;
  readonly truth: Truth;
  readonly predictions: Predictions;
  readonly judged: Judged;
  /** Wall-clock milliseconds a row, transport included. */
  readonly msPerRow: number;
  readonly options: ScoreOptions;
}

/** Runs a version on evaluation data. @throws CandidateRejected */
export const judgeOnData = async (
  model: ReadyModel,
  table: Table,
  declaration: DataDeclaration,
): Promise<Judgement> => {
  const { process, reading, fixedRows, runnable } = model;
  const plan = planInputs(runnable.signature, table.header, declaration, table.file);
  const inputs = encodeTable(table, plan, runnable.signature);
  const truth = readTruth(table, declaration.label, reading);
  const options = { process, reading, fixedRows, what: table.file };
  const start = performance.now();
  const predictions = await scoreRows(inputs, table.rows, options);
  const msPerRow = (performance.now() - start) / table.rows;
  return { plan, inputs, truth, predictions, judged: judgedRows(truth, predictions, reading), msPerRow, options };
};

/** Rates by group for every protected attribute. */
export const allGroups = (
  table: Table,
  { protected: attributes }: DataDeclaration,
  judged: Judged,
  losses: Float64Array,
): AttributeGroups[] =>
  attributes.flatMap((attribute) => {
    const column = table.columns.get(attribute);
    return column === undefined ? [] : [groupsOf(attribute, column, judged, losses)];
  });

/** What a person reads of an error that may stem from a model or its data. Others are bugs and stay errors. */
export const explanationOf = (error: unknown): string => {
  if (error instanceof CandidateRejected) return error.rejection.message;
  if (error instanceof ContenderError && error.code === 'invalid-input') return error.message;
  throw error;
};
