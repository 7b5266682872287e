import type { ChampionReport, DataDeclaration, Runnable } from './contract';
import { CandidateRejected } from './domain/candidate-rejected';
import { comparePairs } from './domain/compare-pairs';
import type { GroupedRows } from './domain/groups-of';
import { lossesOf } from './domain/judged-rows';
import { differenceOf, type Metrics, metricsOf } from './domain/metrics-of';
import { allGroups, explanationOf, judgeOnData, type ReadyModel, readyModel } from './judge-on-data';
import { measureLatency } from './measure-latency';
import type { EvaluationRows, ModelProcess } from './ports';

export interface ChampionTask {
  readonly runnable: Runnable;
  /** Opens its process; the graph lies at `path`. */
  readonly open: () => ModelProcess;
  readonly path: string;
}

/** What the candidate did on the same rows. */
export interface CandidateSide extends GroupedRows {
  readonly model: ReadyModel;
  readonly metrics: Metrics;
  /** For numbers; shared by both sides. */
  readonly cap: number | undefined;
}

const positiveName = ({ reading }: ReadyModel): string | undefined =>
  reading.task === 'binary-classification'
    ? (reading.classes?.[reading.positive] ?? String(reading.positive))
    : undefined;

const checkComparable = (champion: ReadyModel, candidate: ReadyModel): void => {
  if (champion.reading.task === candidate.reading.task && positiveName(champion) === positiveName(candidate)) return;
  throw new CandidateRejected('signature-mismatch', 'it answers another question: its task or positive class differs');
};

const judgeChampion = async (
  process: ModelProcess,
  task: ChampionTask,
  candidate: CandidateSide,
  rows: EvaluationRows,
  declaration: DataDeclaration,
): Promise<ChampionReport> => {
  const { runnable } = task;
  const model = readyModel(process, runnable, await process.load(task.path));
  checkComparable(model, candidate.model);
  const { judged, table, sample } = await judgeOnData(model, rows, declaration);
  const latency = await measureLatency(process, sample.inputs, sample.rows, model.fixedRows);
  process.close();
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
    groups: allGroups(table, declaration, { judged, losses, clusters }).groups,
    meanLoss: Math.min(1, losses.reduce((sum, value) => sum + value, 0) / Math.max(1, losses.length)),
    latencyMsPerRow: latency.batch1.p50,
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
  const process = task.open();
  try {
    return await judgeChampion(process, task, candidate, rows, declaration);
  } catch (error) {
    const reason = `the champion, version ${task.runnable.version}, could not be run on these data: ${explanationOf(error)}`;
    return { status: 'absent', reason };
  } finally {
    process.close();
  }
};
