import { digest } from './present';

interface Dataset {
  readonly name: string;
  readonly sha256?: string | undefined;
  readonly digest?: string | undefined;
}

/** What a version was made from, as the API tells it. */
export interface Lineage {
  readonly datasets: readonly Dataset[];
  readonly code?: { readonly repo: string; readonly commit?: string | undefined } | undefined;
  readonly parent?: number | undefined;
  readonly championReplaced?: number | undefined;
  readonly run?: string | undefined;
  readonly copiedFrom?: { readonly model: string; readonly version: number } | undefined;
}

export const datasetText = ({ name, sha256, digest: other }: Dataset): string => {
  if (sha256 !== undefined) return `${name}@${digest(sha256)}`;
  return other === undefined ? `${name} (no digest)` : `${name}@${other}`;
};

export const codeText = ({ code }: Pick<Lineage, 'code'>): string =>
  code ? `${code.repo}${code.commit ? ` at ${code.commit}` : ''}` : '–';

/** What a version was made from, in rows of what is known. */
export const lineageRows = (lineage: Lineage): Array<[string, string]> => {
  const { datasets, code, parent, run, copiedFrom, championReplaced } = lineage;
  return [
    ...(datasets.length > 0 ? [['datasets', datasets.map(datasetText).join(', ')] as [string, string]] : []),
    ...(code ? [['code', codeText(lineage)] as [string, string]] : []),
    ...(run === undefined ? [] : [['run', run] as [string, string]]),
    ...(parent === undefined ? [] : [['made from', `version ${parent}`] as [string, string]]),
    ...(copiedFrom ? [['copied from', `${copiedFrom.model} version ${copiedFrom.version}`] as [string, string]] : []),
    ...(championReplaced === undefined ? [] : [['replaced', `version ${championReplaced}`] as [string, string]]),
  ];
};
