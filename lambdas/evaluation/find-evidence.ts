import { type ChampionTask, compareChampion } from './compare-champion';
import {
  type Background,
  type ChampionReport,
  type DataDeclaration,
  type EvaluationData,
  type LabelledEvidence,
  type Latency,
  MAX_BACKGROUND_BYTES,
} from './contract';
import { backgroundOf } from './domain/background-of';
import { baselineOf, lossBaselineOf } from './domain/baseline-of';
import { ClusterRows } from './domain/cluster-rows';
import type { GroupedRows } from './domain/groups-of';
import { type Judged, lossCapOf, lossesOf } from './domain/judged-rows';
import { calibrationOf, metricsOf } from './domain/metrics-of';
import { seedOf } from './domain/seeded-random';
import { TimeSpans } from './domain/time-span';
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

/** What the columns that mark rows say: which are not independent, and when they were seen. */
const readMarks = (rows: EvaluationRows, { group, time }: DataDeclaration) => {
  const ofGroup = group === undefined ? undefined : new ClusterRows(group);
  const ofTime = time === undefined ? undefined : new TimeSpans(time);
  const read: EvaluationRows['read'] = (take) =>
    rows.read((part) => {
      ofGroup?.add(part);
      ofTime?.add(part);
      return take(part);
    });
  const build = () => ({ grouped: ofGroup?.build(), time: ofTime?.build() });
  return { rows: { read }, build };
};

/** Everything that labelled data say about a candidate. @throws CandidateRejected */
export const findEvidence = async (model: ReadyModel, task: LabelledTask): Promise<LabelledFindings> => {
  const { data, rows, champion } = task;
  const { declaration, source } = data;
  const { runnable, process } = model;
  const marks = readMarks(rows, declaration);
  const judgement = await judgeOnData(model, marks.rows, declaration);
  const { grouped, time } = marks.build();
  const { judged, table, plan, sample } = judgement;
  const latency = await measureLatency(model, sample.inputs, sample.rows);
  const seed = seedOf(runnable.rootDigest);
  const importance = await measureImportance({ ...judgement, ...sample, seed }, judgement.options);
  // Nothing else of the candidate is to run while the champion does.
  process.close();
  const cap = capOf(judged, champion);
  const losses = lossesOf(judged, runnable.manifest, cap);
  const grouping: GroupedRows = { judged, losses, clusters: grouped?.clusters };
  const bins = calibrationOf(judged);
  const metrics = metricsOf(judged, bins);
  const columns = plan.columns.map(({ name }) => name);
  const rival: ChampionReport =
    champion.status === 'present'
      ? await compareChampion(champion, { model, metrics, cap, table, ...grouping }, rows, declaration)
      : champion;
  const evidence: LabelledEvidence = {
    evidence: 'labelled',
    data: {
      ...{ ...source, rows: table.rows },
      ...(rows.sample && { sample: { ...rows.sample } }),
      ...(grouped && { clustering: grouped.told }),
      ...(time && { time }),
    },
    metrics,
    ...allGroups(table, declaration, grouping),
    segments: allSegments(table, declaration, grouping),
    ...(bins && { calibration: { bins } }),
    importance,
    baseline: baselineOf(judged, lossBaselineOf(judged, losses, cap), sample.table, columns),
    champion: rival,
  };
  const background = backgroundOf(judgement.background, columns, MAX_BACKGROUND_BYTES);
  return { evidence, latency, ...(background === undefined ? {} : { background }) };
};
