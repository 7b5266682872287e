import * as z from 'zod';

export const count = z.number().int().nonnegative();
export const share = z.number().min(0).max(1);
