import autocannon from 'autocannon';
import { quantile } from '../quantiles';
import { type RunningServer, ServerFailed } from './running-server';

export interface Load {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** How many answers were compared with the golden ones. */
  readonly compared: number;
  /** Share of a core that the generator itself took: near 1, it was the bottleneck. */
  readonly generator: number;
  /** How long it lasted, from the first answer to the last, and how many answers came. */
  readonly ms: number;
  readonly answers: number;
}

/** A request as autocannon sends it. */
export interface Shot {
  readonly body: string | Buffer;
  readonly headers: Record<string, string>;
  /** Whether this answer is right; not every request needs one, as looking costs the generator time. */
  readonly isRight?: (text: string) => boolean;
}

/** One answer in so many is compared. */
const COMPARE_EVERY = 16;
/** How soon after its time the generator stops, in milliseconds. */
const STOP_EVERY_MS = 50;

/** The golden rows in turn, so that no server can answer from memory. */
export const goldenShots = ({ server: { protocol }, model: { golden } }: RunningServer): readonly Shot[] =>
  golden.rows.map((question, row) => ({
    body: JSON.stringify(protocol.question(question)),
    headers: { 'content-type': 'application/json' },
    ...(row % COMPARE_EVERY === 0
      ? { isRight: (text: string) => protocol.isRight(JSON.parse(text), golden, row) }
      : {}),
  }));

export interface Burst {
  readonly connections: number;
  readonly seconds: number;
}

const shoot = (options: autocannon.Options, onAnswer: (ms: number) => void): Promise<autocannon.Result> =>
  new Promise((resolve, reject) => {
    autocannon(options, (error, result) => (error ? reject(error) : resolve(result))).on(
      'response',
      (_client, _status, _bytes, ms) => onAnswer(ms),
    );
  });

/**
 * Sends as fast as answers come, one request at a time on each connection.
 * @throws ServerFailed unless every answer is 2xx and all that were compared are right
 */
export const fire = async (running: RunningServer, shots: readonly Shot[], burst: Burst): Promise<Load> => {
  const times: number[] = [];
  let compared = 0;
  let wrong: string | undefined;
  const requests = shots.map(({ body, headers, isRight }) => ({
    method: 'POST' as const,
    path: running.server.protocol.path(running.model.name),
    headers,
    body,
    ...(isRight && {
      onResponse: (_status: number, text: string) => {
        compared++;
        if (!isRight(text)) wrong ??= text;
      },
    }),
  }));
  let firstAt = 0;
  let cpuBefore = process.cpuUsage();
  let lastAt = 0;
  const { non2xx, errors, timeouts } = await shoot(
    {
      url: running.url,
      connections: burst.connections,
      duration: burst.seconds,
      // Not in its types: how often it looks whether its time is over.
      ...{ sampleInt: STOP_EVERY_MS },
      requests,
    },
    (ms) => {
      lastAt = performance.now();
      if (times.push(ms * 1000) > 1) return;
      // Neither building the requests nor connecting counts.
      firstAt = lastAt;
      cpuBefore = process.cpuUsage();
    },
  );
  if (non2xx + errors + timeouts > 0 || times.length === 0)
    throw new ServerFailed(`${non2xx} answers not 2xx, ${errors} errors, ${timeouts} timeouts of ${times.length}`);
  if (wrong !== undefined) throw new ServerFailed(`a wrong answer under load: ${wrong.slice(0, 300)}`);
  const { user, system } = process.cpuUsage(cpuBefore);
  const ms = lastAt - firstAt;
  return {
    perSecond: ((times.length - 1) / ms) * 1000,
    p50Us: quantile(times, 0.5),
    p99Us: quantile(times, 0.99),
    compared,
    generator: (user + system) / 1000 / ms,
    ms,
    answers: times.length,
  };
};
