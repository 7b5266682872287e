import { invalid } from './refusal';
import type { RunView } from './shapes';

type Key = (run: RunView) => string | number | undefined;

const attributeKeys: Readonly<Record<string, Key>> = {
  start_time: ({ info }) => info.startedAt,
  end_time: ({ info }) => info.endedAt,
  status: ({ info }) => info.status,
  run_name: ({ info }) => info.name,
  run_id: ({ info }) => info.runId,
};

const keyOf = (text: string): Key => {
  const [, kind = '', name = ''] = /^(metrics?|params?|tags?|attributes?|attr)\.[`"]?(.+?)[`"]?$/i.exec(text) ?? [];
  switch (kind.toLowerCase().replace(/s$/, '')) {
    case 'metric':
      return ({ metrics }) => {
        const found = metrics.find(({ key }) => key === name);
        return found && Number(found.value);
      };
    case 'param':
      return ({ params }) => params[name];
    case 'tag':
      return ({ tags }) => tags[name];
    default: {
      const attribute = attributeKeys[(name || text).toLowerCase()];
      if (attribute === undefined)
        throw invalid(
          `runs cannot be ordered by ${text}; by ${Object.keys(attributeKeys).join(', ')}, metrics.<key>, params.<key>, tags.<key>`,
        );
      return attribute;
    }
  }
};

/** Runs that lack the key come last, whatever the direction. */
const compareBy =
  (key: Key, direction: 1 | -1) =>
  (a: RunView, b: RunView): number => {
    const [ofA, ofB] = [key(a), key(b)];
    if (ofA === undefined || ofB === undefined) return Number(ofA === undefined) - Number(ofB === undefined);
    return direction * (ofA < ofB ? -1 : Number(ofA > ofB));
  };

/** By what is asked, then the newest first, as MLflow does. @throws Refusal for what runs cannot be ordered by */
export const sortRuns = (runs: readonly RunView[], orderBy: readonly string[]): RunView[] => {
  const comparers = [...orderBy, 'start_time DESC', 'run_id'].map((text) => {
    const [, name = '', direction = 'ASC'] = /^(.*?)(?:\s+(ASC|DESC))?$/i.exec(text.trim()) ?? [];
    return compareBy(keyOf(name), direction.toUpperCase() === 'DESC' ? -1 : 1);
  });
  return [...runs].sort((a, b) => comparers.reduce((found, compare) => found || compare(a, b), 0));
};
