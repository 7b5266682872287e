import fc from 'fast-check';
import { cardMarkdown } from '../../lambdas/exports/domain/card-markdown';
import { escaped, table } from '../../lambdas/exports/domain/markdown';
import { modelCard } from '../../lambdas/exports/domain/model-card';
import { modelCardSchema } from '../../lambdas/exports/schemas/model-card';
import {
  approvedDossier,
  hostedDossier,
  loggedDossier,
  notRunDossier,
  refusedDossier,
  rejectedDossier,
} from './dossiers';

/** As a renderer shows it. */
const shown = (markdown: string): string =>
  markdown.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

test('a card says what is on record, beside the champion and by group', () => {
  const text = shown(cardMarkdown(modelCard(approvedDossier())));
  const lines = text.split('\n');
  expect(lines[0]).toBe('# credit, version 3');
  for (const line of [
    '| evidence | 60 labelled rows |',
    '| gates | 1 of 2 passed; failed: latency |',
    '| approval | APPROVED; approve by Rita; 1 needed |',
    '| warning | rests on withdrawn data: loans |',
    '| purpose | To rank applications |',
    '| out of scope | Pricing |',
    '| license | Apache-2.0 |',
    '| bureau | – | – | – | – |',
    '| code | git@example.com:risk/models.git at c0ffee |',
    '| seen | 2024-01-15 00:00:00 UTC to 2024-10-15 00:00:00 UTC; 2 rows without a time |',
    '| clusters | 40 of customer, of 3 rows at most; intervals and p go by them |',
    '| latency | 0.5 | ≤ 0.1 ms | fail (warn) | too slow |',
    '| metric | this version | champion, version 2 | difference | 95 % interval | p |',
    '| accuracy | 0.75 | 0.76 | -0.01 | -0.05 to 0.03 | 0.6 |',
    '| rocAuc | 0.8123 | 0.8 | 0.01235 | – | – |',
    'Right on 4 rows that the champion got wrong, wrong on 7 that it got right: McNemar’s p is 0.5488.',
    'Mean loss, by the policy’s choice: 0.15, of the champion 0.2; difference -0.05 (95 % -0.09 to -0.01, p 0.01).',
    'Fewer than 30 clusters are too few to judge by: rocAuc.',
    '| 0.1 to 0.2 | 6 | 0.15 | 0.1667 |',
    '| group | rows | clusters | selection rate | FPR | accuracy | mean loss | champion’s |',
    '| f | 30 | 31 | 0.5 | 0.25 | 0.7 | 0.3 | 0.35 |',
    '| f | selectionRate | 0.5 | 0.7 | -0.2 | -0.3 to -0.1 | more than chance |',
    '| f | accuracy | 0.72 | 0.7 | 0.02 | -0.1 to 0.14 | within chance |',
    '| sex | 0.25 (ratio 0.5) | – | – |',
    '| age | 0.2 | 0.01 | 3 of 60 |',
    '| parity | answered as where the model was built |',
    '| rows | 5 of golden.csv |',
    '| let through | 0.00001 + 0.0001 of what is expected |',
    '| largest difference | 3e-7 |',
    '| ms a row, one row at a time | 0.1235 | 0.5 | 9 |',
    '| ms a row, 100 rows at a time | 0.01 | 0.02 | 3 |',
    '| MB of memory at most | 100 |',
    '| Rita (person) | approve | 1970-01-01 00:00:03 UTC | Better where it counts |',
  ])
    expect(lines).toContain(line);
  expect(text).toMatch(
    /\| loans \| SHA-256 e{64} \| s3:\/\/lake\/loans.csv \| 900 \| 1970-01-01 00:00:04 UTC: no consent \|/,
  );
  expect(text).toMatch(
    /### Segments of region\n\n\| segment \| rows \| rocAuc \| note \|\n.*\n\| north . south \| 12 \| 0\.7 \| too small to judge \|/,
  );
});

test('a version that a reviewer rejected tells who did, when, and why', () => {
  const card = modelCard(refusedDossier());
  const text = shown(cardMarkdown(card));
  expect(text).toContain('| rejected | rejected-by-reviewer: a reviewer rejected this version: unfair |');
  expect(text).toContain('| Rita (person) | reject | 1970-01-01 00:00:03 UTC | Unfair to a group; see the report |');
  expect(text).toContain('### Metrics');
  expect(JSON.parse(JSON.stringify(card))).toMatchObject({
    approval: { status: 'REJECTED', reviews: [{ decision: 'reject', reviewer: { id: 'rita' } }] },
  });
});

test('no table of a card is torn: each row has as many cells as its head', () => {
  for (const dossier of [approvedDossier(), hostedDossier(), notRunDossier(), refusedDossier(), rejectedDossier()]) {
    const blocks = cardMarkdown(modelCard(dossier)).split('\n\n');
    for (const block of blocks) {
      expect(block.trim()).not.toBe('');
      const rows = block.split('\n').filter((line) => line.startsWith('|'));
      expect(new Set(rows.map((row) => row.split('|').length)).size).toBeLessThanOrEqual(1);
    }
  }
});

test('what reads as itself is left readable without a renderer', () => {
  for (const plain of ['0.8123', '-0.05 to 0.03', 'evaluation.csv', 'age_in_years (whole) #3', 'a: b; c, d – e + f'])
    expect(escaped(plain)).toBe(plain);
});

