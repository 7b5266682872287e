import * as z from 'zod';
import { datatypeSchema, modelNameSchema, tensorSchema } from '../../registry/contract';

/** Errors of the Open Inference Protocol. */
export const inferenceErrorSchema = z.object({ error: z.string() });
/** Errors of the MLflow scoring protocol. */
export const invocationErrorSchema = z.object({ error_code: z.string(), message: z.string() });

export const serverMetadataSchema = z.object({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});
export const liveSchema = z.object({ live: z.boolean() });
export const readySchema = z.object({ live: z.boolean(), ready: z.boolean() });
export const modelReadySchema = z.object({ name: modelNameSchema, ready: z.boolean() });
export const modelMetadataSchema = z.object({
  name: modelNameSchema,
  /** Those that serve. */
  versions: z.array(z.string()),
  platform: z.enum(['onnxruntime_onnx', 'sagemaker_endpoint']),
  inputs: z.array(tensorSchema),
  outputs: z.array(tensorSchema),
});

const answeredTensorSchema = z.object({
  name: z.string(),
  datatype: datatypeSchema,
  shape: z.array(z.number().int().nonnegative()),
  data: z.array(z.unknown()),
});
const predictionIdsSchema = z.object({
  /** Of the only row. */
  prediction_id: z.string().optional(),
  /** One a row. */
  prediction_ids: z.array(z.string()).optional(),
});
export const inferenceAnswerSchema = z.object({
  model_name: modelNameSchema,
  model_version: z.string(),
  id: z.string().optional(),
  parameters: predictionIdsSchema.optional(),
  outputs: z.array(answeredTensorSchema),
});

const rows = z.array(z.unknown()).min(1);
const params = { params: z.record(z.string(), z.unknown()).optional() };
/** A request of the MLflow scoring protocol: exactly one of the four. */
export const invocationSchema = z.union([
  z.object({
    dataframe_split: z.object({
      columns: z.array(z.string()).optional(),
      index: z.array(z.unknown()).optional(),
      data: rows,
    }),
    ...params,
  }),
  z.object({ dataframe_records: z.array(z.record(z.string(), z.unknown())).min(1), ...params }),
  z.object({ instances: rows, ...params }),
  z.object({ inputs: z.union([rows, z.record(z.string(), z.unknown())]), ...params }),
]);
export const invocationAnswerSchema = z.object({
  predictions: z.array(z.unknown()),
  prediction_ids: z.array(z.string()).optional(),
});
