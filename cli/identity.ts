import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { CognitoIdentityProviderClient, InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import * as z from 'zod';
import { SCOPES } from '../lambdas/access/contract';
import { Failure } from './failure';
import type { Settings } from './settings';

const credentialSchema = z.union([
  z.object({ username: z.string(), password: z.string() }),
  z.object({ clientId: z.string(), clientSecret: z.string() }),
]);
const identitiesSchema = z.record(z.string(), credentialSchema);
type Credential = z.infer<typeof credentialSchema>;

/** Identities of the local platform, or those that a user keeps beside the outputs; none when there is no such file. */
const knownIdentities = (settings: Settings): Record<string, Credential> => {
  const file = settings.identitiesFile;
  if (file === undefined || !existsSync(file)) return {};
  const parsed = identitiesSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Failure(`${file} is no file of identities: ${z.prettifyError(parsed.error)}`, 2);
  return parsed.data;
};

/** From the environment: a signed-in person or an application, for machines without a file. */
const environmentCredential = (env: NodeJS.ProcessEnv): Credential | undefined => {
  if (env.CONTENDER_CLIENT_ID && env.CONTENDER_CLIENT_SECRET)
    return { clientId: env.CONTENDER_CLIENT_ID, clientSecret: env.CONTENDER_CLIENT_SECRET };
  if (env.CONTENDER_USERNAME && env.CONTENDER_PASSWORD)
    return { username: env.CONTENDER_USERNAME, password: env.CONTENDER_PASSWORD };
  return undefined;
};

const ask = async (): Promise<Credential> => {
  if (!process.stdin.isTTY)
    throw new Failure(
      'no identity: set CONTENDER_TOKEN, or CONTENDER_USERNAME and CONTENDER_PASSWORD, or CONTENDER_CLIENT_ID and CONTENDER_CLIENT_SECRET',
      2,
    );
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const username = await terminal.question('user name: ');
  const password = await terminal.question('password (shown as you type): ');
  terminal.close();
  return { username, password };
};

const signIn = async (settings: Settings, username: string, password: string): Promise<string> => {
  if (!settings.peopleClientId)
    throw new Failure('the outputs name no PeopleClientId, so nobody can sign in; deploy with --outputs-file', 2);
  const client = new CognitoIdentityProviderClient({
    region: settings.region,
    ...(settings.endpointUrl ? { endpoint: settings.endpointUrl } : {}),
    // Signing in is the one call that needs no AWS credentials; the SDK wants some all the same.
    credentials: { accessKeyId: 'anonymous', secretAccessKey: 'anonymous' },
  });
  const answer = await client
    .send(
      new InitiateAuthCommand({
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: settings.peopleClientId,
        AuthParameters: { USERNAME: username, PASSWORD: password },
      }),
    )
    .catch((cause: Error) => {
      throw new Failure(`${username} could not sign in: ${cause.message}`, 1, { cause });
    });
  const token = answer.AuthenticationResult?.AccessToken;
  if (!token)
    throw new Failure(
      `${username} must first answer ${answer.ChallengeName ?? 'a challenge'}; sign in once through the user pool's own page`,
    );
  return token;
};

const clientCredentials = async (settings: Settings, clientId: string, clientSecret: string): Promise<string> => {
  if (!settings.tokenUrl)
    throw new Failure('the outputs name no TokenUrl, so no application can sign in; deploy with --outputs-file', 2);
  const response = await fetch(settings.tokenUrl, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: Object.values(SCOPES).join(' ') }),
  });
  const body = (await response.json().catch(() => ({}))) as { access_token?: string; error?: string };
  if (!response.ok || !body.access_token)
    throw new Failure(`the application could not sign in: ${body.error ?? `HTTP ${response.status}`}`);
  return body.access_token;
};

/**
 * A bearer token: CONTENDER_TOKEN; else that of the identity named (`--as`, CONTENDER_ROLE, or the role the verb needs)
 * among the known identities; else of the credentials in the environment; else of who types name and password.
 */
export const bearerToken = async (
  settings: Settings,
  identity: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> => {
  if (env.CONTENDER_TOKEN) return env.CONTENDER_TOKEN;
  const known = knownIdentities(settings);
  const names = Object.keys(known);
  const credential = known[identity] ?? (names.length > 0 ? undefined : (environmentCredential(env) ?? (await ask())));
  if (!credential) throw new Failure(`there is no identity ${identity}; known are ${names.join(', ')}`, 2);
  return 'clientId' in credential
    ? clientCredentials(settings, credential.clientId, credential.clientSecret)
    : signIn(settings, credential.username, credential.password);
};
