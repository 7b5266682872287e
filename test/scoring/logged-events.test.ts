import { logger } from '../../lambdas/kernel/logger';
import { LoggedEvents } from '../../lambdas/scoring/adapters/logged-events';

test('an event that repeats is logged once in ten seconds, with the number kept quiet', () => {
  const warn = jest.spyOn(logger, 'warn').mockImplementation(() => undefined);
  const clock = { now: 0 };
  const events = new LoggedEvents(() => clock.now);
  const lost = (model: string) => events.report({ name: 'ChallengerLost', model, version: 2, reason: 'late' });
  lost('credit');
  lost('credit');
  lost('churn');
  clock.now = 10_000;
  lost('credit');
  expect(
    warn.mock.calls.map(([name, facts]) => [name, (facts as { model: string; suppressed: number }).suppressed]),
  ).toEqual([
    ['ChallengerLost', 0],
    ['ChallengerLost', 0],
    ['ChallengerLost', 1],
  ]);
});

test('causes are named, and nothing of their inside is logged', () => {
  const warn = jest.spyOn(logger, 'warn').mockImplementation(() => undefined);
  warn.mockClear();
  new LoggedEvents(() => 0).report({ name: 'RouteStale', model: 'credit', ageMs: 5, cause: new TypeError('away') });
  expect(warn).toHaveBeenCalledWith('RouteStale', {
    model: 'credit',
    ageMs: 5,
    cause: 'TypeError: away',
    suppressed: 0,
  });
});
