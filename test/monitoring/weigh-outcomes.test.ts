import { EVIDENCE_SK, type OutcomeMessage, outcomeBatchSchema } from '../../lambdas/monitoring/contract';
import { lossOf, readTruth, trueClassOf, yardstickOf } from '../../lambdas/monitoring/domain/assess-outcome';
import { describeEvidence } from '../../lambdas/monitoring/domain/describe-evidence';
import { judgeDueBatches } from '../../lambdas/monitoring/domain/detect-drift';
import { type EvidenceOnRecord, weighOutcomes } from '../../lambdas/monitoring/domain/weigh-outcomes';
import type { AcceptedVersion } from '../../lambdas/registry/contract';
import { batchOf, DAY, emptyRecord, outcome, ROLLOUT, rulesFor, servingVersion, TODAY } from './evidence-world';

const value = { tp: 0, fp: -5, fn: -100, tn: 10, currency: 'EUR' };
const version = servingVersion({ value });
const weigh = (
  outcomes: OutcomeMessage[],
  { record = emptyRecord(), now = TODAY + 120_000, of = version } = {} as {
    record?: EvidenceOnRecord;
    now?: number;
    of?: AcceptedVersion;
  },
) => weighOutcomes(outcomes, record, rulesFor(of), now);
/** What is on record after these outcomes. */
const after = (...outcomes: OutcomeMessage[]): EvidenceOnRecord => {
  const { version, pairs, arms, fresh } = weigh(outcomes);
  return { version, pairs, arms, outcomes: new Map(fresh.map((one) => [one.key, one])) };
};

const classes = ['repaid', 'defaulted'];
test.each([
  ['the name of a class', 'defaulted', servingVersion(), 1],
  ['a number that is a class’s name', 7, servingVersion({ output: { classes: ['5', '7'] } }), 1],
  ['a boolean that is a class’s name', true, servingVersion({ output: { classes: ['false', 'true'] } }), 1],
  ['a number', 12.5, servingVersion({ task: 'regression', output: undefined }), 12.5],
  ['a number as text', '12.5', servingVersion({ task: 'regression', output: undefined }), 12.5],
])('%s is a truth', (_, truth, of, read) => {
  expect(readTruth(truth, yardstickOf(of))).toBe(read);
});

test('a truth that is none of the classes is refused with the classes', () => {
  expect(() => readTruth('late', yardstickOf(version))).toThrow(`none of the model's classes: ${classes.join(', ')}`);
});

test.each(['', ' ', 'much', Number.NaN, Number.POSITIVE_INFINITY])('"%s" is no truth of a regression', (truth) => {
  const regression = servingVersion({ task: 'regression', output: undefined });
  expect(() => readTruth(truth, yardstickOf(regression))).toThrow('no finite number');
});

const three = { output: { classes: ['a', 'b', 'c'] }, task: 'multiclass-classification' };
test.each([
  ['a wrong class is a whole loss', {}, { index: 0 }, 1, 1],
  ['a right class is none', {}, { index: 1 }, 1, 0],
  ['brier is the squared error of the positive class', { loss: 'brier' }, { index: 1, score: 0.9 }, 1, 0.01],
  [
    'brier of more classes is that of the predicted one',
    { loss: 'brier', ...three },
    { index: 2, score: 0.9 },
    2,
    0.01,
  ],
  ['and a loss when another came', { loss: 'brier', ...three }, { index: 2, score: 0.9 }, 1, 0.81],
  ['log loss is clipped and scaled', { loss: 'log' }, { index: 1, score: 1 }, 0, 1],
  ['without a score brier counts errors', { loss: 'brier' }, { index: 0 }, 1, 1],
  ['cost is scaled by the table', { loss: 'cost', value }, { index: 1 }, 0, 15 / 110],
])('%s', (_, manifest, { index, ...score }, truth, loss) => {
  const prediction = { kind: 'class', index } as const;
  expect(lossOf({ prediction, ...score }, truth, yardstickOf(servingVersion(manifest)))).toBeCloseTo(loss);
});

test('an absolute error counts as a share of the cap', () => {
  const regression = servingVersion({ task: 'regression' }, { rows: 100, mean: 0.2, perClass: [], cap: 50 });
  const loss = (error: number) =>
    lossOf({ prediction: { kind: 'value', value: 100 } }, 100 + error, yardstickOf(regression));
  expect([loss(0), loss(10), loss(-25), loss(500)]).toEqual([0, 0.2, 0.5, 1]);
  expect(trueClassOf(3, yardstickOf(regression))).toBeUndefined();
});

test('a correction restates accuracy and value, and spends no evidence again', () => {
  const record = after(outcome(0), outcome(1));
  const { version: next, fresh, corrections } = weigh([outcome(0, { truth: 1, revision: 1 })], { record });
  expect([fresh.length, corrections.length]).toEqual([0, 1]);
  expect(next.window).toMatchObject({ n: 2, correct: 1, lossSum: 1, valueSum: 10 - 100 });
  expect(next.detector).toEqual(record.version.detector);
});

test('a correction of the value alone replaces what the table said', () => {
  const record = after(outcome(0));
  const { version: next } = weigh([outcome(0, { value: 3, revision: 1 })], { record });
  expect(next.window).toMatchObject({ n: 1, valueSum: 3 });
});

