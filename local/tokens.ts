import { join } from 'node:path';
import { bearerToken } from '../cli/identity';
import { findSettings } from '../cli/settings';

export interface Token {
  readonly token: string;
  /** UTC milliseconds. */
  readonly expiresAt: number;
}

/** When a JWT expires, in UTC milliseconds, as it says itself; 0 when it does not say. */
export const expiryOf = (token: string): number => {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp?: number };
  return (claims.exp ?? 0) * 1000;
};

/** Signs in as one of the identities of the platform in `dir`, just as the `contender` command does. */
export const tokenFor = async (dir: string, identity: string): Promise<Token> => {
  const settings = findSettings({ outputs: join(dir, 'outputs.json') }, {});
  const token = await bearerToken(settings, identity, {});
  return { token, expiresAt: expiryOf(token) };
};

/** A token is renewed when it has less than this left, in milliseconds. */
const RENEW_MS = 60_000;

/** `tokenFor`, signing in again only when a token runs out. */
export const tokenKeeper = (dir: string): ((identity: string) => Promise<Token>) => {
  const kept = new Map<string, Token>();
  return async (identity) => {
    const known = kept.get(identity);
    if (known && known.expiresAt - Date.now() > RENEW_MS) return known;
    const fresh = await tokenFor(dir, identity);
    kept.set(identity, fresh);
    return fresh;
  };
};
