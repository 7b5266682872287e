import { run } from '../../cli/main';
import { freshModel, TEST_DIR } from './platform';
import { awaitStatus, exampleFiles, push } from './world';

/** What the CLI prints. */
const said = async (...words: string[]): Promise<{ code: number; out: string; error: string }> => {
  const out: string[] = [];
  const errors: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line) => void out.push(String(line)));
  const error = jest.spyOn(console, 'error').mockImplementation((line) => void errors.push(String(line)));
  const code = await run(['node', 'contender', '--outputs', `${TEST_DIR}/outputs.json`, ...words]);
  log.mockRestore();
  error.mockRestore();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such.
  return { code, out: out.join('\n').replace(/\x1b\[\d+m/g, ''), error: errors.join('\n') };
};

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
