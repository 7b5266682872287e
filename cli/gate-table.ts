import color from 'picocolors';
import type { GateTable } from '../lambdas/registry/contract';
import { table } from './present';

const verdict = (pass: boolean, severity: string): string => {
  if (pass) return color.green('pass');
  return severity === 'block' ? color.red('FAIL') : color.yellow('warn');
};

/** The gates of a version with their thresholds, and why each passed or failed; absent where the policy has none. */
export const gateTable = ({ policy, results }: GateTable): string | undefined => {
  if (results.length === 0) return undefined;
  const name = policy === 0 ? 'gate of the default policy' : `gate of policy ${policy}`;
  const rows = results.map((r) => [r.gate, r.threshold, verdict(r.pass, r.severity), r.why]);
  return table([name, 'threshold', '', 'why'], rows);
};
