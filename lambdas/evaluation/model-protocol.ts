import * as z from 'zod';
import { datatypeSchema, type Tensor, tensorSchema } from '../registry/contract';
import type { Tensors } from '../scoring/domain/tensor';

/** What the sandbox says to the process that runs one version. One message at a time; each is answered. */
export type ToModel =
  | { readonly type: 'load'; readonly path: string; readonly threads: number }
  | { readonly type: 'run'; readonly inputs: Tensors }
  /** Runs the same rows again and again, until `runs` or `budgetMs` are used up. */
  | { readonly type: 'time'; readonly inputs: Tensors; readonly runs: number; readonly budgetMs: number };

/** What loading a version tells. */
export interface LoadedModel {
  /** Unknown of an endpoint. */
  readonly loadMs?: number;
  /** The graph's own tensors; those of the record for an endpoint. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Version of what runs the graph. */
  readonly onnxruntime?: string;
}

export type FromModel =
  | ({ readonly type: 'loaded' } & Required<LoadedModel>)
  | { readonly type: 'ran'; readonly outputs: Tensors }
  /** Milliseconds of each run. */
  | { readonly type: 'timed'; readonly samples: Float64Array }
  | { readonly type: 'failed'; readonly reason: string };

const isData = (data: unknown): boolean =>
  (ArrayBuffer.isView(data) && !(data instanceof DataView)) ||
  (Array.isArray(data) && data.every((element) => typeof element === 'string'));

const tensorsSchema = z.record(
  z.string(),
  z
    .object({
      datatype: datatypeSchema,
      shape: z.array(z.number().int().nonnegative()),
      data: z.custom<Tensors[string]['data']>(isData, 'expected elements'),
    })
    .refine(
      ({ shape, data }) => data.length === shape.reduce((product, size) => product * size, 1),
      'elements do not fill the shape',
    ),
);

/** The process is not trusted: a message that is not of this form ends it. */
export const fromModelSchema: z.ZodType<FromModel> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('loaded'),
    loadMs: z.number().nonnegative(),
    inputs: z.array(tensorSchema),
    outputs: z.array(tensorSchema),
    onnxruntime: z.string().max(64),
  }),
  z.object({ type: z.literal('ran'), outputs: tensorsSchema }),
  z.object({ type: z.literal('timed'), samples: z.instanceof(Float64Array) }),
  z.object({ type: z.literal('failed'), reason: z.string() }),
]);
