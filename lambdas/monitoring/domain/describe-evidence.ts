import type { VersionEvidence } from '../contract';
import type { ShownEvidence } from '../schemas/api';
import { evidenceOf } from './e-detector';

/** A version's evidence as people read it; ratios are absent while there are no outcomes. */
export const describeEvidence = (version: number, evidence: VersionEvidence | undefined): ShownEvidence => {
  const { window, detector, driftSince } = evidence ?? {};
  const n = window?.n ?? 0;
  const ratios =
    window === undefined || n === 0
      ? {}
      : {
          accuracy: window.correct / n,
          loss: window.lossSum / n,
          value: window.valueSum,
          outcomeDelaySeconds: window.delaySumMs / n / 1000,
        };
  const drift = detector === undefined ? null : { ...evidenceOf(detector), since: driftSince ?? null };
  return { version, outcomes: n, ...ratios, drift };
};
