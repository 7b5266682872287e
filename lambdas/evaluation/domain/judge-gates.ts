import { assertNever } from '../../kernel/assert-never';
import type { Gate, GateTable, Policy, Rejection } from '../../registry/contract';
import { judgeLatency, judgeLoad, judgeMemory } from './gates/budget-gates';
import { judgeCompatible, judgeDeclared, judgeSigned } from './gates/declared-gates';
import { judgeFairness, judgeParity } from './gates/fairness-gates';
import type { JudgedVersion, Said } from './gates/judged-version';
import { judgeChampion, judgeMetric } from './gates/metric-gates';

const judgeGate = (gate: Gate, judged: JudgedVersion): Said => {
  switch (gate.kind) {
    case 'metric':
      return judgeMetric(gate, judged);
    case 'champion':
      return judgeChampion(gate, judged);
    case 'fairness':
      return judgeFairness(gate, judged);
    case 'parity':
      return judgeParity(gate, judged);
    case 'latency':
      return judgeLatency(gate, judged);
    case 'load':
      return judgeLoad(gate, judged);
    case 'memory':
      return judgeMemory(gate, judged);
    case 'declared':
      return judgeDeclared(gate, judged);
    case 'signed':
      return judgeSigned(judged);
    case 'compatible':
      return judgeCompatible(judged);
    default:
      return assertNever(gate);
  }
};

/** Every gate of the policy, in its order. What cannot be judged has not passed. */
export const judgeGates = (
  { number, policy }: { number: number; policy: Policy },
  judged: JudgedVersion,
): GateTable => ({
  policy: number,
  results: policy.gates.map((gate) => ({ kind: gate.kind, severity: gate.severity, ...judgeGate(gate, judged) })),
});

/** Undefined when no gate that blocks has failed. */
export const rejectionBy = ({ policy, results }: GateTable): Rejection | undefined => {
  const failed = results.filter(({ pass, severity }) => !pass && severity === 'block');
  if (failed.length === 0) return undefined;
  const named = failed.map(({ gate, threshold, why }) => `${gate} (${threshold}): ${why}`);
  const which = policy === 0 ? 'the default policy' : `policy ${policy}`;
  return {
    code: 'gate-failed',
    message: `${failed.length} of ${results.length} gates of ${which} failed. ${named.join('. ')}. Mend the model or contender.yaml and upload it again, or have the policy changed`,
  };
};
