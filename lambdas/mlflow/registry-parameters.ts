import { posix } from 'node:path';
import * as z from 'zod';
import { searchSchema } from './call';
import { namedSchema } from './contract';

/** `version` as clients send it: digits, as text or number. */
const versionNumber = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,10}$/, 'a version is a number, such as 3')
      .transform(Number),
  ])
  .pipe(z.number().int().min(1).max(9_999_999_999));

/** Characters of a key, as MLflow admits them; it is a path that is its own shortest form. */
const KEY = /^[\p{L}\p{M}\p{N}_/.\- :]+$/u;
const isShortest = (key: string): boolean =>
  posix.normalize(key) === key && key !== '.' && !key.startsWith('/') && !key.startsWith('..');

const MAX_TAG_KEY = 250;
const MAX_TAG_VALUE = 5000;

const tagKey = z
  .string()
  .min(1, 'a key has at least one character')
  .max(MAX_TAG_KEY, `a key has ${MAX_TAG_KEY} characters at most`)
  .regex(KEY, 'a key is letters, digits, underscores, dashes, periods, spaces, colons and slashes')
  .refine(isShortest, 'a key with slashes is a path without empty parts, "." or ".."')
  // The one name that an object of JavaScript cannot keep.
  .refine((key) => key !== '__proto__', 'this key is not available; choose another');
const tagValue = z.string().max(MAX_TAG_VALUE, `a value has ${MAX_TAG_VALUE} characters at most`).default('');

/** Tags that come with a new model or version. */
export const tags = z
  .array(z.object({ key: tagKey, value: tagValue }))
  .max(100)
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])));
export const description = z.string().max(5000, 'a description has 5000 characters at most');

/** Whatever key there may be from before can be deleted. */
const withKey = { key: z.string().min(1).max(MAX_TAG_KEY) };
const withTag = { key: tagKey, value: tagValue };

export const keyed = namedSchema.extend(withKey);
export const tagged = namedSchema.extend(withTag);
export const aliased = namedSchema.extend({
  alias: z
    .string()
    .min(1)
    .max(255, 'an alias has 255 characters at most')
    .regex(/^[\p{L}\p{N}_-]+$/u, 'an alias is letters, digits, dashes and underscores'),
});
export const aliasedVersion = aliased.extend({ version: versionNumber });
export const versioned = namedSchema.extend({ version: versionNumber });
export const keyedVersion = versioned.extend(withKey);
export const taggedVersion = versioned.extend(withTag);

/** MLflow's server lets clients ask for so many at once; what they get is what a page holds. */
const asking = (most: number, usual: number) =>
  searchSchema.extend({ max_results: z.coerce.number().int().min(1).max(most).default(usual) });
export const modelSearch = asking(1000, 100);
export const versionSearch = asking(200_000, 10_000);
export type RegistrySearch = z.output<typeof modelSearch>;
