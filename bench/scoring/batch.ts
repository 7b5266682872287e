import { BATCH_ROWS, batchTensor } from './batch-tensor';
import { fire, type Shot } from './load';
import type { Golden } from './models';
import { agrees } from './protocols';
import { type RunningServer, ServerFailed } from './running-server';

const LENGTH = 'inference-header-content-length';

const shotOf = (golden: Golden): Shot => {
  const tensor = Buffer.from(batchTensor(golden).buffer);
  const features = golden.rows[0]?.length ?? 0;
  const json = Buffer.from(
    JSON.stringify({
      inputs: [
        {
          name: 'features',
          datatype: 'FP32',
          shape: [BATCH_ROWS, features],
          parameters: { binary_data_size: tensor.length },
        },
      ],
      parameters: { binary_data_output: true },
    }),
  );
  return {
    body: Buffer.concat([json, tensor]),
    headers: { 'content-type': 'application/octet-stream', [LENGTH]: String(json.length) },
  };
};

interface BinaryAnswer {
  readonly outputs: readonly { readonly name: string; readonly parameters: { readonly binary_data_size: number } }[];
}

/** Tensors of a binary answer by name. */
const tensorsOf = (body: Buffer, jsonLength: number): ReadonlyMap<string, ArrayBuffer> => {
  const { outputs } = JSON.parse(body.toString('utf8', 0, jsonLength)) as BinaryAnswer;
  let from = jsonLength;
  return new Map(
    outputs.map(({ name, parameters }) => {
      const bytes = new Uint8Array(body.subarray(from, from + parameters.binary_data_size));
      from += parameters.binary_data_size;
      return [name, bytes.buffer];
    }),
  );
};

const isRight = (body: Buffer, jsonLength: number, golden: Golden): boolean => {
  const tensors = tensorsOf(body, jsonLength);
  const labels = new BigInt64Array(tensors.get('label') ?? new ArrayBuffer(0));
  const probabilities = new Float32Array(tensors.get('probabilities') ?? new ArrayBuffer(0));
  return Array.from({ length: BATCH_ROWS }, (_, at) => at).every((at) =>
    agrees(golden, at % golden.rows.length, Number(labels[at]), [...probabilities.subarray(2 * at, 2 * at + 2)]),
  );
};

/** Median time of a batch in binary tensors, there and back on one connection, in microseconds. @throws ServerFailed */
export const batchUs = async (running: RunningServer, seconds: number): Promise<number> => {
  const { golden, name } = running.model;
  const shot = shotOf(golden);
  const response = await fetch(running.url + running.server.protocol.path(name), {
    method: 'POST',
    headers: shot.headers,
    body: shot.body,
  });
  const body = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new ServerFailed(`answered a binary batch with ${response.status}: ${body.toString()}`);
  if (!isRight(body, Number(response.headers.get(LENGTH)), golden))
    throw new ServerFailed('answered a binary batch wrongly');
  return (await fire(running, [shot], { connections: 1, seconds })).p50Us;
};
