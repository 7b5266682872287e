import { freshModel } from './platform';
import { said } from './said';
import { awaitStatus, exampleFiles, push } from './world';

test('a card, a bill of materials and lineage events are made of what is on record', async () => {
  const model = freshModel('exported');
  await push(model, exampleFiles(1));
  await awaitStatus(model, 1, 'EVALUATED');

  const card = await said('card', model, '1');
  expect(card).toMatchObject({ code: 0, out: expect.stringMatching(/## Evaluation[\s\S]*\| rocAuc \| 0&#46;\d+ \|/) });
  expect(card.out).toMatch(/### By race[\s\S]*### Fairness[\s\S]*\| race \| 0&#46;\d+[\s\S]*## Approval\n\nPENDING/);
  expect((await said('card', model, '1')).out).toBe(card.out);
  const json = JSON.parse((await said('card', model, '1', '--format', 'json')).out);
  expect(json).toMatchObject({ details: { model, version: 1, task: 'binary-classification' } });

  const bom = JSON.parse((await said('bom', model, '1')).out);
  expect(bom).toMatchObject({ specVersion: '1.6', metadata: { component: { name: model, version: '1' } } });
  expect(bom.components).toContainEqual(expect.objectContaining({ type: 'file', name: 'model.onnx' }));

  const { events } = JSON.parse((await said('lineage', `${model}/1`, '--openlineage')).out);
  expect(events).toMatchObject([{ job: { name: `training/${model}` } }, { job: { name: `evaluation/${model}` } }]);
  expect(await said('card', model, '2')).toMatchObject({
    code: 1,
    error: expect.stringMatching(/no version 2.*HTTP 404/),
  });
});
