import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policySchema } from '../../lambdas/registry/contract';
import { registerUpload } from '../../lambdas/upload/register-upload';
import { UploadWorld } from './fakes';

const MODEL = readFileSync(join(__dirname, '../../examples/diabetes-progression/versions/1/model.onnx'));
const FOLDER = 'inbox/credit/first';

const uploaded = async (world: UploadWorld, manifest: string, folder = FOLDER) => {
  world.put(`${folder}/model.onnx`, MODEL);
  return registerUpload('bucket', world.put(`${folder}/contender.yaml`, manifest), world);
};
const rejectionOf = (world: UploadWorld, version: number) => world.registrations.findRejection('credit', version);

test.each([
  ['a policy with names', { named: { retail: {}, wholesale: {} } }, 'default, retail, wholesale'],
  ['a policy without any', {}, 'default'],
])('a name that is not in %s is refused with those that are', async (_, policy, names) => {
  const world = new UploadWorld();
  world.policyInForce = policySchema.parse(policy);
  expect(await uploaded(world, 'policy: constructor\n')).toMatchObject({ outcome: 'rejected', version: 1 });
  expect(await rejectionOf(world, 1)).toEqual({
    code: 'unknown-policy',
    message: `contender.yaml says policy: constructor, and the model's policy has ${names}; name one of these, or have an operator add it`,
  });
  expect(world.stored.size).toBe(0);
});

test('the fault is found before the folder is whole, and files that follow make no second version', async () => {
  const world = new UploadWorld();
  const key = world.put(`${FOLDER}/contender.yaml`, 'policy: retail\n');
  expect(await registerUpload('bucket', key, world)).toMatchObject({ outcome: 'rejected', version: 1 });
  const late = world.put(`${FOLDER}/model.onnx`, MODEL);
  expect(await registerUpload('bucket', late, world)).toEqual({ model: 'credit', outcome: 'duplicate', version: 1 });
});

test.each(['policy: default\n', 'policy: retail\n', 'risk: high\n'])('%j is taken', async (manifest) => {
  const world = new UploadWorld();
  world.policyInForce = policySchema.parse({ named: { retail: {} } });
  expect(await uploaded(world, manifest)).toMatchObject({ outcome: 'registered' });
});

test('once an operator has added the name, the same bytes are a version', async () => {
  const world = new UploadWorld();
  await uploaded(world, 'policy: retail\n');
  world.policyInForce = policySchema.parse({ named: { retail: {} } });
  expect(await uploaded(world, 'policy: retail\n', 'inbox/credit/second')).toMatchObject({
    outcome: 'registered',
    version: 2,
  });
});
