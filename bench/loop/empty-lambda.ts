import { CreateFunctionCommand, InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';

/** The least that a function can do, so that what remains is the platform's own time. */
const SOURCE = "exports.handler = async () => { console.log('{}'); return {}; };";
const CALLS = 30;

/** Median time of a warm call of an empty function, in milliseconds. */
export const emptyCallMs = async (aws: ConstructorParameters<typeof LambdaClient>[0]): Promise<number> => {
  const lambda = new LambdaClient(aws ?? {});
  // Any of the platform's roles will do: the function uses none of its rights.
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({ MaxItems: 1 }));
  const FunctionName = `empty-${Date.now()}`;
  const code = { ZipFile: zipSync({ 'index.js': strToU8(SOURCE) }) };
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: Functions[0]?.Role,
      Code: code,
    }),
  );
  const times: number[] = [];
  for (let call = 0; call <= CALLS; call++) {
    const startedAt = performance.now();
    await lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('{}') }));
    if (call > 0) times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
};