test.each([
  ['an earlier truth', { truth: 1, observedAt: TODAY + 2000 }],
  ['another truth of the same moment and revision', { truth: 1 }],
  ['the same truth again', {}],
])('%s changes nothing', (_, fields) => {
  const { fresh, corrections } = weigh([outcome(0, fields)], { record: after(outcome(0)) });
  expect([fresh, corrections]).toEqual([[], []]);
});

test('pairs of a shadow count the challenger’s loss from the same prediction, and tally what has no pair', () => {
  const shadow = { rolloutId: ROLLOUT };
  const scored = (index: number) =>
    ({ status: 'scored', version: 2, scored: { prediction: { kind: 'class', index } } }) as const;
  const { pairs } = weigh([
    outcome(0, { ...shadow, truth: 1, shadow: scored(1) }),
    outcome(1, { ...shadow, truth: 0, shadow: scored(0) }),
    outcome(2, { ...shadow, truth: 0, shadow: { status: 'lost', version: 2 } }),
    outcome(3, { ...shadow, truth: 1, shadow: { status: 'unpaired', version: 2 } }),
  ]);
  const item = pairs.get(EVIDENCE_SK.pairs(ROLLOUT));
  expect(item).toMatchObject({ generation: 0, unpaired: 1, state: { n: 3, sum: 0, sumSquares: 2, margin: 0.01 } });
});

test('arms of a canary are told apart by the challenger’s weight; a fallback is the challenger’s loss', () => {
  const { arms, version: next } = weigh([
    outcome(0, { rolloutId: ROLLOUT, propensity: 0.9 }),
    outcome(1, { rolloutId: ROLLOUT, propensity: 0.1, role: 'challenger', truth: 1 }),
    outcome(2, { rolloutId: ROLLOUT, propensity: Math.fround(0.1), role: 'champion-fallback' }),
    outcome(3, { rolloutId: ROLLOUT, propensity: 0.5 }),
  ]);
  expect([...arms.keys()]).toEqual([
    EVIDENCE_SK.arm(ROLLOUT, 0.1, 'champion'),
    EVIDENCE_SK.arm(ROLLOUT, 0.1, 'challenger'),
    EVIDENCE_SK.arm(ROLLOUT, 0.5, 'champion'),
  ]);
  const challenger = arms.get(EVIDENCE_SK.arm(ROLLOUT, 0.1, 'challenger'));
  expect(challenger?.state).toEqual({ n: 2, sum: 2, buckets: { 1: [1, 1], 2: [1, 1] } });
  expect(next.window).toMatchObject({ n: 4, lossSum: 1 });
});

test('predictions outside a comparison count for their version alone', () => {
  const { arms, pairs } = weigh([outcome(0), outcome(1, { rolloutId: ROLLOUT, propensity: 1 })]);
  expect([arms.size, pairs.size]).toEqual([0, 0]);
});

test('a batch is judged when its day is over and its outcomes are mature, and not before', () => {
  const errors = Array.from({ length: 60 }, (_, row) => outcome(row, { truth: 1 }));
  const open = weigh(errors, { now: TODAY + DAY - 1 }).version;
  expect(open.detector?.batches).toBe(0);
  const rules = { batchMs: DAY, matureAfterMs: 2 * DAY, threshold: 3650 };
  expect(judgeDueBatches(open, TODAY + 3 * DAY - 1, rules).detector?.batches).toBe(0);
  const judged = judgeDueBatches(open, TODAY + 3 * DAY, rules);
  expect(judged).toMatchObject({ driftSince: TODAY + 3 * DAY, detector: { batches: 1, open: {} } });
  expect(judgeDueBatches(judged, TODAY + 4 * DAY, rules).driftSince).toBe(TODAY + 3 * DAY);
});

test('a policy’s new threshold holds for evidence that is there already', () => {
  const record = after(outcome(0));
  const rules = { ...rulesFor(version), threshold: 10 };
  expect(weighOutcomes([outcome(1)], record, rules, TODAY + 120_000).version.detector?.threshold).toBe(10);
});

test('evidence reads as ratios and money, and as nothing while there are no outcomes', () => {
  expect(describeEvidence(1, undefined)).toEqual({ version: 1, outcomes: 0, drift: null });
  const { version: shown } = weigh([outcome(0), outcome(1, { truth: 1 })]);
  expect(describeEvidence(1, shown)).toMatchObject({
    version: 1,
    outcomes: 2,
    accuracy: 0.5,
    loss: 0.5,
    value: -90,
    outcomeDelaySeconds: 60,
    drift: { logThreshold: Math.log(3650), alarmed: false, since: null, largestStream: 'overall', provisional: false },
  });
});

test('the largest message stays far below what SQS takes', () => {
  const shadow = {
    status: 'scored',
    version: 9e9,
    scored: { prediction: { kind: 'value', value: 1 / 3 }, score: 1 / 3 },
  };
  const full = { rolloutId: ROLLOUT, shadow, score: 1 / 3, value: 1e9 / 3, propensity: 1 / 3 } as const;
  const batch = batchOf(...Array.from({ length: 80 }, (_, row) => outcome(row, full as Partial<OutcomeMessage>)));
  expect(outcomeBatchSchema.parse(batch)).toEqual(batch);
  expect(JSON.stringify(batch).length).toBeLessThan(128 * 1024);
});
