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

/** The example with something else in place of the risk that it declares. */
const declaring = (version: number, declared: string): Record<string, Uint8Array> => {
  const files = exampleFiles(version);
  const manifest = manifestOf(files).replace(/^risk: high\n/m, declared);
  expect(manifest).not.toBe(manifestOf(files));
  return { ...files, 'contender.yaml': Buffer.from(manifest) };
};

test('risk and policy of contender.yaml choose gates and reviewers, and loosen nothing', async () => {
  const model = freshModel('tiered');
  const operator = await platform().api('operator');
  const policy = {
    ...QUICK_POLICY,
    tiers: { high: { gates: [{ kind: 'declared', what: 'golden' }], approval: { knownUploader: 2 } } },
    named: { retail: { approval: { knownUploader: 3 } } },
  };
  await setPolicy(model, policy);
  expect(await operator.get(`/api/v1/models/${model}/policy`)).toMatchObject({ number: 1, policy });

  await push(model, exampleFiles(1));
  expect((await awaitStatus(model, 1, 'REJECTED')).rejection).toMatchObject({
    code: 'gate-failed',
    message: expect.stringMatching(/^1 of 2 gates of policy 1, tier high failed\. golden \(declared\)/),
  });
  expect((await said('show', model, '1')).out).toMatch(
    /risk\s+high, held to the tier high[\s\S]*gate of policy 1, tier high/,
  );

  await push(model, declaring(2, 'risk: low\npolicy: retail\n'));
  const asked = await awaitApproval(model, 2);
  expect(asked.required).toBe(3);
  expect((await said('approvals', asked.id)).out).toContain(
    'risk: low, held to the tier low, by the policy named retail',
  );
  expect((await said('card', model, '2')).out).toMatch(/\| policy \| policy 1, tier low, named retail \|/);

  await push(model, declaring(3, 'policy: wholesale\n'));
  expect((await awaitStatus(model, 3, 'REJECTED')).rejection).toMatchObject({
    code: 'unknown-policy',
    message: expect.stringContaining("the model's policy has default, retail;"),
  });

  await setPolicy(model, { ...policy, leastRisk: 'high' });
  await push(model, declaring(3, ''));
  expect((await awaitStatus(model, 4, 'REJECTED')).rejection).toMatchObject({
    code: 'gate-failed',
    message: expect.stringContaining('gates of policy 2, tier high failed'),
  });
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
