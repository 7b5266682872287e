import { createHash } from 'node:crypto';
import * as z from 'zod';
import { datasetDigestSchema, datasetSchema, type TrainingRun } from '../../registry/contract';
import { type DatasetInput, datasetInputSchema } from './entries';
import type { RunView } from './shapes';

type Dataset = TrainingRun['datasets'][number];

/** Contexts, in capital letters or not, of data that a run judges a model by. All other data it was trained on. */
const NOT_TRAINING: ReadonlySet<string> = new Set([
  'eval',
  'evaluation',
  'test',
  'testing',
  'val',
  'valid',
  'validation',
  'holdout',
]);

const [MAX_NAME, MAX_URI, MAX_REPO, MAX_COMMIT] = [128, 1024, 512, 64] as const;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Names are longer in MLflow than in lineage; the same name is shortened to the same one. */
const nameOf = (name: string): string =>
  name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME - 17)}~${hash(name)}`;

const digestOf = (digest: string): string =>
  datasetDigestSchema.safeParse(digest).success ? digest : `x${hash(digest)}`;

/** What goes on record stays there: no passwords, and no signatures of links. */
const withoutSecrets = (uri: string): string => {
  const open = uri.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
  return /^https?:/i.test(open) ? open.replace(/[?#].*$/s, '') : open;
};

const textSchema = z.string().min(1).optional().catch(undefined);
const sourceSchema = z.object({ uri: textSchema, url: textSchema, path: textSchema, delta_table_name: textSchema });
const profileSchema = z.object({ num_rows: z.number().int().nonnegative() });

const parsed = <S extends z.ZodType>(json: string | undefined, schema: S): z.output<S> | undefined => {
  try {
    return schema.safeParse(JSON.parse(json ?? '')).data;
  } catch {
    return undefined;
  }
};

const uriOf = (source: string): string | undefined => {
  const { uri, url, path, delta_table_name } = parsed(source, sourceSchema) ?? {};
  const found = uri ?? url ?? path ?? delta_table_name;
  const open = found && withoutSecrets(found);
  return open !== undefined && open.length <= MAX_URI ? open : undefined;
};

const isTraining = ({ tags }: DatasetInput): boolean => {
  const context = tags.find(({ key }) => key === 'mlflow.data.context')?.value ?? '';
  return !NOT_TRAINING.has(context.trim().toLowerCase());
};

const datasetOf = ({ dataset }: DatasetInput): Dataset => {
  const uri = uriOf(dataset.source);
  const rows = parsed(dataset.profile, profileSchema)?.num_rows;
  return datasetSchema.parse({
    name: nameOf(dataset.name),
    digest: digestOf(dataset.digest),
    ...(uri === undefined ? {} : { uri }),
    ...(rows === undefined ? {} : { rows }),
  });
};

/** Of MLflow's tags: the repository or, where there is none, what was run; and the commit. */
const codeOf = (tags: RunView['tags']): TrainingRun['code'] => {
  const repo = tags['mlflow.source.git.repoURL'] || tags['mlflow.source.name'];
  const commit = tags['mlflow.source.git.commit'];
  if (!repo) return undefined;
  const named = withoutSecrets(repo).slice(0, MAX_REPO);
  return { repo: named, ...(commit && commit.length <= MAX_COMMIT ? { commit } : {}) };
};

/** What a run says of the training of the model that it made. */
export const trainingRunOf = ({ info, tags, inputs }: RunView): TrainingRun => {
  const logged = inputs.flatMap((input) => datasetInputSchema.safeParse(input).data ?? []).filter(isTraining);
  const datasets = logged.map(datasetOf).sort((a, b) => (`${a.name}@${a.digest}` < `${b.name}@${b.digest}` ? -1 : 1));
  const code = codeOf(tags);
  return { id: info.runId, datasets, ...(code === undefined ? {} : { code }) };
};
