import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { HostedModel } from '../../lambdas/evaluation/adapters/hosted-model';
import { readTableFile } from '../../lambdas/evaluation/adapters/table-file';
import type { Runnable } from '../../lambdas/evaluation/contract';
import type { FileSource, ModelLimits } from '../../lambdas/evaluation/ports';
import type { RunCandidatePorts } from '../../lambdas/evaluation/run-candidate';
import { manifestSchema } from '../../lambdas/registry/contract';
import { loadOnnxSession } from '../../lambdas/scoring/adapters/onnx-session';
import { endpointClient, SageMakerEndpoints } from '../../lambdas/scoring/adapters/sagemaker-endpoint';
import { acceptHosted } from '../../lambdas/upload/domain/accept-upload';

const DIGEST = 'c0ffee00'.padEnd(64, '0');

/** A version at an endpoint, described as registration does it. */
export const hostedRunnable = (endpoint: string, manifest: object, version = 1, rootDigest = DIGEST): Runnable => {
  const declared = manifestSchema.parse({ ...manifest, runtime: 'sagemaker', endpoint });
  const accepted = acceptHosted(declared, { deployment: 'test', sagemaker: 'on' }, 'model', rootDigest);
  const { signature } = accepted;
  return { version, rootDigest, runtime: { kind: 'sagemaker', endpoint }, signature, manifest: accepted.manifest };
};

export const endpointsAt = (endpoint: string, maxAttempts = 1): SageMakerEndpoints => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const config = { endpoint, region: 'us-east-1', credentials, maxAttempts };
  return new SageMakerEndpoints(maxAttempts === 1 ? new SageMakerRuntimeClient(config) : endpointClient(config));
};

/** What `run-hosted-candidate` has: endpoints alone. */
export const hostedPorts = (
  files: FileSource,
  endpoints: SageMakerEndpoints,
  limits: Partial<ModelLimits> = {},
): RunCandidatePorts => ({
  files,
  readTable: readTableFile,
  openModel: ({ runtime, signature }, { timeMs }) => {
    if (runtime.kind !== 'sagemaker') throw new Error('no graph runs here');
    return new HostedModel({ endpoint: runtime.endpoint, signature, endpoints, timeMs, patienceMs: 0 });
  },
  limits: { memoryBytes: 0, timeMs: 20_000, ...limits },
  remainingMs: () => 60_000,
  environment: { node: process.version, platform: 'test' },
});

interface Posted {
  readonly instances: number[][];
}

/** A container that answers with one output of a graph: rows in, rows out. */
export const containerOf = async (graph: Uint8Array, output: string): Promise<(body: string) => Promise<string>> => {
  const session = await loadOnnxSession(graph, { threads: 1 });
  const [input] = session.inputs;
  return async (body) => {
    const { instances } = JSON.parse(body) as Posted;
    const width = instances[0]?.length ?? 0;
    const data = Float32Array.from(instances.flat());
    const inputs = { [input?.name ?? '']: { datatype: 'FP32' as const, shape: [instances.length, width], data } };
    const tensor = (await session.run(inputs))[output];
    const columns = (tensor?.data.length ?? 0) / instances.length;
    const values = Array.from(tensor?.data ?? [], Number);
    const predictions = instances.map((_, row) => values.slice(row * columns, (row + 1) * columns));
    return JSON.stringify({ predictions: columns === 1 ? predictions.flat() : predictions });
  };
};

/** A container that answers with the sum of each row. */
export const sums = async (body: string): Promise<string> => {
  const { instances } = JSON.parse(body) as Posted;
  return JSON.stringify({ predictions: instances.map((row) => row.reduce((sum, value) => sum + value, 0)) });
};
