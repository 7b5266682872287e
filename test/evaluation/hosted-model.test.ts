import { HostedModel } from '../../lambdas/evaluation/adapters/hosted-model';
import type { Tensors } from '../../lambdas/scoring/domain/tensor';
import { awsError, type FakeAnswer, FakeAws } from '../scoring/fake-aws';
import { endpointsAt } from './hosted-world';

const aws = new FakeAws();
beforeAll(() => aws.start());
afterAll(() => aws.stop());
let underWay = 0;
let mostUnderWay = 0;
/** Rows of each call. */
let calls: number[] = [];
beforeEach(() => {
  aws.requests.length = 0;
  underWay = 0;
  mostUnderWay = 0;
  calls = [];
});

const signature = {
  inputs: [{ name: 'features', datatype: 'FP64' as const, shape: [-1, 2] }],
  outputs: [{ name: 'predictions', datatype: 'FP64' as const, shape: [-1] }],
};

const answered = (predictions: unknown): FakeAnswer => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ predictions }),
});
/** Answers with what `of` makes of each row, so many milliseconds later. */
const answering = (of: (row: number[]) => unknown, msPerRow = 0) => {
  aws.answer = async ({ body }) => {
    const { instances } = JSON.parse(body) as { instances: number[][] };
    calls.push(instances.length);
    mostUnderWay = Math.max(mostUnderWay, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 1 + msPerRow * instances.length));
    underWay--;
    return answered(instances.map(of));
  };
};
const sum = (row: number[]): number => row.reduce((total, value) => total + value, 0);

const model = (timeMs = 20_000, maxAttempts = 1, patienceMs = 0) => {
  const endpoints = endpointsAt(aws.config.endpoint, maxAttempts);
  return new HostedModel({ endpoint: 'sums', signature, endpoints, timeMs, patienceMs });
};
const inputsOf = (rows: number, width = 2): Tensors => ({
  features: {
    datatype: 'FP64',
    shape: [rows, width],
    data: Float64Array.from({ length: rows * width }, (_, at) => at / 8),
  },
});
const DOING = 'scoring rows 1–9 of evaluation.csv';
const rejected = (code: string, message: RegExp) => ({ rejection: { code, message: expect.stringMatching(message) } });

test('loading tells the tensors of the record, to which every answer is held, and calls nobody', async () => {
  expect(await model().load()).toEqual(signature);
  expect(aws.requests).toHaveLength(0);
});

test('rows go out in bounded calls, four at a time, and come back in their order', async () => {
  answering(sum);
  const { answer } = aws;
  let arrived = 0;
  let open = () => {};
  const fourth = new Promise<void>((resolve) => {
    open = resolve;
  });
  // Were there fewer at a time, the fourth would never come.
  aws.answer = async (request) => {
    if (++arrived === 4) open();
    await fourth;
    return answer(request);
  };
  const outputs = await model().run(inputsOf(1000), DOING);
  expect(outputs.predictions).toEqual({
    datatype: 'FP64',
    shape: [1000],
    data: Float64Array.from({ length: 1000 }, (_, row) => (4 * row + 1) / 8),
  });
  expect(calls.reduce((total, rows) => total + rows, 0)).toBe(1000);
  expect(Math.max(...calls)).toBeLessThanOrEqual(250);
  expect(mostUnderWay).toBeLessThanOrEqual(4);
});

test('a slow model is asked about fewer rows at a time', async () => {
  answering(sum, 60);
  const slow = model();
  await slow.run(inputsOf(2), DOING);
  await slow.run(inputsOf(160), DOING);
  expect(calls[0]).toBe(2);
  expect(Math.max(...calls)).toBeLessThanOrEqual(84);
}, 30_000);

test('a body over 4 MB, which a serverless endpoint does not take, is cut in two until it fits', async () => {
  answering(sum);
  const width = 60_000;
  const outputs = await model().run(inputsOf(20, width), DOING);
  expect(outputs.predictions?.shape).toEqual([20]);
  expect(calls.length).toBeGreaterThan(2);
  for (const { body } of aws.requests) expect(body.length).toBeLessThanOrEqual(4_000_000);
});

test('a row that never fits is the candidate’s fault', async () => {
  answering(sum);
  await expect(model().run(inputsOf(1, 700_000), DOING)).rejects.toMatchObject(
    rejected('row-too-large', /a single row is over 4000000 bytes/),
  );
});

test.each([
  ['no list', { answers: [] }, /without a list of predictions/],
  ['too few rows', { predictions: [1] }, /gave 1 predictions for 3 rows/],
  ['too many rows', { predictions: [1, 2, 3, 4] }, /gave 4 predictions for 3 rows/],
  ['texts', { predictions: ['a', 'b', 'c'] }, /element 0: expected a number/],
  ['uneven lists', { predictions: [[1, 2], [1], [1, 2]] }, /does not fit shape/],
  ['objects of other names', { predictions: [{ a: 1 }, { a: 1 }, { a: 1 }] }, /holds no predictions/],
])('an answer with %s is refused with what is expected', async (_, body, message) => {
  aws.answer = () => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await expect(model().run(inputsOf(3), DOING)).rejects.toMatchObject(
    rejected('outputs-unreadable', new RegExp(`${message.source}.*while scoring rows 1–9.*one for each row`)),
  );
});

