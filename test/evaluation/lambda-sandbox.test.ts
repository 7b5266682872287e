import { LambdaClient } from '@aws-sdk/client-lambda';
import { LambdaSandbox } from '../../lambdas/evaluation/adapters/lambda-sandbox';
import type { SandboxRequest } from '../../lambdas/evaluation/contract';
import { awsError, FakeAws } from '../scoring/fake-aws';

const aws = new FakeAws();
beforeAll(() => aws.start());
afterAll(() => aws.stop());

const REQUEST = { model: 'credit' } as SandboxRequest;
const run = () => new LambdaSandbox(new LambdaClient(aws.config), 'sandbox').run(REQUEST);
const failsWith = (errorType: string, errorMessage: string) => {
  aws.answer = () => ({
    headers: { 'x-amz-function-error': 'Unhandled' },
    body: JSON.stringify({ errorType, errorMessage }),
  });
};

test('the request is the payload, and the answer comes back as it was given', async () => {
  const response = { status: 'rejected', rejection: { code: 'timed-out', message: 'slow' } };
  aws.answer = () => ({ body: JSON.stringify(response) });
  expect(await run()).toEqual(response);
  expect(JSON.parse(aws.requests.at(-1)?.body ?? '')).toEqual(REQUEST);
  expect(aws.requests.at(-1)?.path).toContain('/functions/sandbox/invocations');
});

test.each([
  ['Sandbox.Timedout', 'RequestId: 1 Error: Task timed out after 315.00 seconds', 'sandbox-timed-out'],
  ['Runtime.ExitError', 'RequestId: 1 Error: Runtime exited with error: signal: killed', 'sandbox-out-of-memory'],
  ['Runtime.OutOfMemory', 'RequestId: 1 Error: Runtime exited', 'sandbox-out-of-memory'],
  ['Runtime.ExitError', 'RequestId: 1 Error: Runtime exited with error: exit status 1', 'sandbox-failed'],
  ['TypeError', 'cannot read properties of undefined', 'sandbox-failed'],
])('a sandbox that goes down by %s (%s) rejects the candidate: %s', async (type, message, code) => {
  failsWith(type, message);
  expect(await run()).toEqual({ status: 'rejected', rejection: { code, message: expect.any(String) } });
});

test('a sandbox that could not even start says nothing about the candidate', async () => {
  failsWith('Runtime.ImportModuleError', "Cannot find module 'index'");
  await expect(run()).rejects.toMatchObject({ code: 'upstream-failed' });
});

test.each([['{"status":"evaluated","findings":{}}'], ['no json'], ['null']])(
  'an answer of another form rejects the candidate: %s',
  async (body) => {
    aws.answer = () => ({ body });
    expect(await run()).toMatchObject({ status: 'rejected', rejection: { code: 'sandbox-failed' } });
  },
);

test.each([
  ['TooManyRequestsException', 429, 'throttled'],
  ['ServiceException', 500, 'upstream-failed'],
  ['AccessDeniedException', 403, 'upstream-failed'],
])('%s is an error that is worth trying again', async (name, status, code) => {
  aws.answer = () => awsError(name, status);
  await expect(run()).rejects.toMatchObject({ code });
});
