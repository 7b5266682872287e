import fc from 'fast-check';
import { type Gate, type Policy, policySchema, type Risk, storedPolicySchema } from '../../lambdas/registry/contract';
import { policyFor, policyText } from '../../lambdas/registry/domain/policy-for';

const atLeast = (min: number) => ({ kind: 'metric', metric: 'accuracy', min });
const mins = (gates: readonly Gate[]) => gates.flatMap((gate) => (gate.kind === 'metric' ? gate.min : []));
const shadow = (bake: string) => [{ mode: 'shadow', bake }];

const BANK = policySchema.parse({
  gates: [atLeast(0.1)],
  tiers: {
    low: { gates: [atLeast(0.2)] },
    medium: { gates: [atLeast(0.3)], approval: { knownUploader: 2 }, rollout: { steps: shadow('P2D'), margin: 0.05 } },
    high: { gates: [atLeast(0.4)], approval: { unknownUploader: 4 }, rollout: { steps: shadow('P9D'), margin: 0.2 } },
  },
  named: {
    retail: {
      gates: [atLeast(0.5), atLeast(0.2)],
      approval: { knownUploader: 1, unknownUploader: 3, expiresAfter: 'P5D' },
    },
  },
});

describe('the policy in force for a version', () => {
  test.each<[object, number[], Risk | undefined, string | undefined, [number, number], string]>([
    [{}, [0.1], undefined, undefined, [1, 2], 'P1D'],
    [{ policy: 'default' }, [0.1], undefined, undefined, [1, 2], 'P1D'],
    [{ risk: 'low' }, [0.1, 0.2], 'low', undefined, [1, 2], 'P1D'],
    [{ risk: 'medium' }, [0.1, 0.2, 0.3], 'medium', undefined, [2, 2], 'P2D'],
    [{ risk: 'high' }, [0.1, 0.2, 0.3, 0.4], 'high', undefined, [2, 4], 'P9D'],
    [{ policy: 'retail' }, [0.1, 0.5, 0.2], undefined, 'retail', [1, 3], 'P1D'],
    [{ risk: 'high', policy: 'retail' }, [0.1, 0.2, 0.3, 0.4, 0.5], 'high', 'retail', [2, 4], 'P9D'],
  ])('of %j', (declared, gates, tier, named, reviewers, bake) => {
    const { demands, standing, unknownName } = policyFor(BANK, declared);
    expect(mins(demands.gates)).toEqual(gates);
    expect(standing).toEqual({ ...(tier && { tier }), ...(named && { named }) });
    expect([demands.approval.knownUploader, demands.approval.unknownUploader]).toEqual(reviewers);
    expect(demands.approval.expiresAfter).toBe(named ? 'P5D' : 'P30D');
    expect(demands.rollout.steps[0]?.bake).toBe(bake);
    expect(unknownName).toBeUndefined();
  });

  test('takes of the rollout what an overlay says, and the rest from the policy', () => {
    const { margin, alpha, stepDeadline } = policyFor(BANK, { risk: 'high' }).demands.rollout;
    expect({ margin, alpha, stepDeadline }).toEqual({ margin: 0.2, alpha: 0.05, stepDeadline: 'P14D' });
  });

  test.each<[Risk | undefined, Risk | undefined, Risk | undefined]>([
    [undefined, 'medium', 'medium'],
    ['low', 'medium', 'medium'],
    ['medium', 'medium', 'medium'],
    ['high', 'medium', 'high'],
    ['low', 'high', 'high'],
    ['low', undefined, 'low'],
    [undefined, undefined, undefined],
  ])('declared %s, at least %s: tier %s', (risk, leastRisk, tier) => {
    const floor = leastRisk === undefined ? {} : { leastRisk };
    expect(policyFor({ ...BANK, ...floor }, risk === undefined ? {} : { risk }).standing.tier).toBe(tier);
  });

  test('knows no tier where it has none, whatever a version declares', () => {
    const plain = policySchema.parse({});
    const { demands, standing } = policyFor(plain, { risk: 'high' });
    expect(standing).toEqual({});
    expect(demands).toEqual(plain);
  });

  test.each(['wholesale', 'Retail', '', 'constructor', '__proto__', 'toString'])(
    'has no policy named "%s"',
    (policy) => {
      const found = policyFor(BANK, { risk: 'medium', policy });
      expect(found.unknownName).toBe(policy);
      expect(found).toMatchObject(policyFor(BANK, { risk: 'medium' }));
    },
  );

  test('is told by number, tier and name', () => {
    expect(policyText({ policy: 0 })).toBe('the default policy');
    expect(policyText({ policy: 3, tier: 'high', named: 'retail' })).toBe('policy 3, tier high, named retail');
  });
});

