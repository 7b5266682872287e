import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../local/child-process';
import { LocalFailure } from '../../local/failure';
import type { Progress } from '../../local/progress';
import { pythonFor, requirementsOf } from './environments';
import { MADE, SOURCES } from './places';

/** What train.py makes. */
export const MODEL_NAMES = ['logistic', 'boosted', 'forest', 'network'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** Rows and the answers that scikit-learn itself gives for them. */
export interface Golden {
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly probabilities: readonly (readonly number[])[];
}

export interface Model {
  readonly name: ModelName;
  readonly folder: string;
  readonly file: string;
  readonly golden: Golden;
}

const FOLDER = join(MADE, 'models');

const train = async (progress: Progress): Promise<void> => {
  const script = join(SOURCES, 'train.py');
  const sources = [script, requirementsOf('training')].map((file) => readFileSync(file, 'utf8')).join('\0');
  const digest = createHash('sha256').update(sources).digest('hex');
  const stamp = join(FOLDER, '.trained');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  const python = await pythonFor('training', progress);
  mkdirSync(FOLDER, { recursive: true });
  const ended = await progress.step('training the models', () => run({ command: python, args: [script, FOLDER] }));
  if (ended.code !== 0)
    throw new LocalFailure(`bench/scoring/train.py failed: ${ended.printed.trim().split('\n').at(-1)}`);
  writeFileSync(stamp, digest);
};

/** The models of these names, trained when train.py or what it needs has changed. @throws LocalFailure */
export const trainedModels = async (names: readonly ModelName[], progress: Progress): Promise<readonly Model[]> => {
  await train(progress);
  return names.map((name) => {
    const folder = join(FOLDER, name);
    const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Golden;
    return { name, folder, file: join(folder, 'model.onnx'), golden };
  });
};
