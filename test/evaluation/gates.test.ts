import fc from 'fast-check';
import type { Findings, LabelledEvidence } from '../../lambdas/evaluation/contract';
import { incompatibilities } from '../../lambdas/evaluation/domain/incompatibilities';
import { judgeGates, rejectionBy } from '../../lambdas/evaluation/domain/judge-gates';
import { scorerSpeed, threadsOf } from '../../lambdas/evaluation/domain/scorer-speed';
import {
  type AcceptedVersion,
  type Gate,
  type GateResult,
  gateSchema,
  METRICS,
  type MetricName,
  type ModelSigning,
  manifestSchema,
  policySchema,
  type Tensor,
  worseBy,
} from '../../lambdas/registry/contract';
import { labelled, registered, serving } from './versions';

const findingsWith = (evidence: Partial<LabelledEvidence> | { evidence: 'none'; reason: string }): Findings => ({
  task: 'binary-classification',
  evidence: evidence.evidence === 'none' ? (evidence as { evidence: 'none'; reason: string }) : labelled(evidence),
  latency: { loadMs: 5, batch1: { runs: 10, p50: 0.2, p99: 0.4 }, batch100: { runs: 10, p50: 0.01, p99: 0.02 } },
  peakMemoryBytes: 100 * 1_048_576,
  limits: { rows: 1, memoryBytes: 1, time: 1 },
  runtime: { node: 'v22', onnxruntime: '1', platform: 'linux' },
});

const candidate = registered(2);
const champion = serving(registered(1));

const judge = (
  gate: unknown,
  judged: { findings?: Findings | undefined; champion?: AcceptedVersion; candidate?: AcceptedVersion } = {},
): GateResult | undefined => {
  const policy = policySchema.parse({ gates: [gate] });
  const facts = { candidate: judged.candidate ?? candidate, findings: judged.findings, champion: judged.champion };
  return judgeGates({ number: 3, policy }, facts).results[0];
};

describe('a metric by itself', () => {
  const findings = findingsWith({ metrics: { accuracy: 0.81, logLoss: 0.4 } });

  test.each([
    [{ min: 0.8 }, true, '≥ 0.8'],
    [{ min: 0.81 }, true, '≥ 0.81'],
    [{ min: 0.82 }, false, '≥ 0.82'],
    [{ max: 0.9 }, true, '≤ 0.9'],
    [{ min: 0.5, max: 0.8 }, false, '≥ 0.5 and ≤ 0.8'],
  ])('accuracy 0.81 under %j: %s', (limits, pass, threshold) => {
    expect(judge({ kind: 'metric', metric: 'accuracy', ...limits }, { findings })).toMatchObject({
      gate: 'accuracy',
      kind: 'metric',
      metric: 'accuracy',
      value: 0.81,
      threshold,
      pass,
      severity: 'block',
    });
  });

  test.each([
    ['without evidence', findingsWith({ evidence: 'none', reason: 'the upload has no evaluation data' }), 'accuracy'],
    ['hosted elsewhere', undefined, 'accuracy'],
    ['of another task', findings, 'rmse'],
    ['that older evidence lacks', findings, 'prAuc'],
  ])('what cannot be judged has not passed: %s', (_, given, metric) => {
    const result = judge({ kind: 'metric', metric, min: 0 }, { findings: given });
    expect(result).toMatchObject({ pass: false, why: expect.any(String) });
    expect(result?.value).toBeUndefined();
  });

  test('says of which task a metric is', () => {
    expect(judge({ kind: 'metric', metric: 'rmse', max: 1 }, { findings })?.why).toBe(
      'rmse is a metric of regression, and the model’s task is binary-classification',
    );
  });
});

