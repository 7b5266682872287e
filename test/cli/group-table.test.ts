import { stripVTControlCharacters } from 'node:util';
import { groupTable } from '../../cli/group-table';
import type { AttributeGroups } from '../../lambdas/evaluation/contract';

type Rates = AttributeGroups['groups'][number];

const group = {
  n: 400,
  selectionRate: 0.25,
  tpr: 0.5,
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
  expect(linesOf({})).toEqual(['sex f 400 0.25 0.5 0.75']);
});

test('a TPR over few positives is marked in a large group, its other rates are not', () => {
  expect(linesOf({ tprTooSmall: true })).toEqual([
    'sex f 400 0.25 0.5 * 0.75',
    expect.stringMatching(/too small to judge/),
  ]);
});

test('in a small group every rate is marked, and what there is none of stays a dash', () => {
  expect(linesOf({ n: 9, tooSmall: true, tprTooSmall: true, tpr: null })[0]).toBe('sex f 9 0.25 * – 0.75 *');
});
