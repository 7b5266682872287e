import { parseConfig } from '../../lib/config';

test('an empty config has every default', () => {
  const config = parseConfig(undefined, 'test');
  expect(config).toMatchObject({
    deployment: 'contender',
    removal: 'retain',
    deletionProtection: true,
    enforceTls: true,
    credentials: 'bootstrap-roles',
  });
  expect(config.policy.rollout.steps.map(({ mode }) => mode)).toEqual(['shadow', 'canary', 'canary']);
});

test('everything that is wrong is named, with where it was read', () => {
  const wrong = { deployment: 'Mine!', colour: 'blue', policy: { rollout: { alpha: 2 } } };
  const parse = () => parseConfig(wrong, 'context key "contender"');
  expect(parse).toThrow(/context key "contender"/);
  expect(parse).toThrow(/deployment: lower-case letters/);
  expect(parse).toThrow(/colour/);
  expect(parse).toThrow(/policy\.rollout\.alpha/);
});

test('a default policy that functions could not carry in their environment fails the synth', () => {
  const gate = { kind: 'fairness', measure: 'tpr', attribute: 'a'.repeat(200), tolerance: 0.1 } as const;
  const policyOf = (count: number) => ({ policy: { tiers: { high: { gates: Array(count).fill(gate) } } } });
  expect(parseConfig(policyOf(2), 'test').policy.tiers?.high?.gates).toHaveLength(2);
  expect(() => parseConfig(policyOf(12), 'test')).toThrow(
    /policy: over 3000 bytes as JSON.*contender policy <model> --set/,
  );
});
