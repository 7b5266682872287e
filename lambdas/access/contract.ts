import * as z from 'zod';

export const roleSchema = z.enum(['data-scientist', 'reviewer', 'operator', 'app', 'auditor']);
export type Role = z.infer<typeof roleSchema>;

/** `user:<sub>`, `client:<client id>` or `team:<name>`, the last from a Cognito group `team-<name>`. */
export const principalSchema = z
  .string()
  .regex(/^(user|client|team):[\w.@+-]{1,128}$/, 'a principal is user:<sub>, client:<client id> or team:<name>');
export type Principal = z.infer<typeof principalSchema>;

/** Lets a principal use, on one restricted model, those of its roles that are named. */
export const grantSchema = z.strictObject({ principal: principalSchema, roles: z.array(roleSchema).min(1) });
export type Grant = z.infer<typeof grantSchema>;

/** The caller, as the gateway's authorizer vouches for it. */
export interface Identity {
  readonly kind: 'person' | 'application';
  /** Cognito `sub`, or client id. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly teams: readonly string[];
}

export type Action =
  | 'model:read'
  | 'model:upload'
  | 'model:configure'
  | 'access:configure'
  | 'approval:read'
  | 'approval:decide'
  | 'rollout:read'
  | 'rollout:command'
  | 'prediction:create'
  | 'prediction:trace'
  | 'outcome:create'
  | 'dataset:withdraw'
  | 'audit:read';

/** OAuth scopes of the resource server that applications ask for. */
export const SCOPES = { predict: 'contender/predict', outcomes: 'contender/outcomes' } as const;
/** Scope that Cognito puts into the access token of a person who signed in. */
export const PERSON_SCOPE = 'aws.cognito.signin.user.admin';
