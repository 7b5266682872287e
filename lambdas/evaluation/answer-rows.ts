import { Internal } from '../kernel/errors';
import { type ChampionAnswers, type ChampionResponse, MAX_ANSWERS_BYTES, type SandboxRequest } from './contract';
import { packPredictions } from './domain/packed-predictions';
import { SeenRows } from './domain/seen-rows';
import { judgeOnData, readyModel } from './judge-on-data';
import { saveGraph } from './load-model';
import { measureLatency } from './measure-latency';
import type { ModelProcess } from './ports';
import { openEvaluationData } from './read-evaluation-data';
import { limitsFor, type RunCandidatePorts, shortfallOf } from './run-candidate';

type Champion = Extract<SandboxRequest['champion'], { status: 'present' }>;

const answersOf = async (
  process: ModelProcess,
  { runnable }: Champion,
  request: SandboxRequest,
  ports: RunCandidatePorts,
): Promise<ChampionAnswers> => {
  const { data } = request;
  if (data.kind === 'none') throw new Internal('a champion is asked for answers without rows');
  const [graph, rows] = await Promise.all([
    saveGraph(runnable, ports.files, 'champion'),
    openEvaluationData(data, request, ports),
  ]);
  const model = readyModel(process, runnable, await process.load(graph));
  const seen = new SeenRows();
  const watched: typeof rows = {
    read: (take) =>
      rows.read((part) => {
        seen.add(part);
        return take(part);
      }),
  };
  const { judged, sample } = await judgeOnData(model, watched, data.declaration);
  const { batch1, roundTrip } = await measureLatency(model, sample.inputs, sample.rows);
  return {
    rows: seen.rows,
    rowsSha256: seen.digest(),
    ...packPredictions(judged.predictions, MAX_ANSWERS_BYTES),
    latencyMsPerRow: batch1.p50,
    ...(roundTrip && { roundTrip }),
  };
};

/** What the champion says to the rows by which a candidate is judged that runs elsewhere. */
export const answerRows = async (request: SandboxRequest, ports: RunCandidatePorts): Promise<ChampionResponse> => {
  const { champion } = request;
  if (champion.status !== 'present') throw new Internal('there is no champion to be asked');
  const process = ports.openModel(champion.runnable, limitsFor(request, ports));
  try {
    return { status: 'answered', answers: await answersOf(process, champion, request, ports) };
  } catch (error) {
    return shortfallOf(error);
  } finally {
    process.close();
  }
};
