import { copyFileSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

const LAMBDAS = resolve(__dirname, '../lambdas');
const OUT = resolve(__dirname, '../cdk.out/.handlers');
const ENTRY = /\.(lambda|child)\.ts$/;

let built = false;

/** `scoring/infer.lambda.ts` → `scoring/infer/index`; `scoring/score.child.ts` → `scoring/score.child/score.child`. */
const outputOf = (file: string): string => {
  const entry = file.replace(/(\.lambda)?\.ts$/, '');
  return join(entry, file.endsWith('.lambda.ts') ? 'index' : basename(entry));
};

/** Every handler and child process in one run of esbuild: a run for each would cost each a second. */
const buildAll = (): void => {
  if (built) return;
  const files = readdirSync(LAMBDAS, { recursive: true, encoding: 'utf8' }).filter((file) => ENTRY.test(file));
  buildSync({
    entryPoints: Object.fromEntries(files.map((file) => [outputOf(file), join(LAMBDAS, file)])),
    outdir: OUT,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    mainFields: ['module', 'main'],
    // Native code: it comes as a layer of its own.
    external: ['onnxruntime-node'],
    logLevel: 'warning',
  });
  built = true;
};

/**
 * Folder with the bundle of `entry`, such as `scoring/infer`, and beside it those of its child processes, such as
 * `scoring/score.child`. Builds all bundles on first use in a process.
 */
export const bundleOf = (entry: string, children: readonly string[] = []): string => {
  buildAll();
  const folder = join(OUT, entry);
  for (const child of children) {
    const file = `${basename(child)}.js`;
    copyFileSync(join(OUT, child, file), join(folder, file));
  }
  return folder;
};
