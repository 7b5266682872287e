import type { AcceptedVersion, Gate, GateResult } from '../../../registry/contract';
import type { Findings, LabelledEvidence } from '../../contract';

/** Everything that gates look at. */
export interface JudgedVersion {
  readonly candidate: AcceptedVersion;
  /** Absent for a model that was not run. */
  readonly findings: Findings | undefined;
  /** Absent while nothing serves. */
  readonly champion: AcceptedVersion | undefined;
}

export type GateOf<K extends Gate['kind']> = Extract<Gate, { kind: K }>;
/** What a kind of gate says; the rest is the same for all. */
export type Said = Pick<GateResult, 'gate' | 'threshold' | 'pass' | 'why'> & { metric?: string; value?: number };

export const NOT_RUN = 'the model is hosted elsewhere and was not run';

/** Four significant digits. */
export const shown = (value: number): string => String(Number(value.toPrecision(4)));

export const limitsText = ({ min, max }: { min?: number | undefined; max?: number | undefined }): string =>
  [min === undefined ? [] : `≥ ${min}`, max === undefined ? [] : `≤ ${max}`].flat().join(' and ');

export const labelledOf = ({ findings }: JudgedVersion): LabelledEvidence | undefined =>
  findings?.evidence.evidence === 'labelled' ? findings.evidence : undefined;

/** Why there is no labelled evidence. */
export const noEvidence = ({ findings }: JudgedVersion): string => {
  if (findings === undefined) return NOT_RUN;
  return findings.evidence.evidence === 'none' ? findings.evidence.reason : 'the evidence has no such metric';
};
