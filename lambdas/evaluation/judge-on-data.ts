import { ContenderError } from '../kernel/errors';
import type { OutputReading } from '../scoring/domain/output-reading';
import type { Tensors } from '../scoring/domain/tensor';
import type { AttributeGroups, DataDeclaration, Runnable } from './contract';
import { CandidateRejected } from './domain/candidate-rejected';
import { fixedRowsOf } from './domain/check-signature';
import { encodeTable } from './domain/encode-table';
import { groupsOf } from './domain/groups-of';
import { PredictionParts } from './domain/join-predictions';
import { type Judged, judgedRows } from './domain/judged-rows';
import { KeptColumns } from './domain/kept-columns';
import { type InputPlan, planInputs } from './domain/plan-columns';
import { type Predictions, pickPredictions, readingOf } from './domain/predictions';
import { joinTruth, pickTruth, readTruth, type Truth } from './domain/read-truth';
import { RowSample } from './domain/row-sample';
import { seedOf } from './domain/seeded-random';
import type { Table } from './domain/table';
import type { LoadedModel } from './model-protocol';
import type { EvaluationRows, ModelProcess } from './ports';
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

/** Rows with all that is known of them: every row of small data, else a sample of 200,000 at most. */
export interface JudgedSample {
  readonly table: Table;
  readonly inputs: Tensors;
  readonly truth: Truth;
  readonly predictions: Predictions;
}

/** A version's predictions on the evaluation data, beside their truth. */
export interface Judgement {
  readonly plan: InputPlan;
  /** Every row. */
  readonly judged: Judged;
  /** The columns that rows are grouped by, of every row. */
  readonly table: Table;
  readonly sample: JudgedSample;
  /** Wall-clock milliseconds a row, transport included. */
  readonly msPerRow: number;
  readonly options: ScoreOptions;
}

/** What is kept of the parts while they go by. */
class Gathering {
  readonly kept: KeptColumns;
  readonly sample: RowSample;
  readonly truths: Truth[] = [];
  readonly predictions = new PredictionParts();
  plan: InputPlan | undefined;
  rows = 0;
  scoringMs = 0;

  constructor(
    private readonly model: ReadyModel,
    private readonly declaration: DataDeclaration,
  ) {
    this.kept = new KeptColumns([...new Set([...declaration.protected, ...declaration.segments])]);
    this.sample = new RowSample(seedOf(model.runnable.rootDigest));
  }

  async take(part: Table): Promise<void> {
    const { runnable, reading, process, fixedRows } = this.model;
    this.plan ??= planInputs(runnable.signature, part.header, this.declaration, part.file);
    const inputs = encodeTable(part, this.plan, runnable.signature);
    this.truths.push(readTruth(part, this.declaration.label, reading));
    this.kept.add(part);
    this.sample.add(part);
    this.rows += part.rows;
    const start = performance.now();
    const options = { process, reading, fixedRows, what: part.file, first: part.first };
    this.predictions.add(await scoreRows(inputs, part.rows, options));
    this.scoringMs += performance.now() - start;
  }
}

/** Runs a version on evaluation data, part by part. @throws CandidateRejected */
export const judgeOnData = async (
  model: ReadyModel,
  rows: EvaluationRows,
  declaration: DataDeclaration,
): Promise<Judgement> => {
  const { process, reading, fixedRows, runnable } = model;
  const gathering = new Gathering(model, declaration);
  await rows.read((part) => gathering.take(part));
  const { plan, kept } = gathering;
  if (plan === undefined) throw new Error('the evaluation data were read without a row');
  const truth = joinTruth(gathering.truths);
  const predictions = gathering.predictions.join();
  const { table, rows: picked } = gathering.sample.build();
  return {
    plan,
    judged: judgedRows(truth, predictions, reading),
    table: kept.build(),
    sample: {
      table,
      inputs: encodeTable(table, plan, runnable.signature),
      truth: pickTruth(truth, picked),
      predictions: pickPredictions(predictions, picked),
    },
    msPerRow: gathering.scoringMs / gathering.rows,
    options: { process, reading, fixedRows, what: table.file },
  };
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
