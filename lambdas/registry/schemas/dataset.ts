import * as z from 'zod';
import { datasetDigestSchema } from './manifest';
import type { DatasetRef } from './model-version';
import { actorSchema, sha256Schema, timestampSchema } from './names';

/** A dataset on record: some version was trained on it. */
export const datasetRecordSchema = z.object({
  name: z.string(),
  sha256: sha256Schema.optional(),
  digest: datasetDigestSchema.optional(),
  /** As the first version that used it declared it. */
  uri: z.string().optional(),
  rows: z.number().int().nonnegative().optional(),
  firstUsedAt: timestampSchema,
  withdrawn: z
    .object({
      at: timestampSchema,
      by: actorSchema,
      reason: z.string(),
      /** When every affected version had its flag and every owner was told; absent while that goes on. */
      completedAt: timestampSchema.optional(),
    })
    .optional(),
});
export type DatasetRecord = z.infer<typeof datasetRecordSchema>;

/** A version as an item of an index of lineage. */
export const lineageItemSchema = z.object({ model: z.string(), version: z.number().int().min(1) });
export type LineageItem = z.infer<typeof lineageItemSchema>;

/** Names a dataset in a path. */
export const datasetPathSchema = z.object({
  name: z.string().min(1).max(128),
  /** SHA-256 of the dataset, its digest by another tool, or `none` for what was declared without one. */
  digest: z.union([sha256Schema, datasetDigestSchema, z.literal('none')]),
});

/** A dataset as a path names it. */
export const datasetOfPath = ({ name, digest }: z.output<typeof datasetPathSchema>): DatasetRef =>
  digest === 'none' ? { name } : sha256Schema.safeParse(digest).success ? { name, sha256: digest } : { name, digest };
