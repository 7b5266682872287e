import { fork } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleOf } from '../../lib/bundle';
import { assembleOnnxRuntime } from '../../lib/scoring/onnx-runtime-files';
import { childPath } from './children';
import type { Cores } from './cores';
import type { LambdaCold, LambdaWarm } from './lambda-handler.child';
import { LambdaWorld } from './lambda-world';
import type { Model } from './models';
import { ServerFailed } from './running-server';

/** The scoring function's package, in bytes before compression. */
export interface PackageSize {
  readonly codeBytes: number;
  /** ONNX Runtime, a layer of its own. */
  readonly layerBytes: number;
}

export interface LambdaTimes {
  /** From the start of a fresh Node process to the function's first answer. */
  readonly coldStartMs: number;
  /** What the handler takes beyond the session's own run, in microseconds. */
  readonly overheadUs: number;
}

interface Package extends PackageSize {
  readonly code: string;
  readonly layer: string;
}

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

/** The bundle as `cdk deploy` uploads it, away from this project's node_modules so that only the layer has the runtime. */
export const lambdaPackage = (): Package & { remove(): void } => {
  const code = mkdtempSync(join(tmpdir(), 'contender-bench-lambda-'));
  cpSync(bundleOf('scoring/infer', ['scoring/score-shadow.child']), code, { recursive: true });
  const { folder: layer } = assembleOnnxRuntime(process.arch === 'arm64' ? 'arm64' : 'x86_64');
  const remove = () => rmSync(code, { recursive: true, force: true });
  return { code, layer, codeBytes: bytesIn(code), layerBytes: bytesIn(layer), remove };
};

interface Run {
  readonly pack: Package;
  readonly model: Model;
  readonly cores: Cores;
  /** How long the warm handler is called, in seconds. */
  readonly seconds: number;
}

const timesIn = (world: LambdaWorld, { pack, model, cores, seconds }: Run): Promise<LambdaTimes> =>
  new Promise((resolve, reject) => {
    const { command, args } = cores.onServerCore({ command: process.execPath, args: [] });
    const startedAt = performance.now();
    const child = fork(childPath('lambda-handler'), [join(pack.code, 'index.js'), model.folder, String(seconds)], {
      env: { PATH: process.env.PATH, NODE_PATH: join(pack.layer, 'nodejs/node_modules'), ...world.env },
      execPath: command,
      execArgv: [...args],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let coldStartMs = Number.NaN;
    child.on('message', (message: LambdaCold | LambdaWarm) => {
      if ('handlerUs' in message) return resolve({ coldStartMs, overheadUs: message.handlerUs - message.rawUs });
      coldStartMs = performance.now() - startedAt;
      if (message.complaint) reject(new ServerFailed(`answered ${message.complaint}`));
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new ServerFailed(`its process ended with ${code}`)));
  });

/** A cold start of the scoring function, and what its handler takes when warm. @throws ServerFailed */
export const lambdaTimes = async (run: Run): Promise<LambdaTimes> => {
  const world = await LambdaWorld.serving(run.model);
  try {
    return await timesIn(world, run);
  } finally {
    await world.stop();
  }
};
