import * as z from 'zod';
import { datatypeSchema } from '../registry/contract';
import type { Tensors } from './domain/tensor';

/** What a scoring function says to its challengers' process. */
export type ToChallenger =
  | { readonly type: 'load'; readonly digest: string; readonly path: string; readonly threads: number }
  | { readonly type: 'unload'; readonly digest: string }
  | { readonly type: 'score'; readonly sequence: number; readonly digest: string; readonly inputs: Tensors };

const isData = (data: unknown): boolean => ArrayBuffer.isView(data) || Array.isArray(data);

const tensorsSchema = z.record(
  z.string(),
  z.object({
    datatype: datatypeSchema,
    shape: z.array(z.number().int().nonnegative()),
    data: z.custom<Tensors[string]['data']>(isData, 'expected elements'),
  }),
);

/** What the process answers. `finishedAt` is UTC milliseconds: an answer that was in time counts, even if it is read late. */
export type FromChallenger =
  | { readonly type: 'loaded'; readonly digest: string }
  | { readonly type: 'load-failed'; readonly digest: string; readonly reason: string }
  | { readonly type: 'scored'; readonly sequence: number; readonly finishedAt: number; readonly outputs: Tensors }
  | { readonly type: 'score-failed'; readonly sequence: number; readonly finishedAt: number; readonly reason: string };

/** The process is not trusted: a message that is not of this form ends it. */
export const fromChallengerSchema: z.ZodType<FromChallenger> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loaded'), digest: z.string() }),
  z.object({ type: z.literal('load-failed'), digest: z.string(), reason: z.string() }),
  z.object({ type: z.literal('scored'), sequence: z.number(), finishedAt: z.number(), outputs: tensorsSchema }),
  z.object({ type: z.literal('score-failed'), sequence: z.number(), finishedAt: z.number(), reason: z.string() }),
]);
