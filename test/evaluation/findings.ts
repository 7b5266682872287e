import type { Findings, SandboxResponse } from '../../lambdas/evaluation/contract';
import type { Places } from '../../lambdas/evaluation/run-both';
import { labelled } from './versions';

/** What the sandbox finds about a version of that accuracy, with a sample of rows that tells accuracies apart. */
export const evaluatedAs = (accuracy: number): SandboxResponse => {
  const findings: Findings = {
    task: 'binary-classification',
    evidence: labelled({ metrics: { accuracy } }),
    latency: { loadMs: 5, batch1: { runs: 10, p50: 0.2, p99: 0.4 } },
    peakMemoryBytes: 1,
    limits: { rows: 1, memoryBytes: 1, time: 1 },
    runtime: { node: 'v22', onnxruntime: '1', platform: 'linux' },
    background: { rows: [3, 7], columns: [{ name: 'a', values: [accuracy, null] }] },
  };
  return { status: 'evaluated', findings };
};

/** A platform without endpoints, whose sandbox finds that; nothing is asked of a champion elsewhere. */
export const onlySandbox = (run: () => Promise<SandboxResponse>): Places => ({
  sandbox: { run, answer: async () => ({ status: 'failed', reason: 'nobody asks' }) },
  endpoints: undefined,
  timeMs: () => 60_000,
});
