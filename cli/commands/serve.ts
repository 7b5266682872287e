import cluster from 'node:cluster';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import * as z from 'zod';
import { Failure } from '../failure';

/** Where SageMaker unpacks a model. */
const CONTAINER_MODEL = '/opt/ml/model';

const modelsFrom = (named: readonly string[]): readonly string[] => {
  if (named.length > 0) return named;
  if (existsSync(CONTAINER_MODEL)) return [`model=${CONTAINER_MODEL}`];
  throw new Failure(
    `name a model: contender serve <folder or .onnx file> (in a container: mount it at ${CONTAINER_MODEL})`,
    2,
  );
};

/** A number from the environment, as containers are configured. */
const fromEnvironment = () => {
  const { SAGEMAKER_BIND_TO_PORT, CONTENDER_SERVE_HOST, CONTENDER_SERVE_WORKERS } = process.env;
  return {
    ...(SAGEMAKER_BIND_TO_PORT ? { port: SAGEMAKER_BIND_TO_PORT } : {}),
    ...(CONTENDER_SERVE_HOST ? { host: CONTENDER_SERVE_HOST } : {}),
    workers: CONTENDER_SERVE_WORKERS ?? availableParallelism(),
  };
};

const explained = (error: unknown, port: number): Failure => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE' || /EADDRINUSE/.test(message))
    return new Failure(`port ${port} is in use; choose another with --port`, 1, { cause: error });
  if (code === 'EACCES')
    return new Failure(`port ${port} may not be listened at; choose one above 1023`, 1, { cause: error });
  return new Failure(message, 1, { cause: error });
};

const run = async (named: readonly string[], flags: object): Promise<void> => {
  // Loaded with the verb: other verbs do without the scoring library.
  const { serveOptionsSchema } = await import('../../serve/options');
  const { runWorker, serve, stopSignal } = await import('../../serve/run-workers');
  const parsed = serveOptionsSchema.safeParse({ ...fromEnvironment(), ...flags, models: modelsFrom(named) });
  if (!parsed.success) throw new Failure(z.prettifyError(parsed.error), 2);
  const options = parsed.data;
  if (cluster.isWorker) return runWorker(options);
  const stopped = stopSignal();
  const fail = (error: unknown): never => {
    throw explained(error, options.port);
  };
  const serving = await serve(options).catch(fail);
  const url = `http://${options.host}:${serving.port}`;
  console.log(`serving ${serving.models.join(', ')} at ${url} with ${options.workers} process(es)`);
  for (const model of serving.models) console.log(`  POST ${url}/v2/models/${model}/infer`);
  await Promise.race([stopped, serving.ended]).catch(fail);
  console.log('stopping: requests under way are answered first');
  await serving.stop();
  // Native threads of ONNX Runtime would keep the process.
  process.exit(0);
};

export const addServeCommand = (program: Command): void => {
  program
    .command('serve')
    .description('serve ONNX models over HTTP: on a laptop, in a container, at the edge; no account is needed')
    .argument('[models...]', `folders or .onnx files, each <path> or <name>=<path> (default: ${CONTAINER_MODEL})`)
    .option('--host <address>', 'address to listen at (default: CONTENDER_SERVE_HOST, or 127.0.0.1)')
    .option('--port <number>', 'port, 0 for any that is free (default: SAGEMAKER_BIND_TO_PORT, or 8080)')
    .option('--workers <number>', 'processes that share the port (default: CONTENDER_SERVE_WORKERS, or one a core)')
    .option('--threads <number>', 'threads of ONNX Runtime in each (default: 1)')
    .option('--batch-rows <number>', 'rows run together at most; 1 turns batching off (default: 32)')
    .option(
      '--batch-wait-ms <ms>',
      'how long a request may wait for others (default: 0, for as long as they keep coming)',
    )
    .option('--batch-from <number>', 'open connections from which on requests are batched (default: 4)')
    .option('--max-body-mb <number>', 'largest body (default: 64)')
    .option('--memory-mb <number>', 'memory for graphs and bodies in each process (default: 1024)')
    .option('--grace-ms <ms>', 'time for requests under way when told to stop (default: 10000)')
    .option('--prediction-keys <file>', 'key ring of a deployment, to mint prediction ids')
    .option('--deployment <name>', 'deployment that takes the outcomes (default: default)')
    .option('--client-id <id>', 'application that the prediction ids are given to')
    .action(run);
};
