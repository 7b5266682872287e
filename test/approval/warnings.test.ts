import type { Approval } from '../../lambdas/approval/contract';
import { warningsOf } from '../../lambdas/approval/domain/approval-lifecycle';
import type { EvaluationReport } from '../../lambdas/evaluation/contract';
import { labelled } from '../evaluation/versions';

const approval = (kind: 'person' | 'unknown'): Approval => ({ uploader: { kind, id: 'x' } }) as Approval;
const identity = { schema: 1 as const, model: 'credit', version: 2, rootDigest: 'a'.repeat(64), evaluatedAt: 1 };
const report = (runtime: object, evidence: object = labelled()): EvaluationReport =>
  ({ ...identity, findings: { runtime, evidence } }) as EvaluationReport;
const LABELLED = labelled();

test('labelled evidence of a graph on all rows, by a known hand, needs no warning', () => {
  expect(
    warningsOf(approval('person'), { evidence: 'labelled', manifest: {}, report: report({ onnxruntime: '1' }) }),
  ).toEqual([]);
});

test.each([
  ['an unknown hand', approval('unknown'), 'labelled', report({}), /nobody vouches/],
  ['no data', approval('person'), 'none', report({}, { evidence: 'none', reason: 'x' }), /only loaded, run and timed/],
  ['nothing was run', approval('person'), 'none', { ...identity, notRun: 'no rights' }, /was not run: no rights/],
  ['nothing was run, in an older report', approval('person'), 'none', identity, /was not run: it is hosted elsewhere/],
  [
    'a sample',
    approval('person'),
    'labelled',
    report({}, { ...LABELLED, data: { ...LABELLED.data, sample: { of: 900, seed: 1 } } }),
    /random sample: 60 of 900 rows/,
  ],
  ['an endpoint', approval('person'), 'labelled', report({ endpoint: 'risk-1' }), /endpoint risk-1 answered then/],
] as const)('reviewers are warned of %s', (_, asked, evidence, given, warning) => {
  expect(warningsOf(asked, { evidence, manifest: {}, report: given })).toEqual([expect.stringMatching(warning)]);
});
