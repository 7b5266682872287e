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
  name: z.string().min(1).max(256).describe('Name of the column, in requests and in data.'),
  type: z
    .enum(['boolean', 'integer', 'long', 'float', 'double', 'string'])
    .default('double')
    .describe('Type of a cell, as MLflow names it.'),
  min: storedNumber().optional().describe('Least value that the model was made for, in `unit`.'),
  max: storedNumber().optional().describe('Largest value that the model was made for, in `unit`.'),
  levels: z.array(z.string()).min(1).optional().describe('Categories, in the order in which the model knows them.'),
  encode: z
    .enum(['ordinal', 'one-hot', 'none'])
    .optional()
    .describe('How a level becomes numbers: its position, a column each, or not at all.'),
  unseen: z
    .enum(['reject', 'missing'])
    .optional()
    .describe('What becomes of values outside of levels and range: the request is refused, or they count as missing.'),
  missing: z
    .union([z.literal('nan'), storedNumber(), z.string()])
    .optional()
    .describe('What stands for a missing value; null in a request becomes this.'),
  unit: z.string().max(64).optional().describe('Unit of the values, for people.'),
  tensor: z.string().optional().describe('The graph input that the column belongs to, where there are several.'),
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
