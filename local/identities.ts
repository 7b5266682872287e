import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import * as z from 'zod';
import { writeWhole } from './emulator-record';
import { LocalFailure } from './failure';
import type { Outputs } from './outputs';

/** The people of the local platform, and the group that gives each their role. */
const PEOPLE: Readonly<Record<string, string>> = {
  'data-scientist': 'data-scientist',
  'data-scientist-2': 'data-scientist',
  reviewer: 'reviewer',
  'reviewer-2': 'reviewer',
  operator: 'operator',
  auditor: 'auditor',
};

const personSchema = z.object({ username: z.string(), password: z.string() });
type Person = z.infer<typeof personSchema>;
type Credential = Person | { readonly clientId: string; readonly clientSecret: string };

/** Long enough, with every kind of character that the pool's password policy asks for. */
const freshPassword = (): string => `${randomBytes(18).toString('base64url')}aA1!`;

/** Passwords are kept from one run to the next, so that a shell that knows one goes on. */
const knownPasswords = (file: string): Record<string, string> => {
  if (!existsSync(file)) return {};
  try {
    const known = Object.values(JSON.parse(readFileSync(file, 'utf8'))).flatMap((entry) => {
      const person = personSchema.safeParse(entry);
      return person.success ? [[person.data.username, person.data.password] as const] : [];
    });
    return Object.fromEntries(known);
  } catch {
    return {};
  }
};

const addPerson = async (
  cognito: CognitoIdentityProviderClient,
  UserPoolId: string,
  { username: Username, password: Password }: Person,
): Promise<void> => {
  await cognito
    .send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS' }))
    .catch((error: unknown) => {
      if (!(error instanceof UsernameExistsException)) throw error;
    });
  await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
  const GroupName = PEOPLE[Username];
  await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
};

const application = async (
  cognito: CognitoIdentityProviderClient,
  UserPoolId: string,
  ClientId: string,
): Promise<Credential> => {
  const { UserPoolClient } = await cognito.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
  return { clientId: ClientId, clientSecret: UserPoolClient?.ClientSecret ?? '' };
};

/**
 * Creates the local people, and writes how to act as them and as the application to `identities.json`, readable by its
 * owner alone.
 */
export const seedIdentities = async (dir: string, outputs: Outputs): Promise<void> => {
  const { userPoolId, appClientId, endpointUrl, region } = outputs;
  if (!userPoolId || !appClientId)
    throw new LocalFailure('the stacks have no outputs UserPoolId and AppClientId, so nobody could sign in');
  const cognito = new CognitoIdentityProviderClient({
    endpoint: endpointUrl,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const file = join(dir, 'identities.json');
  const passwords = knownPasswords(file);
  const people = Object.keys(PEOPLE).map((username): [string, Person] => [
    username,
    { username, password: passwords[username] ?? freshPassword() },
  ]);
  await Promise.all(people.map(([, person]) => addPerson(cognito, userPoolId, person)));
  const identities: Record<string, Credential> = {
    ...Object.fromEntries(people),
    app: await application(cognito, userPoolId, appClientId),
  };
  cognito.destroy();
  writeWhole(file, `${JSON.stringify(identities, null, 2)}\n`, 0o600);
};
