import { createHash } from 'node:crypto';
import * as z from 'zod';
import { invalid } from './refusal';
import { sortKeySchema } from './sort-key';

/** Where the next page begins: behind what came last, by time or by what it was sorted by. */
const tokenSchema = z.object({
  q: z.string(),
  after: z.union([
    z.object({ at: z.number(), id: z.string() }),
    z.object({ keys: z.array(sortKeySchema), id: z.string() }),
  ]),
});
export type After = z.output<typeof tokenSchema>['after'];

const fingerprint = (asked: string): string => createHash('sha256').update(asked).digest('base64url').slice(0, 12);

/** @param asked the search as text: its token goes on with it only */
export const tokenOf = (asked: string, after: After): string =>
  Buffer.from(JSON.stringify({ q: fingerprint(asked), after })).toString('base64url');

export const FOREIGN_TOKEN =
  'the page_token is not one that this search gave out; search without it, or with the same filter and order';

/** @throws Refusal for a token of another search */
export const afterOf = (asked: string, token: string | undefined): After | undefined => {
  if (!token) return undefined;
  let parsed: z.ZodSafeParseResult<z.output<typeof tokenSchema>>;
  try {
    parsed = tokenSchema.safeParse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch {
    throw invalid(FOREIGN_TOKEN);
  }
  if (!parsed.success || parsed.data.q !== fingerprint(asked)) throw invalid(FOREIGN_TOKEN);
  return parsed.data.after;
};
