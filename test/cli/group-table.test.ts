import { stripVTControlCharacters } from 'node:util';
import { dataText, tooFewText } from '../../cli/evidence-text';
import { fairnessTable, groupTable, segmentTable } from '../../cli/group-table';
import type { AttributeGroups } from '../../lambdas/evaluation/contract';

type Rates = AttributeGroups['groups'][number];

const group = {
  n: 400,
  selectionRate: 0.25,
  tpr: 0.5,
  fpr: 0.125,
  accuracy: 0.75,
  loss: 0.25,
  tooSmall: false,
  tprTooSmall: false,
};
const linesOf = (...groups: ReadonlyArray<Partial<Rates>>): string[] =>
  stripVTControlCharacters(
    groupTable([{ attribute: 'sex', groups: groups.map((rest) => ({ ...group, group: 'f', ...rest })) }]),
  )
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/\s+/g, ' '));

test('rates over enough rows stand alone', () => {
  expect(linesOf({})).toEqual(['sex f 400 0.25 0.5 0.125 0.75']);
});

test('a TPR over few positives is marked in a large group, its other rates are not', () => {
  expect(linesOf({ tprTooSmall: true })).toEqual([
    'sex f 400 0.25 0.5 * 0.125 0.75',
    expect.stringMatching(/too small to judge/),
  ]);
});

test('in a small group every rate is marked, and what there is none of stays a dash', () => {
  expect(linesOf({ n: 9, tooSmall: true, tprTooSmall: true, tpr: null })[0]).toBe('sex f 9 0.25 * – 0.125 * 0.75 *');
});

test('only groups that differ by more than chance are listed beside parity', () => {
  const measure = (low: number, high: number) => ({
    measure: 'tpr' as const,
    n: 100,
    rate: 0.5,
    restN: 100,
    restRate: 0.4,
    tooSmall: false,
    difference: (low + high) / 2,
    low,
    high,
    level: 0.95,
  });
  const groups = [
    { group: 'f', measures: [measure(0.01, 0.2)] },
    { group: 'm', measures: [measure(-0.1, 0.2)] },
  ];
  const text = (of: typeof groups) =>
    stripVTControlCharacters(
      fairnessTable([{ attribute: 'sex', demographicParity: { difference: 0.1, ratio: 0.8 }, groups: of }]),
    );
  expect(text(groups)).toMatch(/sex\s+0\.1\s+0\.8\s+–\s+–[\s\S]*sex f\s+tpr\s+0\.105\s+0\.01 to 0\.2/);
  expect(text(groups)).not.toContain('sex m');
  expect(text(groups.slice(1))).toContain('no group differs from the rest by more than chance');
});

test('segments are a row each, and small ones are marked', () => {
  const segments = [
    { value: 'north', n: 90, metrics: { rmse: 2, mae: 1 }, tooSmall: false },
    { value: 'south', n: 9, metrics: { rmse: 4 }, tooSmall: true },
  ];
  const text = stripVTControlCharacters(segmentTable([{ column: 'region', segments }]));
  expect(text).toMatch(/segment\s+n\s+rmse\s+mae\nregion\s+north\s+90\s+2\s+1\nregion\s+south\s+9\s+4 \*\s+–/);
});

test('clusters are told beside the rows, where rows are not independent', () => {
  const [line, note] = linesOf({ clusters: 12, tooSmall: true, tprTooSmall: true });
  expect(line).toBe('sex f 400 12 0.25 * 0.5 * 0.125 * 0.75 *');
  expect(note).toContain('fewer than 30 rows or 30 clusters');
});

test('the data say of when they are, and which rows are not independent', () => {
  const data = { version: 1, file: 'evaluation.csv', sha256: 'a'.repeat(64), label: 'y', rows: 600 };
  expect(dataText(data)).toBe('evaluated on 600 rows of evaluation.csv');
  expect(dataText({ ...data, sample: { of: 9000, seed: 1 } })).toBe(
    'evaluated on 600 rows, drawn at random of 9000, of evaluation.csv',
  );
  const clustering = { column: 'customer', clusters: 60, largest: 10, alone: 0 };
  const span = { column: 'seen', from: Date.UTC(2024, 0, 15), to: Date.UTC(2024, 9, 15), missing: 0 };
  expect(dataText({ ...data, clustering, time: span })).toBe(
    'evaluated on 600 rows of evaluation.csv, seen from 2024-01-15 00:00:00 UTC to 2024-10-15 00:00:00 UTC\n' +
      'rows of one customer are not independent: intervals and p go by 60 clusters, of 10 rows at most',
  );
  expect(tooFewText({ metrics: {}, tooFewClusters: ['mcnemar', 'loss'] })).toEqual([
    'fewer than 30 clusters are too few to judge by: mcnemar, loss',
  ]);
});
