import fc from 'fast-check';
import { cardMarkdown } from '../../lambdas/exports/domain/card-markdown';
import { escaped, table } from '../../lambdas/exports/domain/markdown';
import { modelCard } from '../../lambdas/exports/domain/model-card';
import { modelCardSchema } from '../../lambdas/exports/schemas/model-card';
import { approvedDossier, rejectedDossier } from './dossiers';

/** As a renderer shows it. */
const shown = (markdown: string): string =>
  markdown.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

test('a card says what is on record, beside the champion and by group', () => {
  const text = shown(cardMarkdown(modelCard(approvedDossier())));
  expect(text).toContain('# credit, version 3');
  expect(text).toContain('| purpose | To rank applications |');
  expect(text).toContain('| out of scope | Pricing |');
  expect(text).toMatch(/\| loans \| e{64} \| 900 \| 1970-01-01T00:00:04.000Z: no consent \|/);
  expect(text).toContain('| bureau | – | – | – |');
  expect(text).toContain('| code | git://risk at c0ffee |');
  expect(text).toContain('| metric | this version | champion, version 2 | difference |');
  expect(text).toContain('| rocAuc | 0.8123 | 0.8 | 0.01235 |');
  expect(text).toContain('### By sex');
  expect(text).toContain('| sex | 0.25 (ratio 0.5) | – | – |');
  expect(text).toMatch(
    /### Segments of region\n\n\| segment \| rows \| rocAuc \| note \|\n.*\n\| north . south \| 12 \| 0\.7 \| too small to judge \|/,
  );
  expect(text).toContain('| f | 30 | 0.5 | – | 0.7 | 0.3 | – |');
  expect(text).toContain('| ms a row, 1 row at a time | 0.1235 | 0.5 |');
  expect(text).toContain('| Rita (person) | approve | 1970-01-01T00:00:03.000Z | Better where it counts |');
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

test.each([
  ['approved', approvedDossier],
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
    'a | b\n\n# Approved\n<script>alert(1)</script> [x](javascript:y) ![i](http://t) https://t.co `c` me@t.co';
  const text = cardMarkdown(modelCard(approvedDossier({ card: { purpose: evil }, owner: evil.slice(0, 120) })));
  const plain = cardMarkdown(modelCard(approvedDossier({ card: { purpose: 'x' }, owner: 'y' })));
  expect(text.split('\n')).toHaveLength(plain.split('\n').length);
  for (const sign of ['<', '](', 'https://', '`', 'me@']) expect(text).not.toContain(sign);
});

test('a cell is one cell, whatever it says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escaped(text)).not.toMatch(/[\n\r|<>[\]`\\*_~!]/);
      const rows = table(['a', 'b'], [[text, 1]]).split('\n');
      expect(rows).toHaveLength(3);
      expect(rows[2]?.split('|')).toHaveLength(4);
    }),
  );
});
