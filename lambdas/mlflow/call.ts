import * as z from 'zod';
import type { Identity } from '../access/contract';
import type { Actor } from '../registry/contract';
import { invalid } from './domain/refusal';

/** Who calls, and when. */
export interface Caller {
  readonly identity: Identity;
  readonly actor: Actor;
  /** UTC milliseconds. */
  readonly at: number;
}

/** What one call of the protocol does with its parsed parameters. */
export type Call = (parameters: unknown, caller: Caller) => Promise<object>;

/** A call that takes what its schema says. @throws Refusal INVALID_PARAMETER_VALUE naming each parameter that is wrong */
export const call =
  <S extends z.ZodType>(schema: S, run: (given: z.output<S>, caller: Caller) => Promise<object>): Call =>
  (parameters, caller) => {
    const parsed = schema.safeParse(parameters);
    if (parsed.success) return run(parsed.data, caller);
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the parameters'}: ${message}`);
    throw invalid(faults.join('; '));
  };

/** Calls by method and path. */
export type Calls = Readonly<Record<string, Call>>;

const tagSchema = z.object({ key: z.string().min(1).max(250), value: z.string().max(8000).default('') });
export const tagListSchema = z.array(tagSchema).max(100).default([]);

export const tagsOf = (list: z.output<typeof tagListSchema>): Record<string, string> =>
  Object.fromEntries(list.map(({ key, value }) => [key, value]));

/** A key of 250 characters, what it is of, and a direction. */
const orderText = z.string().max(600);

/** `max_results` and `page_token` of every search; numbers come as texts in a query. */
export const searchSchema = z.object({
  filter: z.string().max(4000).optional(),
  max_results: z.coerce.number().int().min(1).max(10_000).default(100),
  order_by: z.union([z.array(orderText).max(20), orderText.transform((text) => [text])]).default([]),
  page_token: z.string().max(500).optional(),
});
