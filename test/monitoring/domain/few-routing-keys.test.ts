import { seededRandom } from '../../../lambdas/evaluation/domain/seeded-random';
import { type ArmState, addToArm, compareArms, openArm } from '../../../lambdas/monitoring/domain/group-comparison';

const RULES = { weight: 0.05, margin: 0.01, alpha: 0.05 };

/** Whether a canary of two equal versions is ever called better or worse, looked at after every request. */
const isCalled = (random: () => number, requests: number, rowsOfRequest: number): boolean => {
  let champion = openArm();
  let challenger = openArm();
  const withRequest = (arm: ArmState): ArmState => {
    // A request's rows come from one segment, and share its key.
    const bucket = Math.floor(random() * 256);
    const rate = random() < 0.5 ? 0.02 : 0.18;
    return addToArm(
      arm,
      Array.from({ length: rowsOfRequest }, () => ({ bucket, loss: random() < rate ? 1 : 0 })),
    );
  };
  for (let request = 0; request < requests; request++) {
    if (random() < RULES.weight) challenger = withRequest(challenger);
    else champion = withRequest(champion);
    const { verdict } = compareArms(champion, challenger, RULES);
    if (verdict === 'better' || verdict === 'worse') return true;
  }
  return false;
};

test('a few requests of many rows each do not pass for many independent outcomes', () => {
  const random = seededRandom(23);
  const runs = Array.from({ length: 100 }, () => isCalled(random, 250, 250));
  expect(runs.filter(Boolean).length).toBeLessThanOrEqual(5);
});

test('an arm whose callers are few gets no verdict, and says why', () => {
  const rows = Array.from({ length: 600 }, (_, i) => ({ bucket: i % 19, loss: i % 5 === 0 ? 1 : 0 }));
  const worse = rows.map(({ bucket }, i) => ({ bucket, loss: i % 5 === 0 ? 0 : 1 }));
  expect(compareArms(addToArm(openArm(), rows), addToArm(openArm(), worse), { ...RULES, weight: 0.5 })).toMatchObject({
    verdict: 'not-yet',
    reason: expect.stringMatching(/fewer than 20 buckets/) as string,
  });
});