test.each([['NaN'], ['<html>'], [''], ['[['.repeat(200_000)]])(
  'text that is no answer is refused (%#)',
  async (body) => {
    aws.answer = () => ({ headers: { 'content-type': 'application/json' }, body });
    await expect(model().run(inputsOf(3), DOING)).rejects.toMatchObject(rejected('outputs-unreadable', /no JSON/));
  },
);

test('lists that nest without end are refused', async () => {
  const body = `{"predictions":[${'['.repeat(50_000)}${']'.repeat(50_000)},1,1]}`;
  aws.answer = () => ({ headers: { 'content-type': 'application/json' }, body });
  await expect(model().run(inputsOf(3), DOING)).rejects.toMatchObject({ rejection: { code: 'outputs-unreadable' } });
});

test('rows that are answered in other shapes from call to call are refused', async () => {
  let call = 0;
  aws.answer = ({ body }) => {
    const { instances } = JSON.parse(body) as { instances: number[][] };
    call++;
    return answered(instances.map(() => (call % 2 ? [1, 2] : [1, 2, 3])));
  };
  await expect(model().run(inputsOf(100), DOING)).rejects.toMatchObject(
    rejected('outputs-unreadable', /rows of different shapes: \[[23]\], \[[23]\]/),
  );
});

const modelError = (OriginalStatusCode: number, OriginalMessage: string, Message = 'm'): FakeAnswer => ({
  status: 424,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ModelError' },
  body: JSON.stringify({ OriginalStatusCode, OriginalMessage, Message }),
});
const gone = awsError('ValidationError', 400, 'Endpoint sums of account 123456789012 not found.');

test.each([
  ['an endpoint that is gone', gone, 'endpoint-missing', /endpoint sums does not exist.*bring it into service/],
  ['one without the tag', awsError('AccessDeniedException', 403), 'endpoint-refused', /tag it contender:deployment/],
  ['one that takes no such request', awsError('ValidationError', 400, 'too long'), 'run-failed', /too long/],
  ['a container that refuses the rows', modelError(400, 'no column a'), 'run-failed', /with 400: no column a/],
  ['a container that fails', modelError(500, 'IndexError'), 'run-failed', /with 500: IndexError.*mend the model/],
  [
    'a container that takes over a minute',
    modelError(0, '', 'Your invocation timed out while waiting for a response from container primary.'),
    'timed-out',
    /a call has 60 s/,
  ],
])('%s is a rejection that says what to do', async (_, answer, code, message) => {
  aws.answer = () => answer;
  await expect(model().run(inputsOf(3), DOING)).rejects.toMatchObject(rejected(code, message));
});

test.each([
  ['throttling', awsError('ThrottlingException', 429)],
  ['a container that starts', awsError('ModelNotReadyException', 429)],
  ['a container that is overloaded', modelError(503, 'busy')],
  ['a service that is away', awsError('ServiceUnavailable', 503)],
  ['a fault of SageMaker', awsError('InternalFailure', 500)],
])('%s passes by itself and says nothing about the version', async (_, answer) => {
  aws.answer = () => answer;
  await expect(model().run(inputsOf(3), DOING)).rejects.toMatchObject({ code: 'upstream-failed' });
});

test('throttled calls are tried again, one by one', async () => {
  let first = true;
  const throttled = awsError('ThrottlingException', 429);
  answering(sum);
  const { answer } = aws;
  aws.answer = (request) => {
    const fault = first;
    first = false;
    return fault ? throttled : answer(request);
  };
  const outputs = await model(20_000, 3).run(inputsOf(3), DOING);
  expect(outputs.predictions?.shape).toEqual([3]);
  expect(aws.requests).toHaveLength(2);
});

test('a container that takes seconds to start is waited for', async () => {
  const begun = performance.now();
  answering(sum);
  const { answer } = aws;
  const starting = awsError('ModelNotReadyException', 429);
  aws.answer = (request) => (performance.now() - begun < 1500 ? starting : answer(request));
  const outputs = await model(20_000, 1, 10_000).run(inputsOf(3), DOING);
  expect(outputs.predictions?.shape).toEqual([3]);
});

test('its time is up at the limit, whatever is under way', async () => {
  aws.answer = () => new Promise(() => undefined);
  const late = model(200);
  await late.load();
  await expect(late.run(inputsOf(3), DOING)).rejects.toMatchObject(
    rejected('timed-out', /endpoint sums was still not done after 0\.2 s \(while scoring/),
  );
});

test('after it was closed nothing is called', async () => {
  const closed = model();
  closed.close();
  await expect(closed.run(inputsOf(3), DOING)).rejects.toMatchObject({ rejection: { code: 'timed-out' } });
  expect(aws.requests).toHaveLength(0);
});

test('it is timed there and back, one call after the other, within the budget', async () => {
  answering(sum, 10);
  const samples = await model().time(inputsOf(1), 5, 10_000);
  expect(samples).toHaveLength(5);
  for (const ms of samples) expect(ms).toBeGreaterThanOrEqual(10);
  expect(mostUnderWay).toBe(1);
  expect(await model().time(inputsOf(1), 1000, 60)).not.toHaveLength(1000);
});
