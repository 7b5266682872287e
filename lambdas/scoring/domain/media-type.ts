import { Unsupported } from '../../kernel/errors';

/** How a body is written. */
export type MediaType =
  | { readonly type: 'application/json' }
  /** `header=absent` (RFC 4180): columns go by their position. */
  | { readonly type: 'text/csv'; readonly hasHeader: boolean };

const parameterIn = (parameters: readonly string[], name: string): string | undefined => {
  const found = parameters.map((text) => text.trim().split('=')).find(([key]) => key?.trim().toLowerCase() === name);
  return found?.[1]?.trim().replaceAll('"', '').toLowerCase();
};

/**
 * @param contentType the header; absent means JSON
 * @throws Unsupported naming what is accepted.
 */
export const mediaTypeOf = (contentType: string | undefined): MediaType => {
  const [given = '', ...parameters] = (contentType || 'application/json').split(';');
  const charset = parameterIn(parameters, 'charset') ?? 'utf-8';
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset)) {
    throw new Unsupported(`content type with charset ${charset.slice(0, 40)}; send UTF-8`);
  }
  const type = given.trim().toLowerCase();
  if (type === 'application/json') return { type };
  if (type === 'text/csv') return { type, hasHeader: parameterIn(parameters, 'header') !== 'absent' };
  throw new Unsupported(`content type ${given.trim().slice(0, 80)} is not taken; send application/json or text/csv`);
};
