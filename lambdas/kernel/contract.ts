import * as z from 'zod';
import type { ErrorCode } from './errors';

/** One call of the HTTP API: what the gateway mounts, the handler parses and answers, and the OpenAPI document tells. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As the gateway writes it, such as `/api/v1/models/{model}`. */
  readonly path: string;
  readonly summary: string;
  /** The path's parameters. */
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** Media type of text that it may answer instead. */
  readonly text?: string;
  /** Of success. @default 200 */
  readonly status?: number;
  /** What it refuses with, beside what every call of its shape may refuse with. */
  readonly refusals?: readonly ErrorCode[];
  /** Answers without a token. @default false */
  readonly open?: boolean;
}

/** What the gateway itself refuses with, as AWS sends it: `{"message": …}`. */
export const GATEWAY_REFUSALS: readonly ErrorCode[] = [
  'unauthenticated',
  'forbidden',
  'too-large',
  'throttled',
  'not-ready',
];

/** Operations of a room by their ids. */
export type Api = Readonly<Record<string, Operation>>;

/** Declares a room's operations, once for construct, handler and document. */
export const declareApi = <const A extends Api>(api: A): A => api;

/** Query part of every list: `limit` 1 to 200 (default 50) and an opaque `cursor` from the page before. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2048).optional(),
});
export type PageQuery = z.infer<typeof pageQuerySchema>;

export interface Page<T> {
  readonly items: T[];
  /** Present when there is more. */
  readonly cursor?: string;
}

/** A page of a list, as it is answered. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({ items: z.array(item), cursor: z.string().optional() });

/** problem+json (RFC 9457), the answer to what cannot be done. */
export const problemSchema = z.object({
  type: z.literal('about:blank'),
  /** Kind of error, such as `not-found`. */
  title: z.string(),
  status: z.number().int(),
  /** What happened, where, and what to change. */
  detail: z.string(),
  /** Id of the request, which leads operators to its log line. */
  instance: z.string(),
});
export type Problem = z.infer<typeof problemSchema>;
