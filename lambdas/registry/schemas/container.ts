import * as z from 'zod';

/** What Contender hosts a model in on SageMaker, for `runtime: sagemaker` without an `endpoint` of one's own. */
export const containerSchema = z
  .strictObject({
    image: z
      .string()
      .max(255)
      .regex(
        /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[a-z0-9][a-z0-9._/-]*(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$/,
        'an image in ECR with its tag or digest, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/models:1',
      )
      .describe("Image in ECR that keeps SageMaker's container contract: GET /ping, POST /invocations, on port 8080."),
    instance: z
      .string()
      .regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/, 'an instance type of SageMaker, such as ml.m5.large')
      .optional()
      .describe('Instance type, such as ml.m5.large; not with `serverless`.'),
    instances: z
      .number()
      .int()
      .min(1)
      .max(10)
      .optional()
      .describe('Instances to start with, 1 if left out; two or more are spread over availability zones.'),
    serverless: z
      .strictObject({
        memoryMb: z.union([
          z.literal(1024),
          z.literal(2048),
          z.literal(3072),
          z.literal(4096),
          z.literal(5120),
          z.literal(6144),
        ]),
        maxConcurrency: z.number().int().min(1).max(200),
      })
      .optional()
      .describe('Serverless inference, instead of instances.'),
    environment: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,1023}$/),
        z.union([z.string().max(1024), z.number()]).transform(String),
      )
      .refine((variables) => Object.keys(variables).length <= 16, 'at most 16 variables')
      .optional()
      .describe('Environment of the container. No secrets: it is on record, and whoever reads the model reads it.'),
  })
  .refine(
    ({ instance, serverless }) => (instance === undefined) !== (serverless === undefined),
    'a container runs on instances or serverless: give exactly one of "instance" and "serverless"',
  )
  .refine(
    ({ instances, serverless }) => instances === undefined || serverless === undefined,
    'a serverless endpoint has no instances; leave "instances" out',
  );
export type Container = z.infer<typeof containerSchema>;
