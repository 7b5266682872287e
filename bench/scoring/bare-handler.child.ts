/**
 * The practical limit: what a prediction over HTTP takes when nothing is checked, routed, logged or recorded. JSON in, session
 * run, JSON out; or one tensor of bytes in and two out.
 *
 *     node bare-handler.cjs <model.onnx> <port>
 */
import { createServer, type IncomingMessage } from 'node:http';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sessionOptions } from '../../lambdas/scoring/adapters/session-options';

interface Question {
  readonly inputs: readonly [{ readonly name: string; readonly shape: readonly number[]; readonly data: number[] }];
}
interface Answer {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | Buffer;
}

const DATATYPE: Readonly<Record<string, string>> = { int64: 'INT64', float32: 'FP32' };
const LENGTH = 'inference-header-content-length';

const run = (session: InferenceSession, { inputs: [input] }: Question, values: Float32Array) =>
  session.run({ [input.name]: new Tensor('float32', values, input.shape) });

const answerJson = async (session: InferenceSession, body: string): Promise<Answer> => {
  const question = JSON.parse(body) as Question;
  const results = await run(session, question, Float32Array.from(question.inputs[0].data));
  const outputs = Object.entries(results).map(([name, { type, dims, data }]) => ({
    name,
    datatype: DATATYPE[type],
    shape: dims,
    data: Array.from(data as ArrayLike<number | bigint>, Number),
  }));
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ outputs }) };
};

const answerBinary = async (session: InferenceSession, body: Buffer, jsonLength: number): Promise<Answer> => {
  const question = JSON.parse(body.toString('utf8', 0, jsonLength)) as Question;
  const values = new Float32Array(new Uint8Array(body.subarray(jsonLength)).buffer);
  const results = Object.entries(await run(session, question, values));
  const tensors = results.map(([, { data }]) => {
    const { buffer, byteOffset, byteLength } = data as Float32Array;
    return Buffer.from(buffer, byteOffset, byteLength);
  });
  const outputs = results.map(([name, { type, dims }], at) => ({
    name,
    datatype: DATATYPE[type],
    shape: dims,
    parameters: { binary_data_size: tensors[at]?.length },
  }));
  const json = Buffer.from(JSON.stringify({ outputs }));
  const headers = { 'content-type': 'application/octet-stream', [LENGTH]: json.length };
  return { headers, body: Buffer.concat([json, ...tensors]) };
};

const bodyOf = (request: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
  });

const main = async ([file = '', port]: readonly string[]): Promise<void> => {
  const session = await InferenceSession.create(file, sessionOptions(1));
  createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (request.method === 'GET') return void response.end();
    const jsonLength = request.headers[LENGTH];
    const answer = jsonLength
      ? await answerBinary(session, body, Number(jsonLength))
      : await answerJson(session, body.toString());
    response.writeHead(200, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) }).end(answer.body);
  }).listen(Number(port), '127.0.0.1');
};

void main(process.argv.slice(2));
