import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';

/** The people of the local platform, and the group that gives each their role. */
const PEOPLE: Readonly<Record<string, string>> = {
  'data-scientist': 'data-scientist',
  'data-scientist-2': 'data-scientist',
  reviewer: 'reviewer',
  'reviewer-2': 'reviewer',
  operator: 'operator',
  auditor: 'auditor',
};

type Credential =
  | { readonly username: string; readonly password: string }
  | { readonly clientId: string; readonly clientSecret: string };

/** Long enough, with every kind of character that the pool's password policy asks for. */
const freshPassword = (): string => `${randomBytes(18).toString('base64url')}aA1!`;

const addPerson = async (
  cognito: CognitoIdentityProviderClient,
  userPoolId: string,
  username: string,
  group: string,
  password: string,
): Promise<void> => {
  await cognito
    .send(new AdminCreateUserCommand({ UserPoolId: userPoolId, Username: username, MessageAction: 'SUPPRESS' }))
    .catch((error) => {
      if (!(error instanceof UsernameExistsException)) throw error;
    });
  await cognito.send(
    new AdminSetUserPasswordCommand({
      UserPoolId: userPoolId,
      Username: username,
      Password: password,
      Permanent: true,
    }),
  );
  await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId: userPoolId, Username: username, GroupName: group }));
};

const application = async (
  cognito: CognitoIdentityProviderClient,
  userPoolId: string,
  clientId: string,
): Promise<Credential> => {
  const { UserPoolClient } = await cognito.send(
    new DescribeUserPoolClientCommand({ UserPoolId: userPoolId, ClientId: clientId }),
  );
  return { clientId, clientSecret: UserPoolClient?.ClientSecret ?? '' };
};

/**
 * Creates the local people, and writes how to act as them and as the applications to `identities.json`, readable by its
 * owner alone. Passwords are random and kept from one run to the next.
 */
export const seedIdentities = async (
  dir: string,
  endpoint: string,
  outputs: Readonly<Record<string, string>>,
): Promise<void> => {
  const { userPoolId = '', appClientId = '', region = 'us-east-1' } = outputs;
  const cognito = new CognitoIdentityProviderClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const file = join(dir, 'identities.json');
  const known = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Record<
    string,
    { password?: string }
  >;
  const identities: Record<string, Credential> = {};
  for (const [username, group] of Object.entries(PEOPLE)) {
    const password = known[username]?.password ?? freshPassword();
    await addPerson(cognito, userPoolId, username, group, password);
    identities[username] = { username, password };
  }
  identities.app = await application(cognito, userPoolId, appClientId);
  writeFileSync(file, `${JSON.stringify(identities, null, 2)}\n`, { mode: 0o600 });
};
