import { freshModel } from './platform';
import { said } from './said';
import { awaitStatus, exampleFiles, push } from './world';

test('lineage reads as tables, or as JSON, and a withdrawal shows in them', async () => {
  const model = freshModel('shown');
  const dataset = `${freshModel('loans')}@${'d'.repeat(64)}`;
  const [name, sha256] = dataset.split('@');
  const files = exampleFiles(1);
  const manifest = Buffer.from(files['contender.yaml'] ?? '')
    .toString()
    .replace(/^training:.*(\n[ -].*)*/m, '');
  const training = JSON.stringify({ datasets: [{ name, sha256 }], code: { repo: 'git://risk', commit: 'c0ffee' } });
  await push(model, { ...files, 'contender.yaml': Buffer.from(`${manifest}\ntraining: ${training}\n`) });
  await awaitStatus(model, 1, 'EVALUATED');

  const lineage = await said('lineage', `${model}/1`);
  expect(lineage.out).toMatch(/made from[\s\S]*loans-\w+@dddddddddddd\s+git:\/\/risk at c0ffee/);
  expect(lineage.out).toMatch(/nothing was made from it/);
  const used = await said('--json', 'lineage', 'dataset', dataset);
  expect(JSON.parse(used.out)).toMatchObject({ dataset: { name }, versions: [{ model, version: 1 }] });
  expect((await said('lineage', 'dataset', dataset, '--serving')).out).toMatch(/no such version/);

  expect((await said('withdraw', dataset, '--reason', 'no consent')).out).toMatch(/is withdrawn since .*: no consent/);
  expect((await said('lineage', 'dataset', dataset)).out).toMatch(
    /withdrawn .* by reviewer: no consent[\s\S]*no consent/,
  );
  expect((await said('show', model, '1')).out).toMatch(/flagged\s+the dataset loans-\w+ was withdrawn: no consent/);
  expect(await said('lineage', 'nonsense')).toMatchObject({ code: 2, error: expect.stringMatching(/lineage dataset/) });
  expect(await said('lineage', '--prediction', 'AAAA')).toMatchObject({
    code: 1,
    error: expect.stringMatching(/no prediction id; .*HTTP 400/),
  });
});
