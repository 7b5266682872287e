/** JSON with whole numbers of any size: limits of 64-bit integers are beyond what a double holds. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON Schema of OpenAPI 3.1, or an object of its document. */
export type Schema = { readonly [keyword: string]: Json };

export const arrayOf = (items: Schema, limits: Schema = {}): Schema => ({ type: 'array', items, ...limits });

export const exactly = (count: number): Schema => ({ minItems: count, maxItems: count });

/** Schemas by the name of what they are for. */
export type Schemas = { readonly [name: string]: Schema };

/** An object that must hold all of these; clients may add keys of their own. */
export const objectOf = (properties: Schemas, optional: readonly string[] = []): Schema => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

/** Of schemas that exclude each other. */
export const oneOf = (schemas: readonly Schema[]): Schema => {
  const [only, ...others] = schemas;
  return only !== undefined && others.length === 0 ? only : { oneOf: schemas };
};

/** What must not be given. */
export const NEVER: Schema = { not: {} };

/** A component of the document. */
export const ref = (component: string): Schema => ({ $ref: `#/components/schemas/${component}` });

export const anyOf = (first: Schema, ...others: readonly Schema[]): Schema =>
  others.length === 0 ? first : { anyOf: [first, ...others] };
