import { stripVTControlCharacters } from 'node:util';
import { gateTable } from '../../cli/gate-table';
import { riskText } from '../../cli/risk-text';

test.each([
  [{}, 'none declared'],
  [{ risk: 'low' as const }, 'low'],
  [{ tier: 'high' as const }, 'none declared, held to the tier high'],
  [
    { risk: 'low' as const, tier: 'high' as const, named: 'retail' },
    'low, held to the tier high, by the policy named retail',
  ],
])('%j reads %s', (held, text) => {
  expect(riskText(held)).toBe(text);
});

test('a table of gates says by which tier and name they were judged', () => {
  const results = [
    { gate: 'owner', kind: 'declared', threshold: 'declared', pass: true, why: 'is', severity: 'block' as const },
  ];
  const head = (rest: object) =>
    stripVTControlCharacters(gateTable({ policy: 2, results, ...rest }) ?? '').split('\n')[0];
  expect(head({})).toMatch(/^gate of policy 2 {2}/);
  expect(head({ tier: 'high', named: 'retail' })).toMatch(/^gate of policy 2, tier high, named retail {2}/);
});
