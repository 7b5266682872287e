import { privateSigstore } from '../upload/private-sigstore';
import { filesOf } from '../upload/signed-folders';
import { freshModel, platform } from './platform';
import { said } from './said';
import { awaitApproval, awaitStatus, exampleFiles, push, QUICK_POLICY, setPolicy } from './world';

const ISSUER = 'https://idp.bank.example';
const IDENTITY = 'https://ci.bank.example/models/sign.yml@refs/tags/v1';

test('a folder that an identity of a private Sigstore signed passes the gate, and everybody sees who it was', async () => {
  const model = freshModel('signed');
  const { trustedRoot, signFolder } = await privateSigstore(ISSUER);
  const signing = { trustedRoot, identities: [{ name: 'ci', identity: IDENTITY.replace('v1', '*'), issuer: ISSUER }] };
  await setPolicy(model, { ...QUICK_POLICY, signing, gates: [{ kind: 'signed' }] });

  const files = exampleFiles(1);
  const signature = await signFolder(filesOf(files), IDENTITY);
  await push(model, { 'model.sig': Buffer.from(signature), ...files });
  await awaitApproval(model, 1);
  expect((await said('show', model, '1')).out).toContain(`by ci: ${IDENTITY}, vouched for by ${ISSUER}`);

  const others = exampleFiles(2);
  await push(model, { 'model.sig': Buffer.from(signature), ...others });
  const { rejection } = await awaitStatus(model, 2, 'REJECTED');
  expect(rejection).toMatchObject({ code: 'bad-signature', message: expect.stringContaining('but the file has') });

  const stranger = await (await privateSigstore(ISSUER)).signFolder(filesOf(others), IDENTITY);
  await push(model, { 'model.sig': Buffer.from(stranger), ...others });
  expect((await awaitStatus(model, 3, 'REJECTED')).rejection).toMatchObject({
    code: 'gate-failed',
    message: expect.stringContaining(`which says: ${IDENTITY}, vouched for by ${ISSUER}`),
  });
});

test('a policy whose trust cannot be meant is refused with its place', async () => {
  const operator = await platform().api('operator');
  const path = `/api/v1/models/${freshModel('mistrusted')}/policy`;
  const certificates = [{ name: 'pki', roots: 'none' }];
  await expect(operator.call('PUT', path, { signing: { certificates } })).rejects.toThrow(
    /signing\.certificates\.0\.roots: no certificate in PEM.*HTTP 400/,
  );
});
