import color from 'picocolors';
import type { GateTable } from '../lambdas/registry/contract';
import { policyText } from '../lambdas/registry/domain/policy-for';
import { table } from './present';

const verdict = (pass: boolean, severity: string): string => {
  if (pass) return color.green('pass');
  return severity === 'block' ? color.red('FAIL') : color.yellow('warn');
};

/** The gates of a version with their thresholds, and why each passed or failed; absent where the policy has none. */
export const gateTable = ({ results, ...judgedBy }: GateTable): string | undefined => {
  if (results.length === 0) return undefined;
  const rows = results.map((r) => [r.gate, r.threshold, verdict(r.pass, r.severity), r.why]);
  return table([`gate of ${policyText(judgedBy)}`, 'threshold', '', 'why'], rows);
};
