import { bearerToken } from '../../cli/identity';
import { freshModel, platform } from './platform';
import { said } from './said';
import { awaitApproval, awaitStatus, decide, exampleFiles, push } from './world';

const EXPORTS = [
  (model: string, version: string) => said('card', model, version),
  (model: string, version: string) => said('bom', model, version),
  (model: string, version: string) => said('lineage', `${model}/${version}`, '--openlineage'),
];

test('a card, a bill of materials and lineage events are made of what is on record', async () => {
  const model = freshModel('exported');
  await push(model, exampleFiles(1));
  const { id } = await awaitApproval(model, 1);

  const card = await said('card', model, '1');
  expect(card).toMatchObject({ code: 0, out: expect.stringMatching(/### Metrics[\s\S]*\| rocAuc \| 0\.\d+ \|/) });
  expect(card.out).toMatch(/\| clusters \| \d+ of person, of 2 rows at most; intervals and p go by them \|/);
  expect(card.out).toMatch(
    /### Fairness[\s\S]*\| race \| 0\.\d+[\s\S]*### By race[\s\S]*## Approval[\s\S]*\| PENDING \|/,
  );
  expect((await said('card', model, '1')).out).toBe(card.out);
  const json = JSON.parse((await said('card', model, '1', '--format', 'json')).out);
  expect(json).toMatchObject({ details: { model, version: 1, task: 'binary-classification' } });

  const bom = JSON.parse((await said('bom', model, '1')).out);
  expect(bom).toMatchObject({ specVersion: '1.6', metadata: { component: { name: model, version: '1' } } });
  expect(bom.components).toContainEqual(expect.objectContaining({ type: 'file', name: 'model.onnx' }));

  const { events } = JSON.parse((await said('lineage', `${model}/1`, '--openlineage')).out);
  expect(events).toMatchObject([
    { eventType: 'START', job: { name: `training/${model}` } },
    { eventType: 'COMPLETE', job: { name: `training/${model}` } },
    { eventType: 'START', job: { name: `evaluation/${model}` } },
    { eventType: 'COMPLETE', job: { name: `evaluation/${model}` } },
  ]);

  await decide(id, 'reviewer', 'reject');
  await awaitStatus(model, 1, 'REJECTED');
  expect((await said('card', model, '1')).out).toMatch(
    /## Approval[\s\S]*\| REJECTED \|[\s\S]*\| reviewer \(person\) \| reject \| .* \| seen and decided in a test \|/,
  );
  expect(JSON.parse((await said('lineage', `${model}/1`, '--openlineage')).out).events).toHaveLength(4);
});

test('what was rejected before it was evaluated has a card and a bill, and no runs', async () => {
  const model = freshModel('unread');
  await push(model, { ...exampleFiles(1), 'model.onnx': Buffer.from('no graph') });
  await awaitStatus(model, 1, 'REJECTED');
  expect(await said('card', model, '1')).toMatchObject({
    code: 0,
    out: expect.stringMatching(
      /\| status \| REJECTED \|\n\| rejected \| [\s\S]*Not evaluated\.[\s\S]*No approval is on record\./,
    ),
  });
  expect(JSON.parse((await said('bom', model, '1')).out)).toMatchObject({
    metadata: { component: { name: model, version: '1' } },
    components: [{ type: 'data', name: 'nls-young-women-1970-1975' }],
  });
  expect(JSON.parse((await said('lineage', `${model}/1`, '--openlineage')).out)).toEqual({ events: [] });

  for (const ask of EXPORTS) {
    expect(await ask(model, '2')).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringMatching(/no version 2.*HTTP 404/),
    });
    expect(await ask('nobodys', '1')).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringMatching(/nobodys.*HTTP 404/),
    });
  }
  expect(await said('card', model, 'one')).toMatchObject({ code: 1, error: expect.stringMatching(/HTTP 400/) });
  expect(await said('lineage', model, '--openlineage')).toMatchObject({ code: 2 });
});

test('whom a model is closed to gets none of its exports, and Accept chooses between the card’s forms', async () => {
  const model = freshModel('closed');
  await push(model, { ...exampleFiles(1), 'model.onnx': Buffer.from('no graph') });
  await awaitStatus(model, 1, 'REJECTED');
  const { apiUrl } = platform().settings;
  const token = await bearerToken(platform().settings, 'data-scientist', {});
  const asked = (accept: string) =>
    fetch(`${apiUrl}/api/v1/models/${model}/versions/1/card`, {
      headers: { authorization: `Bearer ${token}`, accept },
    });
  expect((await asked('text/markdown')).headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect((await asked('application/json')).headers.get('content-type')).toBe('application/json');

  const operator = await platform().api('operator');
  await operator.call('PUT', `/api/v1/models/${model}/access`, { mode: 'restricted', grants: [] });
  for (const words of [
    ['card', model, '1'],
    ['bom', model, '1'],
    ['lineage', `${model}/1`, '--openlineage'],
  ])
    expect(await said('--as', 'data-scientist', ...words)).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringMatching(/restricted.*HTTP 403/),
    });
});
