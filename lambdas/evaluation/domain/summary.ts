import type { EvaluationSummary } from '../../registry/contract';
import type { EvaluationReport } from '../contract';

/** The part of a report that travels with the version. Latency is the median of single rows; 0 for what was not run here. */
export const summaryOf = (report: EvaluationReport, reference: EvaluationSummary['report']): EvaluationSummary => {
  const { findings } = report;
  const latencyMsPerRow = findings?.latency.batch1.p50 ?? 0;
  const gates = report.gates === undefined ? {} : { gates: report.gates };
  const common = { latencyMsPerRow, ...gates, report: reference };
  if (findings?.evidence.evidence !== 'labelled') return { evidence: 'none', metrics: {}, ...common };
  const { metrics, baseline } = findings.evidence;
  return { evidence: 'labelled', metrics, baseline: baseline.loss, ...common };
};
