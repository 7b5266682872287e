import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { Unauthenticated } from '../kernel/errors';
import { type Identity, type Role, roleSchema, SCOPES } from './contract';

type Claims = Readonly<Record<string, string | number | boolean | string[]>>;

/** Groups arrive as the string `"[a b]"` (or `"[a, b]"`) from an HTTP API's JWT authorizer. */
const listOf = (claim: Claims[string] | undefined): readonly string[] => {
  if (Array.isArray(claim)) return claim;
  if (typeof claim !== 'string') return [];
  return claim
    .replace(/^\[|\]$/g, '')
    .split(/[\s,]+/)
    .filter(Boolean);
};

const isRole = (group: string): group is Role => roleSchema.safeParse(group).success;

const applicationFrom = (claims: Claims, scopes: readonly string[]): Identity => {
  const id = String(claims.client_id);
  const isApp = scopes.includes(SCOPES.predict) || scopes.includes(SCOPES.outcomes);
  return { kind: 'application', id, name: `application ${id}`, roles: isApp ? ['app'] : [], teams: [] };
};

const personFrom = (claims: Claims): Identity => {
  const groups = listOf(claims['cognito:groups']);
  return {
    kind: 'person',
    id: String(claims.sub),
    name: String(claims.username ?? claims['cognito:username'] ?? claims.sub),
    // `app` is for applications: a person predicts through one.
    roles: groups.filter(isRole).filter((role) => role !== 'app'),
    teams: groups.filter((group) => group.startsWith('team-')).map((group) => group.slice('team-'.length)),
  };
};

/** An application's access token has the client's id for a subject, or none; a person's has a username. */
export const identityFromClaims = (claims: Claims): Identity => {
  const scopes = listOf(claims.scope);
  const isPerson = claims.username !== undefined || claims['cognito:username'] !== undefined;
  return isPerson ? personFrom(claims) : applicationFrom(claims, scopes);
};

/** The caller that the gateway's authorizer vouched for. @throws Unauthenticated when the route has no authorizer. */
export const identityFrom = (event: Pick<APIGatewayProxyEventV2WithJWTAuthorizer, 'requestContext'>): Identity => {
  const claims = event.requestContext.authorizer?.jwt?.claims;
  if (!claims) throw new Unauthenticated('the request carries no verified token; send Authorization: Bearer <token>');
  return identityFromClaims(claims);
};
