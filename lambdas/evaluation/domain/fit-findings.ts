import type { Findings } from '../contract';

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/**
 * Findings within so many bytes of JSON: bins of input columns are left out from the last one on, as many as it takes.
 * Everything else is bounded by itself.
 */
export const fitFindings = (findings: Findings, maxBytes: number): Findings => {
  const { evidence } = findings;
  let excess = bytesOf(findings) - maxBytes;
  if (excess <= 0 || evidence.evidence === 'none') return findings;
  const features = [...evidence.baseline.features];
  while (excess > 0 && features.length > 0) excess -= bytesOf(features.pop()) + 1;
  const featuresOmitted = evidence.baseline.features.length - features.length;
  return { ...findings, evidence: { ...evidence, baseline: { ...evidence.baseline, features, featuresOmitted } } };
};
