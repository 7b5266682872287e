import * as z from 'zod';
import { declareApi } from '../../kernel/contract';
import { modelPathSchema, timestampSchema } from '../../registry/contract';
import { openSlotSchema, slotStatusSchema } from '../contract';

/** An open slot: where each file is to be put. */
export const openedSlotSchema = z.object({
  slot: z.string(),
  /** Of the keys in the upload bucket. */
  prefix: z.string(),
  expiresAt: timestampSchema,
  files: z.array(z.object({ path: z.string(), /** Takes one PUT. */ url: z.string() })),
});

/** What upload answers at. */
export const UPLOAD_API = declareApi({
  openUpload: {
    method: 'POST',
    path: '/api/v1/models/{model}/uploads',
    summary: 'Opens a place to which the caller, and nobody else, may upload a version for a while',
    params: modelPathSchema,
    body: openSlotSchema,
    answer: openedSlotSchema,
    status: 201,
    refusals: ['too-large'],
  },
  readUpload: {
    method: 'GET',
    path: '/api/v1/uploads/{slot}',
    summary: 'What became of an upload',
    params: z.object({ slot: z.string().max(64) }),
    answer: slotStatusSchema,
  },
});