describe('a metric beside the champion’s', () => {
  const against = (metrics: Record<string, number>, theirs: Record<string, number>): Findings =>
    findingsWith({
      metrics,
      champion: {
        status: 'compared',
        version: 1,
        rootDigest: 'a'.repeat(64),
        metrics: theirs,
        groups: [],
        meanLoss: 0.1,
        latencyMsPerRow: 1,
        difference: {},
      },
    });

  test.each([
    ['accuracy', 0.8, 0.81, 0.02, true],
    ['accuracy', 0.78, 0.81, 0.02, false],
    ['logLoss', 0.45, 0.4, 0.02, false],
    ['logLoss', 0.3, 0.4, 0, true],
    ['calibrationSlope', 1.2, 0.9, 0.05, false],
    ['calibrationSlope', 1.1, 0.9, 0, true],
  ])('%s %d against %d with a margin of %d: %s', (metric, own, theirs, margin, pass) => {
    const findings = against({ [metric]: own }, { [metric]: theirs });
    // 1.1 and 0.9 are as far from 1 in decimals, and not in binary.
    const gate = { kind: 'champion', metric, margin: margin + 1e-12 };
    expect(judge(gate, { findings, champion })).toMatchObject({ value: own, pass });
  });

  test('passes where there is no champion, and not where the champion could not be run', () => {
    const gate = { kind: 'champion', metric: 'accuracy' };
    const alone = findingsWith({
      metrics: { accuracy: 0.5 },
      champion: { status: 'absent', reason: 'hosted elsewhere' },
    });
    expect(judge(gate, { findings: alone })).toMatchObject({ pass: true });
    expect(judge(gate, { findings: alone, champion })).toMatchObject({ pass: false, why: 'hosted elsewhere' });
  });

  test('who is worse than another is exactly not better', () => {
    const metric = fc.constantFrom(...(Object.keys(METRICS) as MetricName[]));
    const value = fc.double({ min: -10, max: 10, noNaN: true });
    fc.assert(
      fc.property(metric, value, value, (name, a, b) => {
        expect(worseBy(name, a, b) + worseBy(name, b, a)).toBeCloseTo(0, 9);
      }),
    );
  });
});

describe('beside the champion, without chance', () => {
  const paired = (difference: number, standardError: number) =>
    findingsWith({
      metrics: { accuracy: 0.8 + difference },
      champion: {
        status: 'compared',
        version: 1,
        rootDigest: 'a'.repeat(64),
        metrics: { accuracy: 0.8 },
        groups: [],
        meanLoss: 0.2,
        latencyMsPerRow: 1,
        difference: { accuracy: difference },
        paired: { metrics: { accuracy: { difference, standardError, low: 0, high: 0, p: 1 } } },
      },
    });
  const gate = { kind: 'champion', metric: 'accuracy', margin: 0.02, significance: 0.05 };

  test.each([
    ['as good, on many rows', 0, 0.005, true],
    ['as good, on too few rows to tell', 0, 0.02, false],
    ['better than chance could hide', 0.05, 0.03, true],
    ['worse', -0.03, 0.001, false],
  ])('%s', (_, difference, standardError, pass) => {
    expect(judge(gate, { findings: paired(difference, standardError), champion })).toMatchObject({ pass });
  });

  test('the bound is the one-sided one', () => {
    const edge = 0.02 / 1.6448536269514722;
    expect(judge(gate, { findings: paired(0, edge - 1e-9), champion })).toMatchObject({ pass: true });
    expect(judge(gate, { findings: paired(0, edge + 1e-9), champion })).toMatchObject({
      pass: false,
      why: '0.8 against 0.8 of version 1; at 95 % it is worse by 0.02 at most',
    });
  });

  const withPaired = (over: object): Findings => {
    const found = paired(0, 0.01);
    const { evidence } = found;
    if (evidence.evidence !== 'labelled' || evidence.champion.status !== 'compared') throw new Error('not compared');
    const changed = { ...evidence.champion, paired: over } as typeof evidence.champion;
    return { ...found, evidence: { ...evidence, champion: changed } };
  };

  test('over clusters the bound is Student’s', () => {
    const clustered = (standardError: number) =>
      withPaired({
        metrics: { accuracy: { ...{ difference: 0, low: 0, high: 0, p: 1 }, standardError, degreesOfFreedom: 29 } },
      });
    const edge = 0.02 / 1.6991270265334977;
    expect(judge(gate, { findings: clustered(edge - 1e-9), champion })).toMatchObject({ pass: true });
    expect(judge(gate, { findings: clustered(edge + 1e-9), champion })).toMatchObject({ pass: false });
  });

  test('too few clusters do not pass, and are named as the reason', () => {
    const findings = withPaired({ metrics: {}, tooFewClusters: ['accuracy'] });
    expect(judge(gate, { findings, champion })).toMatchObject({
      pass: false,
      why: expect.stringMatching(/; fewer than 30 clusters are too few to judge by$/),
    });
  });

  test('older evidence, which has no pairs, does not pass', () => {
    const found = paired(0, 0);
    const { evidence } = found;
    if (evidence.evidence !== 'labelled' || evidence.champion.status !== 'compared') throw new Error('not compared');
    const { paired: _, ...older } = evidence.champion;
    expect(judge(gate, { findings: { ...found, evidence: { ...evidence, champion: older } }, champion })).toMatchObject(
      {
        pass: false,
      },
    );
  });
});

