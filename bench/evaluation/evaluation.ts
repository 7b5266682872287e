import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Table from 'cli-table3';
import { buildSync } from 'esbuild';
import { parquetWriteFile } from 'hyparquet-writer';
import type { SandboxRequest, SandboxResponse } from '../../lambdas/evaluation/contract';
import { seededRandom } from '../../lambdas/evaluation/domain/seeded-random';
import { manifestSchema } from '../../lambdas/registry/contract';
import { acceptOnnx } from '../../lambdas/upload/domain/accept-upload';

const ROOT = join(__dirname, '../..');
const COLUMNS = 30;
/** Adds up its thirty columns. */
const GRAPH = join(ROOT, 'test/evaluation/fixtures/sum-30.onnx');

const names = Array.from({ length: COLUMNS }, (_, column) => `x${column}`);

export interface EvaluationOptions {
  readonly rows: readonly number[];
  readonly json: boolean;
}

interface Measured {
  readonly seconds: number;
  readonly peakMb: number;
  readonly response: SandboxResponse;
}

/** A truth that the sum misses by noise, and a group of four. */
const rowOf = (random: () => number): { cells: number[]; label: number; group: string } => {
  const cells = names.map(() => Math.round(random() * 1e6) / 1e6);
  return {
    cells,
    label: cells.reduce((sum, value) => sum + value, 0) + random(),
    group: 'nesw'[Math.floor(random() * 4)] ?? 'n',
  };
};

const writeCsv = async (path: string, rows: number): Promise<void> => {
  const random = seededRandom(1);
  const out = createWriteStream(path);
  out.write(`${[...names, 'y', 'group'].join(',')}\n`);
  for (let row = 0; row < rows; row++) {
    const { cells, label, group } = rowOf(random);
    if (!out.write(`${cells.join(',')},${label},${group}\n`)) await once(out, 'drain');
  }
  await new Promise<void>((resolve) => out.end(() => resolve()));
};

const writeParquet = async (path: string, rows: number): Promise<void> => {
  const random = seededRandom(1);
  const columns = names.map(() => new Float64Array(rows));
  const y = new Float64Array(rows);
  const groups: string[] = [];
  for (let row = 0; row < rows; row++) {
    const { cells, label, group } = rowOf(random);
    cells.forEach((cell, column) => {
      const values = columns[column];
      if (values !== undefined) values[row] = cell;
    });
    y[row] = label;
    groups.push(group);
  }
  const columnData = names.map((name, column) => ({ name, data: columns[column] ?? y, type: 'DOUBLE' as const }));
  await parquetWriteFile({
    filename: path,
    columnData: [
      ...columnData,
      { name: 'y', data: y, type: 'DOUBLE' },
      { name: 'group', data: groups, type: 'STRING' },
    ],
    // As pandas writes it by default: all rows in one group.
    rowGroupSize: rows,
  });
};

const requestFor = (path: string): SandboxRequest => {
  const graph = readFileSync(GRAPH);
  const manifest = manifestSchema.parse({
    task: 'regression',
    inputs: names.map((name) => ({ name })),
    output: { score: { tensor: 'score', kind: 'value' } },
  });
  const accepted = acceptOnnx(manifest, 'model.onnx', graph);
  const zeros = '0'.repeat(64);
  const fileOf = (name: string, at: string) => ({
    path: name,
    size: statSync(at).size,
    sha256: zeros,
    url: pathToFileURL(at).href,
  });
  const runnable = {
    version: 1,
    rootDigest: zeros,
    runtime: { kind: 'onnx' as const, graph: fileOf('model.onnx', GRAPH) },
    signature: accepted.signature,
    manifest: accepted.manifest,
  };
  return {
    model: 'bench',
    candidate: runnable,
    champion: { status: 'present', runnable: { ...runnable, version: 2 } },
    data: {
      kind: 'file',
      source: { version: 1, file: 'evaluation', sha256: zeros, label: 'y' },
      file: fileOf('evaluation', path),
      declaration: { data: 'evaluation', label: 'y', protected: ['group'], segments: [] },
    },
  };
};

const evaluate = (script: string, entry: string, path: string): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const child = fork(entry, [], {
      serialization: 'advanced',
      env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
    });
    child.once('message', (measured) => resolve(measured as Measured));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the evaluation ended with ${code}`)));
    child.send({ request: requestFor(path), script });
  });

const bundle = (entry: string, folder: string): string => {
  const outfile = join(folder, `${entry.split('/').at(-1)}.js`);
  buildSync({
    entryPoints: [join(ROOT, `${entry}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['onnxruntime-node'],
  });
  return outfile;
};

const WRITERS = { csv: writeCsv, parquet: writeParquet } as const;

/** Memory and time of an evaluation, champion included, by rows: memory must not follow them. */
export const measureEvaluation = async (
  rows: readonly number[],
  formats: readonly (keyof typeof WRITERS)[] = ['csv', 'parquet'],
) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-evaluation-'));
  try {
    const script = bundle('lambdas/evaluation/run-model.child', folder);
    const entry = bundle('bench/evaluation/evaluate.child', folder);
    const found = [];
    for (const format of formats) {
      for (const count of rows) {
        const path = join(folder, 'data');
        await WRITERS[format](path, count);
        const { response, ...cost } = await evaluate(script, entry, path);
        if (response.status !== 'evaluated') throw new Error(JSON.stringify(response));
        found.push({ format, rows: count, fileMb: statSync(path).size / 2 ** 20, ...cost });
      }
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const benchEvaluation = async ({ rows, json }: EvaluationOptions): Promise<void> => {
  const found = await measureEvaluation(rows);
  if (json) {
    console.log(JSON.stringify(found));
    return;
  }
  const table = new Table({ head: ['format', 'rows', 'file MB', 'seconds', 'peak MB', 'MB to the first'] });
  for (const one of found) {
    const first = found.find(({ format }) => format === one.format)?.peakMb ?? one.peakMb;
    table.push([
      one.format,
      one.rows,
      one.fileMb.toFixed(0),
      one.seconds.toFixed(1),
      one.peakMb.toFixed(0),
      (one.peakMb / first).toFixed(2),
    ]);
  }
  console.log(
    `candidate and champion, ${COLUMNS} columns; memory of the sandbox's own process, without the model's\n${table}`,
  );
};
