import * as z from 'zod';
import { storedNumber } from '../../kernel/stored-number';

/** Open Inference Protocol datatypes. */
export const datatypeSchema = z.enum([
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
]);
export type Datatype = z.infer<typeof datatypeSchema>;

/** A tensor as the graph declares it; −1 stands for a variable dimension. */
export const tensorSchema = z.object({
  name: z.string().min(1),
  datatype: datatypeSchema,
  shape: z.array(z.number().int().min(-1)),
});
export type Tensor = z.infer<typeof tensorSchema>;

/** A named column of the tabular view of the inputs. */
export const columnSchema = z.strictObject({
  name: z.string().min(1).max(256),
  type: z.enum(['boolean', 'integer', 'long', 'float', 'double', 'string']).default('double'),
  /** Allowed range, in `unit`. */
  min: storedNumber().optional(),
  max: storedNumber().optional(),
  levels: z.array(z.string()).min(1).optional(),
  encode: z.enum(['ordinal', 'one-hot', 'none']).optional(),
  unseen: z.enum(['reject', 'missing']).optional(),
  missing: z.union([z.literal('nan'), storedNumber(), z.string()]).optional(),
  unit: z.string().max(64).optional(),
  /** The graph input that this column belongs to, where there are several. */
  tensor: z.string().optional(),
});
export type Column = z.infer<typeof columnSchema>;

/** Elements that a column fills in a row of its tensor: one, or one a level where it is one-hot. */
export const columnWidth = (column: Column): number => (column.encode === 'one-hot' ? (column.levels?.length ?? 1) : 1);

/** Typed inputs and outputs of a version: the graph's tensors, and the columns of its tabular view in order. */
export const signatureSchema = z.object({
  inputs: z.array(tensorSchema).min(1),
  outputs: z.array(tensorSchema).min(1),
  columns: z.array(columnSchema),
});
export type Signature = z.infer<typeof signatureSchema>;