describe('fairness', () => {
  const measure = (difference: number, half: number) => ({
    measure: 'tpr' as const,
    n: 100,
    rate: 0.5,
    restN: 100,
    restRate: 0.5 - difference,
    tooSmall: false,
    difference,
    low: difference - half,
    high: difference + half,
    level: 0.95,
  });
  const small = { measure: 'tpr' as const, n: 3, rate: 1, restN: 200, restRate: 0.5, tooSmall: true };
  const findings = findingsWith({
    fairness: [
      {
        attribute: 'sex',
        demographicParity: { difference: 0.15, ratio: 0.7 },
        equalOpportunity: { difference: 0.2, ratio: 0.6 },
        groups: [
          { group: 'f', measures: [measure(-0.2, 0.05)] },
          { group: 'm', measures: [measure(0.2, 0.05)] },
          { group: 'x', measures: [small] },
        ],
      },
      {
        attribute: 'region',
        demographicParity: { difference: 0.05, ratio: 0.9 },
        groups: [
          { group: 'n', measures: [measure(0.3, 0.29)] },
          { group: 's', measures: [small] },
        ],
      },
    ],
  });

  test.each([
    [{ tolerance: 0.16 }, true],
    [{ tolerance: 0.1 }, false],
    [{ tolerance: 0.1, attribute: 'region' }, true],
    [{ tolerance: 0.1, attribute: 'sex' }, false],
    [{ tolerance: 1, attribute: 'age' }, false],
    [{ tolerance: 1, measure: 'fpr' }, false],
  ])('%j: %s', (given, pass) => {
    expect(judge({ kind: 'fairness', measure: 'tpr', ...given }, { findings })).toMatchObject({ pass });
  });

  test('names the group that is furthest off, and those that nobody can judge', () => {
    const { value, why } = judge({ kind: 'fairness', measure: 'tpr', tolerance: 0.1 }, { findings }) ?? {};
    expect(Math.abs(value ?? 0)).toBe(0.2);
    expect(why).toMatch(/^sex [fm]: -?0\.2 from the rest, between .*; too small to judge: sex x, region s$/);
  });

  test.each([
    [{ measure: 'demographicParity', as: 'ratio', min: 0.8 }, 0.7, false],
    [{ measure: 'demographicParity', as: 'ratio', min: 0.8, attribute: 'region' }, 0.9, true],
    [{ measure: 'demographicParity', as: 'difference', max: 0.15 }, 0.15, true],
    [{ measure: 'equalizedOdds', as: 'difference', max: 1 }, undefined, false],
  ])('parity %j: %s, %s', (given, value, pass) => {
    const result = judge({ kind: 'parity', ...given }, { findings });
    expect(result).toMatchObject({ pass });
    expect(result?.value).toBe(value);
  });

  test('without labelled evidence nothing is fair', () => {
    for (const gate of [
      { kind: 'fairness', measure: 'tpr', tolerance: 1 },
      { kind: 'parity', measure: 'demographicParity', as: 'ratio', min: 0 },
    ])
      expect(judge(gate)).toMatchObject({ pass: false, why: expect.stringContaining('nothing to judge') });
  });
});

