import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

const LAMBDAS = resolve(__dirname, '../lambdas');
const OUT = resolve(__dirname, '../cdk.out/.handlers');
const ENTRY = /\.(lambda|child)\.ts$/;
/** Bundles of earlier code go after a day in which no synthesis used them. */
const KEPT_MS = 24 * 60 * 60_000;

/** Bundles by entry and file, such as `scoring/infer/index.js` or `scoring/score.child/score.child.js`. */
let built: ReadonlyMap<string, Uint8Array> | undefined;

/** `scoring/infer.lambda.ts` → `scoring/infer/index`; `scoring/score.child.ts` → `scoring/score.child/score.child`. */
const outputOf = (file: string): string => {
  const entry = file.replace(/(\.lambda)?\.ts$/, '');
  return join(entry, file.endsWith('.lambda.ts') ? 'index' : basename(entry));
};

/** Every handler and child process in one run of esbuild: a run for each would cost each a second. */
const buildAll = (): ReadonlyMap<string, Uint8Array> => {
  const files = readdirSync(LAMBDAS, { recursive: true, encoding: 'utf8' }).filter((file) => ENTRY.test(file));
  const { outputFiles } = buildSync({
    entryPoints: Object.fromEntries(files.map((file) => [outputOf(file), join(LAMBDAS, file)])),
    outdir: OUT,
    write: false,
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
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(OUT.length + 1), contents]));
};

const bundled = (file: string): Uint8Array => {
  built ??= buildAll();
  const contents = built.get(file);
  if (contents === undefined) throw new Error(`lambdas/ has nothing that is bundled as ${file}`);
  return contents;
};

const hashOf = (files: ReadonlyMap<string, Uint8Array>): string => {
  const hash = createHash('sha256');
  for (const [name, contents] of files) hash.update(`${name} ${contents.length}\n`).update(contents);
  return hash.digest('hex').slice(0, 16);
};

const sweep = (capability: string, unusedSince: number): void => {
  if (!existsSync(capability)) return;
  for (const name of readdirSync(capability)) {
    const bundle = join(capability, name);
    const used = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs;
    if (used !== undefined && used < unusedSince) rmSync(bundle, { recursive: true, force: true });
  }
};

/** Moves a whole folder to its place, so that another synthesis of this checkout never packs half of one. */
const place = (folder: string, files: ReadonlyMap<string, Uint8Array>): void => {
  const now = new Date();
  if (existsSync(folder)) {
    utimesSync(folder, now, now);
    return;
  }
  sweep(dirname(folder), now.getTime() - KEPT_MS);
  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  try {
    for (const [name, contents] of files) writeFileSync(join(draft, name), contents);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Somebody else was first; what lies there has the same hash.
    if (!existsSync(folder)) throw error;
  }
};

/**
 * Folder with the bundle of `entry`, such as `scoring/infer`, and beside it those of its child processes, such as
 * `scoring/score.child`. Its name is a hash of what it holds. Builds all bundles on first use in a process.
 */
export const bundleOf = (entry: string, children: readonly string[] = []): string => {
  const files = new Map([['index.js', bundled(join(entry, 'index.js'))]]);
  for (const child of children) {
    const file = `${basename(child)}.js`;
    files.set(file, bundled(join(child, file)));
  }
  const folder = join(OUT, `${entry}.${hashOf(files)}`);
  place(folder, files);
  return folder;
};