test.each(['# x', '- x', '+ x', '1. x', '12) x', '= x'])('%s begins no block', (text) => {
  expect(escaped(text)).not.toBe(text);
});

test('a card says the risk that was declared, and by which tier and name the version was judged', () => {
  const dossier = approvedDossier({ risk: 'low' });
  const { version } = dossier;
  if (version.status !== 'APPROVED') throw new Error('the dossier is of another status');
  const results = [
    { gate: 'owner', kind: 'declared', threshold: 'declared', pass: true, why: 'x', severity: 'block' as const },
  ];
  const evaluation = { ...version.evaluation, gates: { policy: 3, tier: 'high' as const, named: 'retail', results } };
  const card = modelCard({ ...dossier, version: { ...version, evaluation } });
  expect(modelCardSchema.parse(card).details).toMatchObject({
    risk: 'low',
    tier: 'high',
    policy: 'policy 3, tier high, named retail',
  });
  const text = shown(cardMarkdown(card));
  expect(text).toContain('| risk | low |');
  expect(text).toContain('| tier of the policy | high |');
  expect(text).toContain('### Gates of policy 3, tier high, named retail');
});

test('a card says that an endpoint was asked, about how many rows, and what is not known of it', () => {
  const text = shown(cardMarkdown(modelCard(hostedDossier())));
  const lines = text.split('\n');
  for (const line of [
    '| evidence | 60 labelled rows, a random sample of 1000000 |',
    '| rows | 60, a random sample of 1000000 |',
    '| clusters | 40 of customer, of 3 rows at most; intervals and p go by them |',
    '| runtime | the endpoint risk-1 |',
    'Asked at the endpoint risk-1, there and back, network included; time to load and memory are not known.',
    'The champion was judged by classes.',
    '| ms a row, one row at a time | 21 | 50 | 9 |',
  ])
    expect(lines).toContain(line);
  expect(text).not.toMatch(/ms to load|MB of memory|undefined/);
});

test('a card says why a version was not run', () => {
  const text = shown(cardMarkdown(modelCard(notRunDossier())));
  expect(text).toContain('| evidence | none: the version was not run |');
  expect(text).toContain('The version was not run: it is hosted on SageMaker');
  expect(text).not.toContain('loaded, run and timed');
});

test.each([
  ['approved', approvedDossier],
  ['hosted', hostedDossier],
  ['not run', notRunDossier],
  ['refused', refusedDossier],
  ['rejected', rejectedDossier],
])('the JSON of the card of an %s version is as declared, and the same every time', (_, dossier) => {
  const card = modelCard(dossier());
  expect(JSON.stringify(modelCard(dossier()))).toBe(JSON.stringify(card));
  const sent = JSON.parse(JSON.stringify(card));
  expect(modelCardSchema.parse(sent)).toEqual(sent);
  expect(cardMarkdown(sent)).toBe(cardMarkdown(card));
});

test('a rejected version has a card, which says why', () => {
  const text = shown(cardMarkdown(modelCard(rejectedDossier())));
  expect(text).toContain('| rejected | not-onnx: model.onnx is no ONNX file |');
  expect(text).toContain('Not evaluated.');
});

test('an uploader’s text makes no row, element, link, image or heading', () => {
  const evil =
    'a | b\n\n# Approved\n<script>alert(1)</script> [x](javascript:y) ![i](http://t) https://t.co `c` me@t.co www.t.co _x_ mailto:a';
  const text = cardMarkdown(modelCard(approvedDossier({ card: { purpose: evil }, owner: evil.slice(0, 120) })));
  const plain = cardMarkdown(modelCard(approvedDossier({ card: { purpose: 'x' }, owner: 'y' })));
  expect(text.split('\n')).toHaveLength(plain.split('\n').length);
  for (const sign of ['<', '](', 'https://', '`', 'me@', 'www.', '_x_', 'mailto:']) expect(text).not.toContain(sign);
});

test('a cell is one cell, whatever it says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escaped(text)).not.toMatch(/[\n\r|<>[\]`\\*~!@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:\/\//);
      const rows = table(['a', 'b'], [[text, 1]]).split('\n');
      expect(rows).toHaveLength(3);
      expect(rows[2]?.split('|')).toHaveLength(4);
    }),
  );
});

test('a card says what the run logged, and that it did', () => {
  const card = modelCard(loggedDossier());
  expect(card.training).toMatchObject({
    lineage: { run: 'run-1', fromRun: ['datasets', 'code'] },
    datasets: [{ digest: '1a2b3c4d', withdrawn: { reason: 'no consent' } }],
  });
  const text = shown(cardMarkdown(card));
  expect(text).toContain('As its uploader claims it; datasets and code as the run logged them.');
  expect(text).toContain('| loans | 1a2b3c4d | s3://lake/loans.csv | – | 1970-01-01 00:00:04 UTC: no consent |');
  expect(text).toContain('| run | run-1 |');
});

test('columns that were not shuffled are said to be left out, and why', () => {
  const card = modelCard(approvedDossier());
  const importance = { metric: 'rocAuc', reference: 0.8, rows: 60, repeats: 0, seed: 1, columns: [] };
  const omitted = 'no column was shuffled, to bound what is run: a row takes 90 ms';
  const text = shown(
    cardMarkdown({
      ...card,
      evaluation: { ...(card.evaluation as object), importance: { ...importance, omitted } } as never,
    }),
  );
  expect(text).toContain(omitted);
});
