import * as z from 'zod';
import { type Order, type OrderValues, orderText } from './order';
import { invalid } from './refusal';

const textSchema = z.string().max(100);
const tokenSchema = z.strictObject({
  order: z.string(),
  after: z.strictObject({
    name: textSchema,
    version_number: z.number().int().nonnegative().optional(),
    creation_timestamp: z.number().optional(),
    last_updated_timestamp: z.number().optional(),
  }),
});

/** Where a page ended: the row's own values, so that what changes before it moves nothing. */
export interface PageToken {
  readonly order: string;
  readonly after: OrderValues & { readonly name: string };
}

export const encodeToken = (order: Order, after: OrderValues): string =>
  Buffer.from(JSON.stringify({ order: orderText(order), after })).toString('base64url');

/** @throws Refusal for what no search gave out */
export const decodeToken = (token: string | undefined): PageToken | undefined => {
  if (token === undefined || token === '') return undefined;
  try {
    return tokenSchema.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))) as PageToken;
  } catch {
    throw invalid('the page_token is not one that a search gave out; search without it');
  }
};
