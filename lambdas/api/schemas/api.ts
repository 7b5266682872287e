import * as z from 'zod';
import { declareApi } from '../../kernel/contract';

/** Where the API describes itself. */
export const DESCRIPTION_API = declareApi({
  describeApi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    answer: z.looseObject({ openapi: z.string() }),
    open: true,
  },
});
