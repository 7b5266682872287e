import type * as z from 'zod';

/**
 * Parses the process environment by the handler's schema, once, at cold start.
 * @throws Error naming each variable that is missing or malformed; the construct that owns the function sets them.
 */
export const readEnv = <S extends z.ZodObject>(schema: S, source: NodeJS.ProcessEnv = process.env): z.output<S> => {
  const parsed = schema.safeParse(source);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Error(`the function's environment is incomplete: ${faults}`);
};
