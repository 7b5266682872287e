import { UpstreamFailed } from '../kernel/errors';
import type { ChampionResponse, Runnable, SandboxRequest, SandboxResponse } from './contract';
import type { Sandbox } from './ports';

/** Where versions run: graphs where nothing is allowed, endpoints where nothing but calling them is. */
export interface Places {
  readonly sandbox: Sandbox;
  /** Undefined in a deployment without SageMaker. */
  readonly endpoints: Sandbox | undefined;
  /** Milliseconds that a version may take when so many are still to run, one after the other. */
  readonly timeMs: (versions: number) => number;
}

export const NO_ENDPOINTS =
  'it is hosted on SageMaker, where this deployment may call nothing; have the platform deployed with sagemaker.enabled';

const placeOf = ({ runtime }: Runnable, { sandbox, endpoints }: Places): Sandbox | undefined =>
  runtime.kind === 'onnx' ? sandbox : endpoints;

type Champion = SandboxRequest['champion'];
type Present = Extract<Champion, { status: 'present' }>;

const championBy = (response: ChampionResponse, { runnable, lossCap }: Present): Champion => {
  switch (response.status) {
    case 'answered':
      return {
        status: 'answered',
        runnable,
        answers: response.answers,
        ...(lossCap === undefined ? {} : { lossCap }),
      };
    case 'rejected': {
      const { message } = response.rejection;
      return {
        status: 'absent',
        reason: `the champion, version ${runnable.version}, could not be run on these data: ${message}`,
      };
    }
    case 'failed':
      throw new UpstreamFailed(`the champion, version ${runnable.version}, could not be asked: ${response.reason}`);
  }
};

/**
 * The champion of a candidate that runs elsewhere answers there first, and its answers go with the request: no function that
 * runs a graph can call anything, and none that can call runs a graph.
 */
const championAside = async (request: SandboxRequest, places: Places): Promise<Champion> => {
  const { candidate, champion } = request;
  if (champion.status !== 'present' || champion.runnable.runtime.kind === candidate.runtime.kind) return champion;
  const place = placeOf(champion.runnable, places);
  if (place === undefined) {
    const { version } = champion.runnable;
    return { status: 'absent', reason: `the champion, version ${version}, was not run: ${NO_ENDPOINTS}` };
  }
  return championBy(await place.answer({ ...request, timeMs: places.timeMs(2) }), champion);
};

/** Runs a candidate and the champion, each where versions of its kind run. @throws Throttled, UpstreamFailed */
export const runBoth = async (request: SandboxRequest, places: Places): Promise<SandboxResponse> => {
  const place = placeOf(request.candidate, places);
  if (place === undefined) throw new UpstreamFailed(`the candidate was not run: ${NO_ENDPOINTS}`);
  const champion = await championAside(request, places);
  const timed = champion.status === 'answered' ? { timeMs: places.timeMs(1) } : {};
  return place.run({ ...request, champion, ...timed });
};
