import { freshModel, platform } from './platform';
import { said } from './said';
import { awaitApproval, awaitStatus, champion, exampleFiles, push, QUICK_POLICY, setPolicy } from './world';

const manifestOf = (files: Readonly<Record<string, Uint8Array>>): string =>
  Buffer.from(files['contender.yaml'] ?? '').toString();

test('a version is judged by the gates of its model’s policy, and reviewers see the table', async () => {
  const model = freshModel('gated');
  const gates = [
    { kind: 'metric', metric: 'accuracy', min: 0.7 },
    { kind: 'memory', maxMb: 1024 },
    { kind: 'declared', what: 'golden', severity: 'warn' },
  ];
  await setPolicy(model, { ...QUICK_POLICY, gates });
  await push(model, exampleFiles(1));
  const { id } = await awaitApproval(model, 1);
  const shown = await said('approvals', id);
  expect(shown.out).toMatch(/gate of policy 1\s+threshold\s+why/);
  expect(shown.out).toMatch(/accuracy\s+≥ 0\.7\s+pass\s+0\.7144 on \d+ rows/);
  expect(shown.out).toMatch(/golden\s+declared\s+warn\s+contender\.yaml: add golden rows/);

  await setPolicy(model, { ...QUICK_POLICY, gates: [{ kind: 'metric', metric: 'accuracy', min: 0.99 }] });
  await push(model, exampleFiles(2));
  const { rejection } = await awaitStatus(model, 2, 'REJECTED');
  expect(rejection).toMatchObject({
    code: 'gate-failed',
    message: expect.stringMatching(/^1 of 1 gates of policy 2 failed\. accuracy \(≥ 0\.99\): 0\.\d+ on/),
  });
  expect((await said('show', model, '2')).out).toMatch(/gate of policy 2[\s\S]*accuracy\s+≥ 0\.99\s+FAIL/);
});

test('a challenger that the champion’s callers could not use is rejected by default', async () => {
  const model = freshModel('retyped');
  await champion(model);
  const files = exampleFiles(2);
  const renamed = manifestOf(files).replace(/name: (\w+)/, 'name: $1_renamed');
  expect(renamed).not.toBe(manifestOf(files));
  const { 'evaluation.csv': data, ...rest } = files;
  const header = Buffer.from(data ?? '').toString();
  const [, column = ''] = /name: (\w+)/.exec(manifestOf(files)) ?? [];
  const csv = header.replace(column, `${column}_renamed`);
  await push(model, { ...rest, 'contender.yaml': Buffer.from(renamed), 'evaluation.csv': Buffer.from(csv) });
  expect((await awaitStatus(model, 2, 'REJECTED')).rejection).toMatchObject({
    code: 'gate-failed',
    message: expect.stringContaining(`column '${column}' is removed`),
  });
});

test('a gate that cannot be meant is refused with its place', async () => {
  const operator = await platform().api('operator');
  const gates = [{ kind: 'compatible' }, { kind: 'metric', metric: 'acuracy', min: 1 }];
  const path = `/api/v1/models/${freshModel('wrong')}/policy`;
  await expect(operator.call('PUT', path, { gates })).rejects.toThrow(/gates\.1\.metric: .*HTTP 400/);
});