describe('budgets', () => {
  const findings = findingsWith({});

  test.each([
    [{ kind: 'latency', maxMs: 0.4 }, 0.4, true],
    [{ kind: 'latency', maxMs: 0.3 }, 0.4, false],
    [{ kind: 'latency', percentile: 'p50', maxMs: 0.3 }, 0.2, true],
    [{ kind: 'latency', rows: 100, maxMs: 1.9 }, 2, false],
    [{ kind: 'load', maxMs: 5 }, 5, true],
    [{ kind: 'memory', maxMb: 99 }, 100, false],
  ])('%j: %d, %s', (gate, value, pass) => {
    expect(judge(gate, { findings })).toMatchObject({ value, pass });
  });

  test('what was timed in a large sandbox is judged as it would be with the memory of the scorer', () => {
    const latency = { ...findings.latency, scorer: scorerSpeed(512, 3008) };
    const there: Findings = { ...findings, latency };
    const slowdown = 1769 / 512;
    expect(judge({ kind: 'latency', maxMs: 1 }, { findings: there })).toMatchObject({
      value: expect.closeTo(0.4 * slowdown, 9),
      pass: false,
      why: "1.382 ms over 10 runs in the sandbox (0.4 ms there, 3.455 times as long with the scorer's 512 MB)",
    });
    expect(judge({ kind: 'load', maxMs: 10 }, { findings: there })).toMatchObject({
      value: expect.closeTo(5 * slowdown, 9),
      pass: false,
    });
    const alike: Findings = { ...findings, latency: { ...findings.latency, scorer: scorerSpeed(1769, 3008) } };
    expect(judge({ kind: 'latency', maxMs: 1 }, { findings: alike })).toMatchObject({
      value: 0.4,
      why: '0.4 ms over 10 runs in the sandbox',
    });
  });

  test.each([
    // Memory of scorer and sandbox, threads, how many times slower.
    [1769, 3008, 1, 1],
    [3538, 3008, 1, 1],
    [3538, 3538, 2, 1],
    [10240, 3538, 2, 1],
    [512, 1024, 1, 2],
    [1024, 512, 1, 1],
  ])('a scorer of %d MB and a sandbox of %d: %d threads, %d times slower', (scorer, sandbox, threads, slowdown) => {
    expect([threadsOf(scorer, sandbox), scorerSpeed(scorer, sandbox).slowdown]).toEqual([threads, slowdown]);
  });

  test('at an endpoint, the round trip counts, and what nobody can know has not passed', () => {
    const { peakMemoryBytes: _memory, ...rest } = findings;
    const batch1 = { runs: 9, p50: 20, p99: 40 };
    const there: Findings = { ...rest, latency: { batch1, roundTrip: true } };
    expect(judge({ kind: 'latency', maxMs: 40 }, { findings: there })).toMatchObject({
      value: 40,
      pass: true,
      why: '40 ms over 9 calls of the endpoint, network included',
    });
    for (const gate of [
      { kind: 'load', maxMs: 1e6 },
      { kind: 'memory', maxMb: 1e6 },
    ])
      expect(judge(gate, { findings: there })).toMatchObject({
        pass: false,
        why: expect.stringMatching(/is not known of a model at an endpoint/),
      });
  });

  test('what is hosted elsewhere was not timed', () => {
    for (const gate of [
      { kind: 'latency', maxMs: 1 },
      { kind: 'load', maxMs: 1 },
      { kind: 'memory', maxMb: 1 },
    ]) {
      expect(judge(gate)).toMatchObject({ pass: false, why: expect.stringContaining('hosted elsewhere') });
    }
  });
});

describe('what must be declared', () => {
  const sha256 = 'c'.repeat(64);
  const whole = {
    owner: 'risk',
    training: { datasets: [{ name: 'loans', sha256 }], code: { repo: 'r', commit: 'abc' }, parent: 1 },
    evaluation: { data: 'e.csv', label: 'y', protected: ['sex'] },
    golden: { data: 'g.csv' },
    card: { purpose: 'limits', limitations: 'young people' },
    risk: 'low',
  };

  test.each([
    ['datasets', { training: { datasets: [{ name: 'loans' }] } }],
    ['code', { training: { code: { repo: 'r' } } }],
    ['parent', {}],
    ['owner', {}],
    ['protected', { evaluation: { data: 'e.csv', label: 'y' } }],
    ['golden', {}],
    ['card', { card: { purpose: 'limits' } }],
    ['evaluation', {}],
    ['risk', {}],
  ])('%s', (what, lacking) => {
    const gate = { kind: 'declared', what, severity: 'warn' };
    expect(judge(gate, { candidate: registered(2, whole) })).toMatchObject({ pass: true, severity: 'warn' });
    const result = judge(gate, { candidate: registered(2, lacking) });
    expect(result).toMatchObject({ pass: false, why: expect.stringMatching(/^contender.yaml: \w+/) });
  });
});

test('what the run logged of datasets and code is declared, too', () => {
  const run = { id: 'r1', datasets: [{ name: 'loans', digest: '1a2b3c4d' }], code: { repo: 'r', commit: 'abc' } };
  for (const what of ['datasets', 'code']) {
    const gate = { kind: 'declared', what, severity: 'block' };
    const [logged, bare] = [
      { ...registered(2), run },
      { ...registered(2), run: { id: 'r2', datasets: [] } },
    ];
    expect(judge(gate, { candidate: logged })).toMatchObject({ pass: true, why: 'logged by the run r1' });
    expect(judge(gate, { candidate: bare })).toMatchObject({ pass: false });
  }
});

