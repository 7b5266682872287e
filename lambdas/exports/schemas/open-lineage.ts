import * as z from 'zod';

const facetsSchema = z.record(z.string(), z.looseObject({ _producer: z.string(), _schemaURL: z.url() }));
const datasetSchema = z.object({ namespace: z.string(), name: z.string(), facets: facetsSchema });

/** The part of OpenLineage 2-0-2's RunEvent that is given. */
export const runEventSchema = z.object({
  eventType: z.enum(['START', 'COMPLETE']),
  eventTime: z.iso.datetime(),
  producer: z.string(),
  schemaURL: z.url(),
  run: z.object({ runId: z.guid(), facets: facetsSchema }),
  job: z.object({ namespace: z.string(), name: z.string(), facets: facetsSchema }),
  inputs: z.array(datasetSchema.extend({ inputFacets: facetsSchema.optional() })),
  outputs: z.array(datasetSchema.extend({ outputFacets: facetsSchema.optional() })),
});
export type RunEvent = z.infer<typeof runEventSchema>;
