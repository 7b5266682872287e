import { type ChampionTask, compareChampion } from './compare-champion';
import {
  type Background,
  type Calibration,
  type ChampionReport,
  type EvaluationData,
  type LabelledEvidence,
  type Latency,
  MAX_BACKGROUND_BYTES,
} from './contract';
import { backgroundOf } from './domain/background-of';
import { baselineOf, lossBaselineOf } from './domain/baseline-of';
import { type Judged, lossCapOf, lossesOf } from './domain/judged-rows';
import { calibrationBins } from './domain/metrics/calibration';
import { believed, metricsOf } from './domain/metrics-of';
import { seedOf } from './domain/seeded-random';
import { allGroups, allSegments, judgeOnData, type ReadyModel } from './judge-on-data';
import { measureImportance } from './measure-importance';
import { measureLatency } from './measure-latency';
import type { EvaluationRows } from './ports';

export interface LabelledTask {
  readonly data: Extract<EvaluationData, { kind: 'file' }>;
  readonly rows: EvaluationRows;
  readonly champion:
    | ({ readonly status: 'present'; readonly lossCap?: number } & ChampionTask)
    | { readonly status: 'absent'; readonly reason: string };
}

export interface LabelledFindings {
  readonly evidence: LabelledEvidence;
  readonly latency: Omit<Latency, 'loadMs'>;
  readonly background?: Background;
}

/** The model's cap was set by its first version; until there is a champion, each version sets its own. */
const capOf = (judged: Judged, champion: LabelledTask['champion']): number | undefined => {
  if (judged.kind === 'classes') return undefined;
  return (champion.status === 'present' ? champion.lossCap : undefined) ?? lossCapOf(judged);
};

const calibrationOf = (judged: Judged): { calibration?: Calibration } => {
  const told = judged.kind === 'classes' ? believed(judged) : undefined;
  return told === undefined ? {} : { calibration: { bins: calibrationBins(told.scores, told.came) } };
};

/** Everything that labelled data say about a candidate. @throws CandidateRejected */
export const findEvidence = async (model: ReadyModel, task: LabelledTask): Promise<LabelledFindings> => {
  const { data, rows, champion } = task;
  const { declaration, source } = data;
  const { runnable, process, fixedRows } = model;
  const judgement = await judgeOnData(model, rows, declaration);
  const { judged, table, plan, sample } = judgement;
  const latency = await measureLatency(process, sample.inputs, sample.rows, fixedRows);
  const seed = seedOf(runnable.rootDigest);
  const importance = await measureImportance({ ...judgement, ...sample, seed }, judgement.options);
  // Nothing else of the candidate is to run while the champion does.
  process.close();
  const cap = capOf(judged, champion);
  const losses = lossesOf(judged, runnable.manifest, cap);
  const metrics = metricsOf(judged);
  const columns = plan.columns.map(({ name }) => name);
  const rival: ChampionReport =
    champion.status === 'present'
      ? await compareChampion(champion, { model, metrics, cap, judged, losses }, rows, declaration)
      : champion;
  const evidence: LabelledEvidence = {
    evidence: 'labelled',
    data: { ...source, rows: table.rows },
    metrics,
    ...allGroups(table, declaration, judged, losses),
    segments: allSegments(table, declaration, judged),
    ...calibrationOf(judged),
    importance,
    baseline: baselineOf(judged, lossBaselineOf(judged, losses, cap), sample.table, columns),
    champion: rival,
  };
  const background = backgroundOf(judgement.background, columns, MAX_BACKGROUND_BYTES);
  return { evidence, latency, ...(background === undefined ? {} : { background }) };
};
