import * as z from 'zod';
import { declareApi } from '../../kernel/contract';
import { timestampSchema } from '../../registry/contract';
import { openInputSchema } from '../contract';

/** Where callers leave inputs that are too large to send. */
export const INPUTS_API = declareApi({
  openInput: {
    method: 'POST',
    path: '/api/v1/inputs',
    summary: 'Opens a place for the bytes of inputs that are too large to send',
    body: openInputSchema,
    answer: z.object({
      /** What the request names as `parameters.input_uri`. */
      uri: z.string(),
      /** Takes one PUT of so many bytes. */
      url: z.string(),
      expiresAt: timestampSchema,
    }),
    status: 201,
  },
});