const anyGates = fc.array(
  fc.integer({ min: 0, max: 9 }).map((n) => atLeast(n / 10)),
  { maxLength: 4 },
);
const reviewers = fc.integer({ min: 1, max: 5 });
const anyOverlay = fc.record(
  {
    gates: anyGates,
    approval: fc.record({ knownUploader: reviewers, unknownUploader: reviewers }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
const anyRisk = fc.constantFrom<Risk>('low', 'medium', 'high');
const NAMES = ['retail', 'wholesale', 'public'];
const anyPolicy: fc.Arbitrary<Policy> = fc
  .record(
    {
      gates: anyGates,
      approval: fc.record({ knownUploader: reviewers, unknownUploader: reviewers }),
      leastRisk: anyRisk,
      tiers: fc.record({ low: anyOverlay, medium: anyOverlay, high: anyOverlay }, { requiredKeys: [] }),
      named: fc.dictionary(fc.constantFrom(...NAMES), anyOverlay),
    },
    { requiredKeys: [] },
  )
  .map((policy) => policySchema.parse(policy));
const anyDeclaration = fc.record(
  { risk: anyRisk, policy: fc.constantFrom('default', 'unheard-of', 'constructor', ...NAMES) },
  { requiredKeys: [] },
);

const textsOf = (gates: readonly Gate[]) => gates.map((gate) => JSON.stringify(gate));
/** Whether the second demands all that the first does. */
const demandsAll = (less: Pick<Policy, 'gates' | 'approval'>, more: Pick<Policy, 'gates' | 'approval'>): boolean =>
  textsOf(less.gates).every((gate) => textsOf(more.gates).includes(gate)) &&
  more.approval.knownUploader >= less.approval.knownUploader &&
  more.approval.unknownUploader >= less.approval.unknownUploader;

test('no declaration of an uploader takes away a gate or a reviewer, neither of the policy nor of who declares nothing', () => {
  fc.assert(
    fc.property(anyPolicy, anyDeclaration, (policy, declared) => {
      const { demands } = policyFor(policy, declared);
      expect(demandsAll(policy, demands)).toBe(true);
      expect(demandsAll(policyFor(policy, {}).demands, demands)).toBe(true);
    }),
  );
});

test('a higher risk demands whatever a lower one does, and so does a policy with a higher floor', () => {
  const order = ['low', 'medium', 'high'];
  fc.assert(
    fc.property(anyPolicy, anyDeclaration, anyRisk, anyRisk, (policy, declared, one, other) => {
      const [lower, higher] = [one, other].sort((a, b) => order.indexOf(a) - order.indexOf(b)) as [Risk, Risk];
      const under = (risk: Risk) => policyFor(policy, { ...declared, risk }).demands;
      expect(demandsAll(under(lower), under(higher))).toBe(true);
      const least = (leastRisk: Risk) => policyFor({ ...policy, leastRisk }, declared).demands;
      expect(demandsAll(least(lower), least(higher))).toBe(true);
    }),
  );
});

const gates = (count: number) => Array.from({ length: count }, (_, i) => atLeast(i / 100));
const quick = { rollout: { steps: shadow('PT1H') } };
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, {}]));

