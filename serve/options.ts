import * as z from 'zod';

const count = (max: number) => z.coerce.number().int().min(1).max(max);

/** How to serve; all of it with a default. */
export const serveOptionsSchema = z.object({
  /** Folders or .onnx files, each `<path>` or `<name>=<path>`. */
  models: z.array(z.string()).min(1),
  host: z.string().default('127.0.0.1'),
  /** 0: any free port. */
  port: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Processes that share the port. */
  workers: count(256),
  /** Threads of ONNX Runtime within one run, in each process. */
  threads: count(256).default(1),
  /** Rows of one run at most, of requests that come together; 1: each request is run alone. */
  batchRows: count(4096).default(32),
  /** How long a request may wait for others, in milliseconds; 0: for as long as others keep coming. */
  batchWaitMs: z.coerce.number().min(0).max(1000).default(0),
  /** Open connections of a process from which on requests wait for each other. */
  batchFrom: count(1024).default(4),
  maxBodyMb: count(2048).default(64),
  /** Megabytes that each process may hold, half of them in bodies. Graphs stay loaded, whatever they take. */
  memoryMb: count(1_048_576).default(1024),
  /** Time for requests under way when the server is told to stop, in milliseconds. */
  graceMs: z.coerce.number().int().min(0).max(600_000).default(10_000),
  /** File with the key ring of prediction ids; without it none are minted. */
  predictionKeys: z.string().optional(),
  /** Deployment whose outcomes endpoint opens the prediction ids. */
  deployment: z.string().default('default'),
  /** Application that the prediction ids are given to. */
  clientId: z.string().default('serve'),
});
export type ServeOptions = z.output<typeof serveOptionsSchema>;
