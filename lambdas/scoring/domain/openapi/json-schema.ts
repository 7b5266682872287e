/** JSON with whole numbers of any size: limits of 64-bit integers are beyond what a double holds. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON Schema of OpenAPI 3.1, or an object of its document. */
export type Schema = { readonly [keyword: string]: Json };

export const arrayOf = (items: Schema, limits: Schema = {}): Schema => ({ type: 'array', items, ...limits });

export const exactly = (count: number): Schema => ({ minItems: count, maxItems: count });

/** An object that must hold all of these; clients may add keys of their own. */
export const objectOf = (
  properties: { readonly [name: string]: Schema },
  optional: readonly string[] = [],
): Schema => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

export const anyOf = (first: Schema, ...others: readonly Schema[]): Schema =>
  others.length === 0 ? first : { anyOf: [first, ...others] };
