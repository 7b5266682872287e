import fc from 'fast-check';
import { Conflict } from '../../lambdas/kernel/errors';
import type { OutcomeMessage } from '../../lambdas/monitoring/contract';
import { judgeDueBatches } from '../../lambdas/monitoring/domain/detect-drift';
import { processOutcomes } from '../../lambdas/monitoring/process-outcomes';
import {
  batchOf,
  DAY,
  FakeEvidenceStore,
  fakeWeighing,
  outcome,
  ROLLOUT,
  rulesFor,
  servingVersion,
  TODAY,
} from './evidence-world';

const version = servingVersion({ value: { tp: 0, fp: -5, fn: -100, tn: 10, currency: 'EUR' } });
const SOON = TODAY + 120_000;

const world = (now = SOON) => {
  const store = new FakeEvidenceStore();
  const ports = { store, weighing: fakeWeighing(version), now: () => now };
  return { store, ports, process: (...outcomes: OutcomeMessage[]) => processOutcomes(batchOf(...outcomes), ports) };
};

const shadowed = (row: number, truth: number): OutcomeMessage =>
  outcome(row, {
    truth,
    rolloutId: ROLLOUT,
    shadow: { status: 'scored', version: 2, scored: { prediction: { kind: 'class', index: row % 2 } } },
  });

const drawn = (row: number, role: 'champion' | 'challenger'): OutcomeMessage =>
  outcome(row, { role, rolloutId: ROLLOUT, propensity: role === 'champion' ? 0.9 : 0.1, truth: row % 2 });

/** Evidence as numbers that may differ in their last digits: sums of floats in another order. */
const settled = (store: FakeEvidenceStore): string =>
  JSON.stringify(
    [
      { ...judgeDueBatches(store.record.version, TODAY + 2 * DAY, rulesFor(version)), generation: 0 },
      [...store.record.pairs].map(([sk, item]) => [sk, { ...item, generation: 0 }]).sort(),
      [...store.record.arms].map(([sk, item]) => [sk, { ...item, generation: 0 }]).sort(),
      [...store.record.outcomes].sort(),
    ],
    (_, value) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value),
  );

test('outcomes that are new become evidence in one write', async () => {
  const { store, process } = world();
  expect(await process(outcome(0), outcome(1, { truth: 1 }))).toEqual({ fresh: 2, corrected: 0 });
  expect(store.saves).toBe(1);
  expect(store.record.version.window).toMatchObject({ n: 2, correct: 1, lossSum: 1, valueSum: 10 - 100 });
});

test('a message that is delivered again writes nothing', async () => {
  const { store, process } = world();
  await process(outcome(0), outcome(1));
  expect(await process(outcome(0), outcome(1))).toEqual({ fresh: 0, corrected: 0 });
  expect(store.saves).toBe(1);
});

test('when another writes first, the batch is weighed anew on what that one left', async () => {
  const { store, process } = world();
  store.meanwhile = () => process(outcome(7, { truth: 1 }));
  await process(outcome(0));
  expect(store.record.version.window).toMatchObject({ n: 2, correct: 1 });
  expect(store.record.version.generation).toBe(1);
});

test('a batch that loses every race fails, and the queue brings it again', async () => {
  const { store, process } = world();
  store.save = async () => {
    throw new Conflict('the evidence changed meanwhile');
  };
  await expect(process(outcome(0))).rejects.toThrow(Conflict);
});

test.each(['rules', 'read', 'before the write', 'after the write'])(
  'a crash at %s leaves nothing counted twice and nothing lost',
  async (where) => {
    const { store, ports } = world();
    const crash = (): never => {
      throw new Error(`crashed at ${where}`);
    };
    const faulty = {
      now: ports.now,
      weighing: { ...ports.weighing, ...(where === 'rules' ? { rules: crash } : {}) },
      store: {
        read: where === 'read' ? crash : store.read.bind(store),
        save: async (...args: Parameters<FakeEvidenceStore['save']>) => {
          if (where === 'before the write') crash();
          await store.save(...args);
          if (where === 'after the write') crash();
        },
      },
    };
    const batch = batchOf(outcome(0), shadowed(1, 1), drawn(2, 'challenger'));
    await expect(processOutcomes(batch, faulty)).rejects.toThrow('crashed');
    await processOutcomes(batch, ports);
    const calm = world();
    await calm.process(...batch.outcomes);
    expect(settled(store)).toBe(settled(calm.store));
    expect(store.saves).toBe(1);
  },
);

test('any order, chunking and repetition of outcomes gives the same evidence', async () => {
  const rows = Array.from({ length: 24 }, (_, row) =>
    row % 3 === 0 ? shadowed(row, row % 2) : row % 3 === 1 ? drawn(row, 'champion') : drawn(row, 'challenger'),
  );
  const calm = world();
  await calm.process(...rows);
  const expected = settled(calm.store);
  const plan = fc.record({
    order: fc.shuffledSubarray(rows, { minLength: rows.length }),
    again: fc.array(fc.constantFrom(...rows), { maxLength: 10 }),
    size: fc.integer({ min: 1, max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ order, again, size }) => {
      const { store, process } = world();
      const sent = [...order, ...again];
      for (let start = 0; start < sent.length; start += size) await process(...sent.slice(start, start + size));
      expect(settled(store)).toBe(expected);
    }),
    { numRuns: 50 },
  );
});

test('whatever the order of three truths, the one seen last stands', async () => {
  const truths = [
    outcome(0, { truth: 0, observedAt: TODAY + 1 }),
    outcome(0, { truth: 1, observedAt: TODAY + 2 }),
    outcome(0, { truth: 0, observedAt: TODAY + 3 }),
  ];
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(truths, { minLength: 3 }), async (order) => {
      const { store, process } = world();
      for (const one of order) await process(one);
      expect([...store.record.outcomes.values()]).toEqual([{ truth: 0, observedAt: TODAY + 3, revision: 0 }]);
      expect(store.record.version.window).toMatchObject({ n: 1, correct: 1, lossSum: 0, valueSum: 10 });
    }),
  );
});

test('outcomes that speak of more rollouts than a transaction can write are written in several', async () => {
  const { store, process } = world();
  const many = Array.from({ length: 80 }, (_, row) => {
    const rolloutId = `01J${String(row % 40).padStart(23, '0')}`;
    return { ...drawn(row, 'champion'), rolloutId };
  });
  expect(await process(...many)).toEqual({ fresh: 80, corrected: 0 });
  expect(store.largest).toBeLessThanOrEqual(100);
  expect(store.record.arms.size).toBe(40);
  expect(store.record.version.window.n).toBe(80);
});