test.each<[ModelSigning | undefined, boolean, string]>([
  [{ status: 'verified', key: 'release' }, true, 'signed by release'],
  [
    {
      status: 'verified',
      key: 'pki',
      signer: {
        kind: 'certificate',
        subject: 'CN=ML',
        names: ['ml@b.de'],
        issuer: 'CN=Root',
        serial: '1',
        sha256: 'a',
      },
    },
    true,
    'signed by pki: CN=ML (ml@b.de), certified by CN=Root',
  ],
  [
    { status: 'verified', key: 'ci', signer: { kind: 'identity', identity: 'https://ci', issuer: 'https://idp' } },
    true,
    'signed by ci: https://ci, vouched for by https://idp',
  ],
  [{ status: 'unknown-key', hint: 'abc' }, false, 'signed by a key that the policy does not have (abc)'],
  [
    { status: 'unknown-key', hint: 'a', signer: { kind: 'identity', identity: 'm@x', issuer: 'https://idp' } },
    false,
    'signed under an authority that the policy does not trust, which says: m@x, vouched for by https://idp',
  ],
  [
    {
      status: 'unknown-key',
      hint: 'a',
      signer: { kind: 'identity', identity: 'm@x', issuer: 'https://idp' },
      vouchedBy: 'ci',
    },
    false,
    'signed by somebody whom the policy does not name: m@x, vouched for by https://idp; known by the roots of "ci"',
  ],
  [{ status: 'unsigned' }, false, 'there is no model.sig; sign the folder with OpenSSF model signing'],
  [undefined, false, 'there is no model.sig; sign the folder with OpenSSF model signing'],
])('a model signature %j: %s', (signing, pass, why) => {
  const signed = { ...registered(2), ...(signing === undefined ? {} : { signing }) };
  expect(judge({ kind: 'signed' }, { candidate: signed })).toMatchObject({ pass, why });
});

describe('compatible with the champion', () => {
  const withInputs = (inputs: unknown, more: object = {}) => registered(1, { inputs, ...more });
  const problemsOf = (before: unknown, now: unknown) => incompatibilities(withInputs(before), withInputs(now));
  const AGE = { name: 'age', type: 'double' };

  test.each([
    ['the same columns', [AGE], [AGE]],
    ['an added column that may be left out', [AGE], [AGE, { name: 'rate', missing: 'nan' }]],
    ['another order', [AGE, { name: 'rate' }], [{ name: 'rate' }, AGE]],
    [
      'more levels',
      [{ name: 'a', type: 'string', levels: ['x'] }],
      [{ name: 'a', type: 'string', levels: ['y', 'x'] }],
    ],
    ['a wider range', [{ ...AGE, min: 18, unseen: 'reject' }], [{ ...AGE, min: 0, unseen: 'reject' }]],
    ['a range that refuses nothing', [AGE], [{ ...AGE, min: 18 }]],
    ['a column that may be left out now', [AGE], [{ ...AGE, missing: 'nan' }]],
    [
      'fewer levels, the others count as missing',
      [{ name: 'a', type: 'string', levels: ['x', 'y'] }],
      [{ name: 'a', type: 'string', levels: ['x'], unseen: 'missing' }],
    ],
  ])('%s', (_, before, now) => {
    expect(problemsOf(before, now)).toEqual([]);
  });

  test.each([
    ['removed', [AGE, { name: 'rate' }], [AGE], ["column 'rate' is removed"]],
    ['retyped', [AGE], [{ ...AGE, type: 'string' }], ["column 'age' is string, was double"]],
    ['new, needed', [AGE], [AGE, { name: 'rate' }], [expect.stringContaining("column 'rate' is new")]],
    ['no longer optional', [{ ...AGE, missing: 0 }], [AGE], ["column 'age' may no longer be left out"]],
    [
      'fewer levels',
      [{ name: 'a', type: 'string', levels: ['x', 'y'] }],
      [{ name: 'a', type: 'string', levels: ['x'] }],
      ["column 'a' no longer takes y"],
    ],
    [
      'levels only',
      [{ name: 'a', type: 'string' }],
      [{ name: 'a', type: 'string', levels: ['x'] }],
      ["column 'a' takes its levels only, was free"],
    ],
    [
      'narrower',
      [AGE],
      [{ ...AGE, min: 18, max: 99, unseen: 'reject' }],
      ["column 'age' takes 18 to 99 only, was -Infinity to Infinity"],
    ],
  ])('not: %s', (_, before, now, problems) => {
    expect(problemsOf(before, now)).toEqual(problems);
  });

  test('columns that disappear altogether', () => {
    expect(incompatibilities(withInputs([AGE]), registered(2))).toEqual([
      'it takes tensors only, and the champion takes columns by name',
    ]);
  });

  const tensors = (inputs: Tensor[], outputs: Tensor[] = []) => {
    const version = registered(1);
    return { ...version, signature: { ...version.signature, inputs, outputs } };
  };
  const X: Tensor = { name: 'X', datatype: 'FP32', shape: [-1, 2] };

  test.each([
    ['a free batch', [{ ...X, shape: [4, 2] }], [X], []],
    ['a fixed batch', [X], [{ ...X, shape: [4, 2] }], ['input X is FP32 [4, 2], was FP32 [-1, 2]']],
    ['another datatype', [X], [{ ...X, datatype: 'FP64' as const }], ['input X is FP64 [-1, 2], was FP32 [-1, 2]']],
    ['another input', [X], [X, { ...X, name: 'Y' }], ['input Y is new, and a tensor cannot be left out']],
  ])('tensors of models without columns: %s', (_, before, now, problems) => {
    expect(incompatibilities(tensors(before), tensors(now))).toEqual(problems);
  });

  test('an output that is removed, a class that is not predicted, another task', () => {
    expect(incompatibilities(tensors([X], [{ ...X, name: 'p' }]), tensors([X]))).toEqual(['output p is removed']);
    const before = {
      ...registered(1),
      manifest: manifestSchema.parse({ task: 'regression', output: { classes: ['a', 'b'] } }),
    };
    const now = {
      ...registered(2),
      manifest: manifestSchema.parse({ task: 'binary-classification', output: { classes: ['a', 'c'] } }),
    };
    expect(incompatibilities(before, now)).toEqual([
      'the task is binary-classification, was regression',
      'the class b is no longer predicted',
    ]);
  });
});

