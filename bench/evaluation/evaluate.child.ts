import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForkedModel } from '../../lambdas/evaluation/adapters/forked-model';
import { readTableFile } from '../../lambdas/evaluation/adapters/table-file';
import type { SandboxRequest } from '../../lambdas/evaluation/contract';
import { runCandidate } from '../../lambdas/evaluation/run-candidate';

/** What the measuring process is told: the request, and the script of the model's process. */
interface Job {
  readonly request: SandboxRequest;
  readonly script: string;
}

const TEN_MINUTES = 600_000;
const folder = mkdtempSync(join(tmpdir(), 'bench-evaluation-'));

/** One evaluation in a process of its own, as the sandbox does it; URLs are paths. Answers with what it took. */
process.once('message', async ({ request, script }: Job) => {
  const save = async ({ url }: { url: string }, name: string): Promise<string> => {
    await copyFile(new URL(url), join(folder, name));
    return join(folder, name);
  };
  const start = performance.now();
  const response = await runCandidate(request, {
    files: { save },
    readTable: readTableFile,
    openModel: (_runnable, limits) => new ForkedModel({ ...limits, script, threads: 1 }),
    limits: { memoryBytes: 2 ** 31, timeMs: TEN_MINUTES },
    remainingMs: () => TEN_MINUTES,
    environment: { node: process.version, platform: process.platform },
  });
  rmSync(folder, { recursive: true });
  const seconds = (performance.now() - start) / 1000;
  // Kilobytes; the model's process is not in it.
  const peakMb = process.resourceUsage().maxRSS / 1024;
  process.send?.({ seconds, peakMb, response }, () => process.disconnect());
});
