import type { EvaluationSummary } from '../../registry/contract';
import type { EvaluationReport } from '../contract';

/** The part of a report that travels with the version. */
export const summaryOf = (report: EvaluationReport, reference: EvaluationSummary['report']): EvaluationSummary => {
  const { findings } = report;
  const latency = findings === undefined ? {} : { latencyMsPerRow: findings.latency.batch1.p50 };
  const gates = report.gates === undefined ? {} : { gates: report.gates };
  const common = { ...latency, ...gates, report: reference };
  if (findings?.evidence.evidence !== 'labelled') return { evidence: 'none', metrics: {}, ...common };
  const { metrics, baseline } = findings.evidence;
  return { evidence: 'labelled', metrics, baseline: baseline.loss, ...common };
};
