import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
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

/** Copies what is missing; the folder's name is a hash of what it holds, so a present file is the right one. */
const assemble = (
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

export interface OnnxRuntimeLayerProps {
  readonly config: Pick<ContenderConfig, 'architecture'>;
}

/** ONNX Runtime for Node as a Lambda layer: `require('onnxruntime-node')` finds it, bundles leave it out. */
export class OnnxRuntimeLayer extends lambda.LayerVersion {
  constructor(scope: Construct, id: string, { config }: OnnxRuntimeLayerProps) {
    const { folder, hash } = assemble(config.architecture);
    super(scope, id, {
      code: lambda.Code.fromAsset(folder, { assetHash: hash }),
      description: 'ONNX Runtime for Node.js',
      license: 'MIT',
      compatibleArchitectures: [
        config.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      ],
    });
  }
}