test.each<[string, object, string, RegExp]>([
  ['a tier of no risk', { tiers: { severe: {} } }, 'tiers', /severe/],
  [
    'a gate that cannot be meant',
    { tiers: { high: { gates: [atLeast(1), { kind: 'load' }] } } },
    'tiers.high.gates.1.maxMs',
    /expected number/,
  ],
  [
    'no reviewer at all',
    { named: { retail: { approval: { knownUploader: 0 } } } },
    'named.retail.approval.knownUploader',
    />=1/,
  ],
  ['a floor of no risk', { leastRisk: 'none' }, 'leastRisk', /low/],
  ['the name default', { named: { default: {} } }, 'named.default', /is the policy without any name/],
  ['a name that is none', { named: { 'a b': {} } }, 'named.a b', /1 to 63 letters/],
  ['too many names', { named: many(21) }, 'named', /21 names, over the limit of 20/],
  ['keys that sign in one tier only', { tiers: { high: { signing: { keys: [] } } } }, 'tiers.high', /signing/],
  [
    'steps of the lowest tier only',
    { tiers: { low: quick, high: quick } },
    'tiers.medium.rollout.steps',
    /the tier low says rollout\.steps for itself; say what holds for medium, too/,
  ],
  [
    'steps of both tier and name',
    { tiers: { high: quick }, named: { retail: quick } },
    'named.retail.rollout.steps',
    /tiers say rollout\.steps, too/,
  ],
  [
    'more gates than a table holds',
    { gates: gates(12), tiers: { low: { gates: gates(10) }, high: { gates: gates(9) } } },
    'tiers',
    /31 gates \(12 of the policy, 19 of its tiers\), over the limit of 30/,
  ],
  [
    'more gates under a name',
    {
      gates: gates(12),
      tiers: { high: { gates: gates(9) } },
      named: { a: { gates: gates(2) }, b: { gates: gates(10) } },
    },
    'named.b.gates',
    /31 gates \(12 of the policy, 9 of its tiers, 10 of "b"\)/,
  ],
])('a policy with %s is refused with its place', (_, policy, path, words) => {
  const faults = policySchema.safeParse(policy).error?.issues ?? [];
  expect(faults.map((fault) => fault.path.join('.'))).toContain(path);
  expect(faults.map(({ message }) => message).join('\n')).toMatch(words);
});

test('30 gates are let through, however they are spread', () => {
  const spread = {
    gates: gates(10),
    tiers: { low: { gates: gates(10) } },
    named: { a: { gates: gates(10) }, b: { gates: gates(9) } },
  };
  expect(policySchema.safeParse(spread).success).toBe(true);
});

test('a policy that no record holds is refused, and says so', () => {
  const attribute = 'ä'.repeat(256);
  const wide = Array.from({ length: 30 }, () => ({ kind: 'fairness', measure: 'tpr', attribute, tolerance: 0.1 }));
  const named = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, { gates: wide }]));
  const { error } = policySchema.safeParse({ gates: [], named });
  expect(error?.issues).toMatchObject([
    { path: [], message: expect.stringMatching(/has \d{6} bytes as JSON, over the limit of 150000/) },
  ]);
});

test('a policy from before there were tiers is what it was', () => {
  const { leastRisk, tiers, named, ...before } = policySchema.parse({ approval: { knownUploader: 3 } });
  expect([leastRisk, tiers, named]).toEqual([undefined, undefined, undefined]);
  const item = { pk: 'MODEL#wage', sk: 'POLICY#1', entity: 'Policy', schemaVersion: 1, generation: 0, ...before };
  expect(storedPolicySchema.parse(item)).toEqual(before);
  expect(policyFor(storedPolicySchema.parse(item), { risk: 'high' }).demands).toEqual(before);
});
