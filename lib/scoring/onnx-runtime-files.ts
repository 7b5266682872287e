import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ContenderConfig } from '../config';

const OUT = resolve(__dirname, '../../cdk.out/.layers');
const MODULES = join('nodejs', 'node_modules');

/** Needed at run time: no sources, maps or types, and no other platform's binaries (288 MB in all). */
const wanted = (platform: string) => (file: string) =>
  file === 'package.json' ||
  // The nested package.json tells Node that these are CommonJS.
  /^dist\/(?!esm\/)(.*\/)?([\w-]+\.js|package\.json)$/.test(file) ||
  (file.startsWith(`bin/napi-v6/${platform}/`) && /(\.node|libonnxruntime\.so[.\d]*)$/.test(file));

const packageFolder = (name: string): string => dirname(dirname(require.resolve(name))).replace(/\/dist$/, '');

interface LayerFile {
  readonly source: string;
  readonly target: string;
}

const filesOf = (name: string, platform: string): readonly LayerFile[] => {
  const folder = packageFolder(name);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(wanted(platform))
    .sort()
    .map((file) => ({ source: join(folder, file), target: join(MODULES, name, file) }));
};

/**
 * The folder that the layer is made of. Copies what is missing; the folder's name is a hash of what it holds, so a present file
 * is the right one.
 */
export const assembleOnnxRuntime = (
  architecture: ContenderConfig['architecture'],
): { readonly folder: string; readonly hash: string } => {
  const platform = `linux/${architecture === 'arm64' ? 'arm64' : 'x64'}`;
  const files = ['onnxruntime-node', 'onnxruntime-common'].flatMap((name) => filesOf(name, platform));
  if (!files.some(({ source }) => source.endsWith('.node'))) {
    throw new Error(`node_modules/onnxruntime-node holds no binaries for ${platform}; run npm ci`);
  }
  const listing = files.map(({ source, target }) => `${target} ${statSync(source).size}`).join('\n');
  const { version } = require('onnxruntime-node/package.json') as { version: string };
  const hash = createHash('sha256').update(`${version}\n${listing}`).digest('hex');
  const folder = join(OUT, `onnxruntime-${hash.slice(0, 16)}`);
  for (const { source, target } of files) copyMissing(source, join(folder, target));
  return { folder, hash };
};

const copyMissing = (source: string, target: string): void => {
  if (existsSync(target) && statSync(target).size === statSync(source).size) return;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, target);
};