describe('the verdict', () => {
  const table = (gates: unknown[], number = 3) =>
    judgeGates(
      { number, policy: policySchema.parse({ gates }) },
      { candidate, findings: findingsWith({ metrics: { accuracy: 0.7 } }), champion: undefined },
    );

  test('failures that block reject, and are named with what to do', () => {
    const rejection = rejectionBy(
      table([
        { kind: 'metric', metric: 'accuracy', min: 0.8 },
        { kind: 'declared', what: 'owner' },
        { kind: 'memory', maxMb: 500 },
      ]),
    );
    expect(rejection?.code).toBe('gate-failed');
    expect(rejection?.message).toMatch(
      /^2 of 3 gates of policy 3 failed\. accuracy \(≥ 0\.8\): 0\.7 .*owner \(declared\)/,
    );
  });

  test('failures that warn do not', () => {
    expect(rejectionBy(table([{ kind: 'metric', metric: 'accuracy', min: 0.8, severity: 'warn' }]))).toBeUndefined();
  });

  test('by default a version only has to fit the champion’s callers', () => {
    expect(policySchema.parse({}).gates).toEqual([{ kind: 'compatible', severity: 'block' }]);
  });
});

describe('gates that cannot be meant', () => {
  test.each([
    [{ kind: 'metric', metric: 'accuracy' }, 'needs a limit'],
    [{ kind: 'metric', metric: 'accuracy', min: 1, max: 0 }, 'nothing passes'],
    [{ kind: 'metric', metric: 'acuracy', min: 1 }, 'accuracy'],
    [{ kind: 'champion', metric: 'f1', significance: 0.05 }, 'known of accuracy'],
    [{ kind: 'parity', measure: 'demographicParity', as: 'ratio' }, 'needs a limit'],
    [{ kind: 'parity', measure: 'demographicParity', as: 'ratio', min: 1, max: 0.5 }, 'nothing passes'],
    [{ kind: 'latency', maxMs: 0 }, '>0'],
    [{ kind: 'declared', what: 'fame' }, 'datasets'],
  ])('%j is refused: %s', (gate, words) => {
    const { success, error } = gateSchema.safeParse(gate);
    expect(success).toBe(false);
    expect(error?.message).toContain(words);
  });

  test('defaults are the strict ones', () => {
    const gate: Gate = gateSchema.parse({ kind: 'latency', maxMs: 50 });
    expect(gate).toEqual({ kind: 'latency', maxMs: 50, rows: 1, percentile: 'p99', severity: 'block' });
  });
});
