import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import type { Command } from 'commander';
import { modelNameSchema, type Rejection } from '../../lambdas/registry/contract';
import type { Api } from '../api';
import { contextOf } from '../context';
import { Failure } from '../failure';

interface LocalFile {
  readonly path: string;
  readonly source: string;
  readonly size: number;
  readonly sha256: string;
}

interface Slot {
  readonly slot: string;
  readonly files: ReadonlyArray<{ readonly path: string; readonly url: string }>;
}

interface SlotStatus {
  readonly status: 'WAITING' | 'REGISTERED' | 'REJECTED' | 'DUPLICATE';
  readonly version?: number;
  readonly rejection?: Rejection;
}

const POLL_MS = 250;

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
};

/** Such as .git, which may lie in the model's folder. */
const isHidden = (part: string): boolean => part.startsWith('.');

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).split(sep).some(isHidden));

/** A folder's files by their paths within it, or the one file. */
const collect = async (path: string): Promise<LocalFile[]> => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new Failure(`there is no file or folder ${path}`, 2);
  const sources = stat.isDirectory() ? filesBelow(path) : [path];
  if (sources.length === 0) throw new Failure(`the folder ${path} is empty`, 2);
  const describe = async (source: string): Promise<LocalFile> => ({
    path: stat.isDirectory() ? relative(path, source).split(sep).join('/') : basename(source),
    source,
    size: statSync(source).size,
    sha256: await sha256Of(source),
  });
  return Promise.all(sources.map(describe));
};

const send = async (files: readonly LocalFile[], slot: Slot): Promise<void> => {
  const urls = new Map(slot.files.map((file) => [file.path, file.url]));
  for (const file of files) {
    const url = urls.get(file.path);
    if (!url) throw new Failure(`the platform gave no place for ${file.path}`);
    const response = await fetch(url, { method: 'PUT', body: new Uint8Array(readFileSync(file.source)) });
    if (!response.ok)
      throw new Failure(`${file.path} was not taken: HTTP ${response.status} ${(await response.text()).slice(0, 200)}`);
  }
};

const settled = async (api: Api, slot: string, timeoutMs: number): Promise<SlotStatus> => {
  for (const end = Date.now() + timeoutMs; Date.now() < end; ) {
    const status = await api.get<SlotStatus>(`/api/v1/uploads/${slot}`);
    if (status.status !== 'WAITING') return status;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { status: 'WAITING' };
};

const report = (model: string, outcome: SlotStatus): string => {
  if (outcome.status === 'REGISTERED')
    return `${model} version ${outcome.version} is registered; contender show ${model} ${outcome.version} follows it`;
  if (outcome.status === 'DUPLICATE')
    return `these bytes are ${model} version ${outcome.version} already; nothing new was registered`;
  return `uploaded, not registered yet; contender versions ${model} will show it`;
};

export const addPushCommand = (program: Command): void => {
  program
    .command('push')
    .description(
      'upload a model: an .onnx file, a folder with contender.yaml or MLmodel, the model and its evaluation data, or a .tar.gz or .zip of either',
    )
    .argument('<model>', 'name of the model')
    .argument('<path>', 'file or folder')
    .option('--timeout <seconds>', 'how long to wait for the registration', '60')
    .action(async (model: string, path: string, options: { timeout: string }, command: Command) => {
      if (!modelNameSchema.safeParse(model).success)
        throw new Failure(`${model} is no model name: 1 to 63 letters, digits, dots, dashes or underscores`, 2);
      const files = await collect(path);
      const { api, print } = await contextOf(command, 'data-scientist');
      const described = files.map(({ path: name, size, sha256 }) => ({ path: name, size, sha256 }));
      const slot = await api.post<Slot>(`/api/v1/models/${model}/uploads`, { files: described });
      await send(files, slot);
      const outcome = await settled(api, slot.slot, Number(options.timeout) * 1000);
      if (outcome.status === 'REJECTED')
        throw new Failure(
          `version ${outcome.version} of ${model} was rejected: ${outcome.rejection?.message ?? 'no reason was recorded'}`,
        );
      print({ model, slot: slot.slot, ...outcome }, () => report(model, outcome));
    });
};
