import { invalid } from './refusal';
import type { RunView } from './shapes';
import type { Direction } from './sort-key';

/** What runs are ordered by. */
export interface RunOrder {
  readonly kind: 'metric' | 'param' | 'tag' | 'attribute';
  readonly key: string;
  readonly direction: Direction;
}

const ATTRIBUTES: Readonly<Record<string, (run: RunView) => string | number | undefined>> = {
  start_time: ({ info }) => info.startedAt,
  end_time: ({ info }) => info.endedAt,
  status: ({ info }) => info.status,
  artifact_uri: ({ info }) => info.artifactUri,
  user_id: ({ info }) => info.userId,
  run_name: ({ info }) => info.name,
  run_id: ({ info }) => info.runId,
};

/** As MLflow's own pages call them. */
const ALSO_CALLED: Readonly<Record<string, string>> = { created: 'start_time', 'run name': 'run_name' };

const KINDS: Readonly<Record<string, RunOrder['kind']>> = {
  metric: 'metric',
  param: 'param',
  parameter: 'param',
  tag: 'tag',
};

const orderOf = (text: string): RunOrder => {
  const asked = text.trim();
  const given = /\s(ASC|DESC)$/i.exec(asked)?.[1];
  const name = asked.slice(0, asked.length - (given?.length ?? 0)).trim();
  const direction = given?.toUpperCase() === 'DESC' ? -1 : 1;
  const [, type = '', rest = ''] =
    /^(metrics?|param(?:eter)?s?|tags?|attributes?|attr|run)\.[`"]?(.+?)[`"]?$/is.exec(name) ?? [];
  const kind = KINDS[type.toLowerCase().replace(/s$/, '')];
  if (kind !== undefined) return { kind, key: rest, direction };
  const bare = (rest || name.replace(/^[`"]|[`"]$/g, '')).toLowerCase();
  const key = ALSO_CALLED[bare] ?? bare;
  if (Object.hasOwn(ATTRIBUTES, key)) return { kind: 'attribute', key, direction };
  throw invalid(
    `runs cannot be ordered by ${text.slice(0, 200)}; by ${Object.keys(ATTRIBUTES).join(', ')}, metrics.<key>, params.<key>, tags.<key>`,
  );
};

/** Orders as asked for, and then the newest first, as MLflow does. @throws Refusal for what runs cannot be ordered by */
export const runOrders = (orderBy: readonly string[]): RunOrder[] => {
  const asked = orderBy.map(orderOf);
  const isTimed = asked.some(({ kind, key }) => kind === 'attribute' && key === 'start_time');
  return isTimed ? asked : [...asked, { kind: 'attribute', key: 'start_time', direction: -1 }];
};

/** What a run has to say to an order; undefined where it lacks it. */
export const orderedBy = (run: RunView, { kind, key }: RunOrder): string | number | undefined => {
  switch (kind) {
    case 'metric': {
      const found = run.metrics.find((metric) => metric.key === key);
      return found && Number(found.value);
    }
    case 'param':
      return Object.hasOwn(run.params, key) ? run.params[key] : undefined;
    case 'tag':
      return Object.hasOwn(run.tags, key) ? run.tags[key] : undefined;
    case 'attribute':
      return ATTRIBUTES[key]?.(run);
  }
};
