import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabelledEvidence } from '../../lambdas/evaluation/contract';
import { sandboxResponseSchema } from '../../lambdas/evaluation/contract';
import { runCandidate } from '../../lambdas/evaluation/run-candidate';
import { buildChild } from './built-child';
import { dataOf, fixture, MemoryFiles, portsOf, requestOf, runnableOf, SUM } from './sandbox-world';

const folder = mkdtempSync(join(tmpdir(), 'clustered-evidence-'));
const script = buildChild();
const files = new MemoryFiles(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 600;
/** Ten rows a customer, whose label is off by the same each time; seen over ten months. */
const csv = `a,b,y,sex,customer,seen\n${Array.from({ length: ROWS }, (_, row) => {
  const customer = row % 60;
  return [
    row % 7,
    row % 11,
    (row % 7) + (row % 11) + (customer % 5),
    customer % 2 ? 'f' : 'm',
    `c${customer}`,
    `2024-${String(1 + Math.floor(row / 60)).padStart(2, '0')}-15`,
  ];
})
  .map((cells) => cells.join(','))
  .join('\n')}\n`;

const SCALED = { ...SUM, output: { score: { tensor: 'score', kind: 'value' } } };

const evidenceOf = async (declaration: object): Promise<LabelledEvidence> => {
  const runnable = runnableOf(files, fixture('sum'), SCALED);
  const champion = { status: 'present' as const, runnable: { ...runnable, version: 2 }, lossCap: 4 };
  const data = dataOf(files, csv, { protected: ['sex'], segments: ['sex'], ...declaration });
  const response = await runCandidate(requestOf(runnable, data, champion), portsOf(files, script));
  const parsed = sandboxResponseSchema.parse(response);
  if (parsed.status !== 'evaluated' || parsed.findings.evidence.evidence !== 'labelled')
    throw new Error(JSON.stringify(response));
  return parsed.findings.evidence;
};

test('evaluation.group is told of, and counts in every judgement by group, segment and pair', async () => {
  const [plain, grouped] = [await evidenceOf({}), await evidenceOf({ group: 'customer', time: 'seen' })];
  expect(grouped.data).toEqual({
    ...plain.data,
    clustering: { column: 'customer', clusters: 60, largest: 10, alone: 0 },
    time: { column: 'seen', from: Date.UTC(2024, 0, 15), to: Date.UTC(2024, 9, 15), missing: 0 },
  });
  expect(grouped.groups[0]?.groups).toMatchObject([
    { group: 'f', n: 300, clusters: 30, tooSmall: false },
    { group: 'm', n: 300, clusters: 30, tooSmall: false },
  ]);
  expect(grouped.segments?.[0]?.segments).toMatchObject([
    { value: 'f', clusters: 30 },
    { value: 'm', clusters: 30 },
  ]);
  expect(grouped.champion).toMatchObject({ paired: { metrics: { mae: { degreesOfFreedom: 59 } } } });
  // Every other figure is as it was.
  expect(grouped.metrics).toEqual(plain.metrics);
  expect(grouped.baseline).toEqual(plain.baseline);
  expect(grouped.importance).toEqual(plain.importance);
});

test('groups of fewer than 30 clusters are too small to judge, however many rows they have', async () => {
  const { groups, champion } = await evidenceOf({ group: 'a' });
  expect(groups[0]?.groups).toMatchObject([
    { clusters: 7, tooSmall: true },
    { clusters: 7, tooSmall: true },
  ]);
  expect(champion).toMatchObject({ paired: { metrics: {}, tooFewClusters: ['mae', 'loss'] } });
});

test.each([
  ['group', 'set evaluation.group in contender.yaml'],
  ['time', 'set evaluation.time in contender.yaml'],
])('a column of evaluation.%s that is not there is named', async (key, advice) => {
  const request = requestOf(runnableOf(files, fixture('sum'), SUM), dataOf(files, csv, { [key]: 'nowhere' }));
  expect(await runCandidate(request, portsOf(files, script))).toMatchObject({
    status: 'rejected',
    rejection: { code: 'data-column-missing', message: expect.stringContaining(advice) },
  });
});
