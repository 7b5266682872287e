import { ContenderError } from '../kernel/errors';
import type { OutputReading } from '../scoring/domain/output-reading';
import type { Tensors } from '../scoring/domain/tensor';
import type { AttributeFairness, AttributeGroups, ColumnSegments, DataDeclaration, Runnable } from './contract';
import { CandidateRejected } from './domain/candidate-rejected';
import { fixedRowsOf } from './domain/check-signature';
import { encodeTable } from './domain/encode-table';
import { type GroupedRows, groupsOf } from './domain/groups-of';
import { PredictionParts } from './domain/join-predictions';
import { type Judged, judgedRows } from './domain/judged-rows';
import { KeptColumns } from './domain/kept-columns';
import { type InputPlan, planInputs, rowsWithin } from './domain/plan-columns';
import { type Predictions, pickPredictions, readingOf } from './domain/predictions';
import { joinTruth, pickTruth, readTruth, type Truth } from './domain/read-truth';
import { RowSample, type Sampled } from './domain/row-sample';
import { drawDistinct, seededRandom, seedOf } from './domain/seeded-random';
import { segmentsOf } from './domain/segments-of';
import { pickTable, type Table, type TableColumn, withoutColumns } from './domain/table';
import type { LoadedModel } from './model-protocol';
import type { EvaluationRows, ModelProcess } from './ports';
import { type ScoreOptions, scoreRows } from './score-table';

/** A version that is loaded, and how it is to be run and read. */
export interface ReadyModel {
  readonly process: ModelProcess;
  readonly runnable: Runnable;
  readonly reading: OutputReading;
  readonly fixedRows: number | undefined;
  readonly loaded: LoadedModel;
}

/** @throws CandidateRejected */
export const readyModel = (process: ModelProcess, runnable: Runnable, loaded: LoadedModel): ReadyModel => ({
  process,
  runnable,
  reading: readingOf(loaded.outputs, runnable.manifest),
  fixedRows: fixedRowsOf(loaded),
  loaded,
});

/** Elements of the graph's tensors that are held at once: of rows on their way to the model, and of the sample. */
const MAX_BATCH_ELEMENTS = 1_000_000;
const MAX_SAMPLE_ELEMENTS = 4_000_000;

/** As many rows as TreeSHAP and KernelSHAP are told against. */
const BACKGROUND_ROWS = 100;

/** Rows with all that is known of them: every row of small data, else a sample. */
export interface JudgedSample {
  /** For bins: 200,000 rows at most. */
  readonly table: Table;
  /** For importance and latency: as many of them as fit. */
  readonly rows: number;
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
  /** For attributions: 100 rows, as the data have them. */
  readonly background: Sampled;
  /** Wall-clock milliseconds a row, transport included. */
  readonly msPerRow: number;
  readonly options: ScoreOptions;
}

/** Columns that mark rows, by cluster or by time, and are nothing else: no sample has a use for them. */
const marksOnly = ({ group, time, protected: attributes, segments }: DataDeclaration, plan: InputPlan): string[] => {
  const used = new Set([...plan.columns.map(({ name }) => name), ...attributes, ...segments]);
  return [group, time].filter((name) => name !== undefined && !used.has(name)) as string[];
};

/** What is kept of the parts while they go by. */
class Gathering {
  readonly kept: KeptColumns;
  readonly sample: RowSample;
  readonly background: RowSample;
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
    const seed = seedOf(model.runnable.rootDigest);
    this.sample = new RowSample(seed);
    this.background = new RowSample(seed + 1, BACKGROUND_ROWS);
  }

  async take(part: Table): Promise<void> {
    const { runnable, reading, process, fixedRows } = this.model;
    this.plan ??= planInputs(runnable.signature, part.header, this.declaration, part.file);
    const { plan } = this;
    const sampled = withoutColumns(part, marksOnly(this.declaration, plan));
    this.truths.push(readTruth(part, this.declaration.label, reading));
    this.kept.add(part);
    this.sample.add(sampled);
    this.background.add(sampled);
    this.rows += part.rows;
    const step = rowsWithin(MAX_BATCH_ELEMENTS, plan);
    for (let at = 0; at < part.rows; at += step) {
      const rows = Int32Array.from({ length: Math.min(step, part.rows - at) }, (_, offset) => at + offset);
      const slice = pickTable(part, rows, part.first + at);
      const inputs = encodeTable(slice, plan, runnable.signature);
      const start = performance.now();
      const what = slice.at === undefined ? slice.file : `a sample of ${slice.file}`;
      const options = { process, reading, fixedRows, what, first: slice.first };
      this.predictions.add(await scoreRows(inputs, slice.rows, options));
      this.scoringMs += performance.now() - start;
    }
  }
}

/** Positions within the sample of the rows whose tensors are held, in order. */
const chosenOf = (rows: number, plan: InputPlan, seed: number): Int32Array =>
  drawDistinct(rowsWithin(MAX_SAMPLE_ELEMENTS, plan), rows, seededRandom(seed)).sort();

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
  const { table, rows: sampled } = gathering.sample.build();
  const chosen = chosenOf(sampled.length, plan, seedOf(runnable.rootDigest));
  const picked = chosen.map((row) => sampled[row] ?? 0);
  return {
    plan,
    judged: judgedRows(truth, predictions, reading),
    table: kept.build(),
    sample: {
      table,
      rows: chosen.length,
      inputs: encodeTable(pickTable(table, chosen, 0), plan, runnable.signature),
      truth: pickTruth(truth, picked),
      predictions: pickPredictions(predictions, picked),
    },
    background: gathering.background.build(),
    msPerRow: gathering.scoringMs / gathering.rows,
    options: { process, reading, fixedRows, what: table.file },
  };
};

/** Columns of those named that the data have. */
const columnsOf = (table: Table, names: readonly string[]): [string, TableColumn][] =>
  names.flatMap((name) => {
    const column = table.columns.get(name);
    return column === undefined ? [] : [[name, column]];
  });

/** Rates by group, and how groups differ, for every protected attribute. */
export const allGroups = (
  table: Table,
  { protected: attributes }: DataDeclaration,
  rows: GroupedRows,
): { readonly groups: AttributeGroups[]; readonly fairness: AttributeFairness[] } => {
  const found = columnsOf(table, attributes).map(([name, column]) => groupsOf(name, column, rows));
  return {
    groups: found.map(({ rates }) => rates),
    fairness: found.flatMap(({ fairness }) => (fairness === undefined ? [] : [fairness])),
  };
};

/** Metrics by segment for every column that is declared as one. */
export const allSegments = (
  table: Table,
  { segments }: DataDeclaration,
  { judged, clusters }: GroupedRows,
): ColumnSegments[] => columnsOf(table, segments).map(([name, column]) => segmentsOf(name, column, judged, clusters));

/** What a person reads of an error that may stem from a model or its data. Others are bugs and stay errors. */
export const explanationOf = (error: unknown): string => {
  if (error instanceof CandidateRejected) return error.rejection.message;
  if (error instanceof ContenderError && error.code === 'invalid-input') return error.message;
  throw error;
};
