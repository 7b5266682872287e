import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '../..');

/** The child's script as it is deployed: bundled, ONNX Runtime found by NODE_PATH. */
export const buildChild = (): string => {
  process.env.NODE_PATH = join(ROOT, 'node_modules');
  const outfile = join(mkdtempSync(join(tmpdir(), 'evaluation-child-')), 'run-model.child.js');
  buildSync({
    entryPoints: [join(ROOT, 'lambdas/evaluation/run-model.child.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['onnxruntime-node'],
  });
  return outfile;
};
