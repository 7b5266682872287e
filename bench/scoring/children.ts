import { join } from 'node:path';
import { build } from 'esbuild';
import { MADE, SOURCES } from './places';

const OUT = join(MADE, 'children');

/** Path of a bundled `<name>.child.ts`. */
export const childPath = (name: string): string => join(OUT, `${name}.cjs`);

/** Bundles the child processes: what is measured runs on plain Node, without a compiler in its memory and start-up time. */
export const buildChildren = async (): Promise<void> => {
  const names = ['echo', 'bare-handler', 'raw-run', 'lambda-handler'];
  await build({
    entryPoints: Object.fromEntries(names.map((name) => [name, join(SOURCES, `${name}.child.ts`)])),
    outdir: OUT,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node'],
    logLevel: 'warning',
  });
};
