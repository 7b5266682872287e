import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ForkedModel } from '../../lambdas/evaluation/adapters/forked-model';
import { readTableFile } from '../../lambdas/evaluation/adapters/table-file';
import type { DataDeclaration, EvaluationData, Runnable, SandboxRequest } from '../../lambdas/evaluation/contract';
import { dataDeclarationSchema } from '../../lambdas/evaluation/contract';
import type { FileSource, ModelLimits } from '../../lambdas/evaluation/ports';
import type { RunCandidatePorts } from '../../lambdas/evaluation/run-candidate';
import { manifestSchema } from '../../lambdas/registry/contract';
import { acceptOnnx } from '../../lambdas/upload/domain/accept-upload';

export const FIXTURES = join(__dirname, 'fixtures');
export const EXAMPLES = join(__dirname, '../../examples');

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Files by their URL, in memory; what a sandbox reads and nothing else. */
export class MemoryFiles implements FileSource {
  private readonly bytes = new Map<string, Uint8Array>();
  private saved = 0;

  constructor(private readonly folder: string) {}

  add(path: string, bytes: Uint8Array) {
    const url = `https://files.test/${this.bytes.size}/${path}`;
    this.bytes.set(url, bytes);
    return { path, size: bytes.length, sha256: sha256(bytes), url };
  }

  async save(file: { url: string }, name: string): Promise<string> {
    // Tests share a folder; a request that ended early may still be writing.
    const path = join(this.folder, `${this.saved++}-${name}`);
    await writeFile(path, this.bytes.get(file.url) ?? '');
    return path;
  }
}

/** A version of an upload: its graph, described as registration does it. */
export const runnableOf = (files: MemoryFiles, graph: Uint8Array, manifest: unknown, version = 1): Runnable => {
  const accepted = acceptOnnx(manifestSchema.parse(manifest), 'model.onnx', graph);
  const { signature, manifest: completed } = accepted;
  const runtime = { kind: 'onnx' as const, graph: files.add('model.onnx', graph) };
  return { version, rootDigest: sha256(graph), runtime, signature, manifest: completed };
};

/** A graph of the fixtures. */
export const fixture = (name: string): Buffer => readFileSync(join(FIXTURES, `${name}.onnx`));

export const dataOf = (
  files: MemoryFiles,
  csv: string | Uint8Array,
  declaration: Partial<DataDeclaration>,
): EvaluationData => {
  const file = files.add('evaluation.csv', Buffer.from(csv));
  const full = dataDeclarationSchema.parse({ data: 'evaluation.csv', label: 'y', ...declaration });
  const source = { version: 1, file: file.path, sha256: file.sha256, label: full.label };
  return { kind: 'file', file, source, declaration: full };
};

/** A committed example as a request. */
export const exampleOf = (files: MemoryFiles, folder: string, version: number) => {
  const read = (name: string): Buffer => readFileSync(join(EXAMPLES, folder, 'versions', String(version), name));
  const runnable = runnableOf(files, read('model.onnx'), parse(read('contender.yaml').toString('utf8')), version);
  return { runnable, data: dataOf(files, read('evaluation.csv'), runnable.manifest.evaluation ?? {}) };
};

export const requestOf = (
  candidate: Runnable,
  data: EvaluationData,
  champion: SandboxRequest['champion'] = { status: 'absent', reason: 'there is no champion yet' },
): SandboxRequest => ({ model: 'model', candidate, champion, data });

export const portsOf = (files: FileSource, script: string, limits: Partial<ModelLimits> = {}): RunCandidatePorts => ({
  files,
  readTable: readTableFile,
  openModel: (_runnable, allowed) => new ForkedModel({ ...allowed, script, threads: 1 }),
  // Far above what any test takes: a busy machine must not make a candidate look slow.
  limits: { memoryBytes: 2 ** 30, timeMs: 120_000, ...limits },
  remainingMs: () => 60_000,
  environment: { node: process.version, platform: 'test' },
});

/** The sum of two columns, judged on rows where it is right but for the noise. */
export const SUM = {
  task: 'regression',
  inputs: [{ name: 'a' }, { name: 'b' }],
  output: { score: { tensor: 'score', kind: 'value' } },
};
export const ROWS = 60;
export const csvOf = (header: string, row: (index: number) => string): string =>
  `${header}\n${Array.from({ length: ROWS }, (_, index) => row(index)).join('\n')}\n`;
export const sumRows = csvOf('a,b,y,sex', (i) => `${i},${i % 7},${i + (i % 7) + (i % 3)},${i % 2 ? 'f' : 'm'}`);
