import { assertNever } from '../../kernel/assert-never';
import type { Gate, GateResult, GateTable, Policy, Rejection } from '../../registry/contract';
import { policyFor, policyNames, policyText } from '../../registry/domain/policy-for';
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

/** Registration refuses such a name; the policy may have lost it since. */
const unknownPolicy = (name: string, policy: Policy): GateResult => ({
  gate: 'policy',
  kind: 'policy',
  threshold: 'a name in the policy',
  pass: false,
  why: `contender.yaml says policy: ${name}, and the policy has ${policyNames(policy).join(', ')}`,
  severity: 'block',
});

/** Every gate that the policy demands of the candidate, in its order. What cannot be judged has not passed. */
export const judgeGates = (
  { number, policy }: { number: number; policy: Policy },
  judged: JudgedVersion,
): GateTable => {
  const { demands, standing, unknownName } = policyFor(policy, judged.candidate.manifest);
  const results = demands.gates.map((gate) => ({
    kind: gate.kind,
    severity: gate.severity,
    ...judgeGate(gate, judged),
  }));
  return {
    policy: number,
    ...standing,
    results: unknownName === undefined ? results : [unknownPolicy(unknownName, policy), ...results],
  };
};

/** Undefined when no gate that blocks has failed. */
export const rejectionBy = ({ results, ...judgedBy }: GateTable): Rejection | undefined => {
  const failed = results.filter(({ pass, severity }) => !pass && severity === 'block');
  if (failed.length === 0) return undefined;
  const named = failed.map(({ gate, threshold, why }) => `${gate} (${threshold}): ${why}`);
  return {
    code: 'gate-failed',
    message: `${failed.length} of ${results.length} gates of ${policyText(judgedBy)} failed. ${named.join('. ')}. Mend the model or contender.yaml and upload it again, or have the policy changed`,
  };
};
