import type { OutputReading } from '../scoring/domain/output-reading';
import type { ChampionAnswers, ChampionReport, DataDeclaration, Runnable } from './contract';
import { CandidateRejected } from './domain/candidate-rejected';
import { comparePairs } from './domain/compare-pairs';
import type { GroupedRows } from './domain/groups-of';
import { type Judged, judgedRows, lossesOf } from './domain/judged-rows';
import { differenceOf, type Metrics, metricsOf } from './domain/metrics-of';
import { unpackPredictions } from './domain/packed-predictions';
import { readingOf } from './domain/predictions';
import { joinTruth, readTruth, type Truth } from './domain/read-truth';
import { SeenRows } from './domain/seen-rows';
import type { Table } from './domain/table';
import { allGroups, explanationOf, judgeOnData, type ReadyModel } from './judge-on-data';
import { measureLatency } from './measure-latency';
import type { EvaluationRows } from './ports';

/** What the champion said to the rows, beside their truth. */
export interface JudgedChampion {
  readonly judged: Judged;
  readonly latency: Pick<Extract<ChampionReport, { status: 'compared' }>, 'latencyMsPerRow' | 'roundTrip' | 'note'>;
}

export interface ChampionTask {
  readonly runnable: Runnable;
  /** Has it answer the rows, if it may. @throws CandidateRejected, InvalidInput */
  readonly judge: (
    rows: EvaluationRows,
    declaration: DataDeclaration,
    check: (reading: OutputReading) => void,
  ) => Promise<JudgedChampion>;
}

/** What the candidate did on the same rows. */
export interface CandidateSide extends GroupedRows {
  readonly model: ReadyModel;
  readonly metrics: Metrics;
  /** For numbers; shared by both sides. */
  readonly cap: number | undefined;
  /** The columns that rows are grouped by. */
  readonly table: Table;
}

/** The champion, run here. @param open starts it and loads it. */
export const championHere =
  (open: () => Promise<ReadyModel>): ChampionTask['judge'] =>
  async (rows, declaration, check) => {
    const model = await open();
    try {
      check(model.reading);
      const { judged, sample } = await judgeOnData(model, rows, declaration);
      const { batch1, roundTrip } = await measureLatency(model, sample.inputs, sample.rows);
      const latency = { latencyMsPerRow: batch1.p50, ...(roundTrip && { roundTrip }) };
      return { judged, latency };
    } finally {
      model.process.close();
    }
  };

/** The champion that has answered elsewhere: its answers are put beside the truth as it reads it. */
export const championElsewhere =
  ({ signature, manifest }: Runnable, answers: ChampionAnswers): ChampionTask['judge'] =>
  async (rows, declaration, check) => {
    const reading = readingOf(signature.outputs, manifest);
    check(reading);
    const truths: Truth[] = [];
    const seen = new SeenRows();
    await rows.read(async (part) => {
      seen.add(part);
      truths.push(readTruth(part, declaration.label, reading));
    });
    if (answers.rows !== seen.rows || answers.rowsSha256 !== seen.digest()) {
      throw new CandidateRejected('data-unreadable', `it answered ${answers.rows} other rows than these ${seen.rows}`);
    }
    const predictions = unpackPredictions(answers.predictions, answers.rows);
    const { latencyMsPerRow, roundTrip, note } = answers;
    const latency = { latencyMsPerRow, ...(roundTrip && { roundTrip }), ...(note !== undefined && { note }) };
    return { judged: judgedRows(joinTruth(truths), predictions, reading), latency };
  };

const positiveName = (reading: OutputReading): string | undefined =>
  reading.task === 'binary-classification'
    ? (reading.classes?.[reading.positive] ?? String(reading.positive))
    : undefined;

const checkComparable = (champion: OutputReading, candidate: OutputReading): void => {
  if (champion.task === candidate.task && positiveName(champion) === positiveName(candidate)) return;
  throw new CandidateRejected('signature-mismatch', 'it answers another question: its task or positive class differs');
};

const reportOf = (
  { runnable }: ChampionTask,
  { judged, latency }: JudgedChampion,
  candidate: CandidateSide,
  declaration: DataDeclaration,
): ChampionReport => {
  // The candidate's choice of loss, so that the two numbers mean the same.
  const { loss, value } = candidate.model.runnable.manifest;
  const manifest = { ...runnable.manifest, loss, ...(value === undefined ? {} : { value }) };
  const losses = lossesOf(judged, manifest, candidate.cap);
  const metrics = metricsOf(judged);
  const { clusters } = candidate;
  return {
    status: 'compared',
    version: runnable.version,
    rootDigest: runnable.rootDigest,
    metrics,
    groups: allGroups(candidate.table, declaration, { judged, losses, clusters }).groups,
    meanLoss: Math.min(1, losses.reduce((sum, value) => sum + value, 0) / Math.max(1, losses.length)),
    ...latency,
    difference: differenceOf(candidate.metrics, metrics),
    paired: comparePairs(candidate, { judged, losses }, clusters),
  };
};

/** The champion on the very rows that judged the candidate. Whatever goes wrong with it is no fault of the candidate. */
export const compareChampion = async (
  task: ChampionTask,
  candidate: CandidateSide,
  rows: EvaluationRows,
  declaration: DataDeclaration,
): Promise<ChampionReport> => {
  const { runnable } = task;
  try {
    const { reading } = candidate.model;
    const champion = await task.judge(rows, declaration, (own) => checkComparable(own, reading));
    return reportOf(task, champion, candidate, declaration);
  } catch (error) {
    const reason = `the champion, version ${runnable.version}, could not be run on these data: ${explanationOf(error)}`;
    return { status: 'absent', reason };
  }
};
