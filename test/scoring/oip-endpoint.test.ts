import type { Identity } from '../../lambdas/access/contract';
import { Unauthenticated } from '../../lambdas/kernel/errors';
import type { PredictionRecord } from '../../lambdas/predictions/contract';
import { clientFingerprint } from '../../lambdas/predictions/domain/client-fingerprint';
import { openPredictionId } from '../../lambdas/predictions/domain/prediction-id';
import { INFER, ROUTES, recordOf, ring, rows, world } from './scoring-world';
import { application, BINARY_SIGNATURE, versionOf } from './versions';

describe('a prediction', () => {
  test('is the model’s outputs, the echoed id and an id that opens to the whole truth', async () => {
    const response = await world(ROUTES.champion).call('POST', INFER, rows(9));
    expect(response).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json', 'contender-model-version': '1' },
    });
    expect(response.json).toMatchObject({
      model_name: 'credit',
      model_version: '1',
      id: 'call-1',
      outputs: [
        { name: 'label', datatype: 'INT64', shape: [1], data: [1] },
        { name: 'probabilities', datatype: 'FP32', shape: [1, 2] },
      ],
    });
    expect(recordOf(response)).toMatchObject({
      model: 'credit',
      version: 1,
      role: 'champion',
      client: clientFingerprint(application),
      at: 1_700_000_000_000,
      row: 0,
      prediction: { kind: 'class', index: 1 },
      propensity: 1,
      keyId: 'k1',
    });
    expect(recordOf(response).score).toBeCloseTo(1, 5);
    expect(recordOf(response)).not.toHaveProperty('rolloutId');
  });

  test('of several rows gets one id a row', async () => {
    const { json } = await world(ROUTES.champion).call('POST', INFER, rows(9, -9, 9));
    const records = json.parameters.prediction_ids.map((id: string) => openPredictionId(id, ring));
    expect(records.map((record: PredictionRecord) => [record.row, record.prediction])).toEqual([
      [0, { kind: 'class', index: 1 }],
      [1, { kind: 'class', index: 0 }],
      [2, { kind: 'class', index: 1 }],
    ]);
    expect(new Set(records.map((record: PredictionRecord) => record.requestId)).size).toBe(1);
  });

  test('sends only the outputs that are asked for', async () => {
    const { json } = await world(ROUTES.champion).call('POST', INFER, { ...rows(9), outputs: [{ name: 'label' }] });
    expect(json.outputs.map((output: { name: string }) => output.name)).toEqual(['label']);
  });

  test('goes out without an id while the keys cannot be read, and the event says so', async () => {
    const away = () => Promise.reject(new Error('no secret'));
    const { call, events } = world(ROUTES.champion, { keys: { current: away, refreshed: away } });
    const { status, json } = await call('POST', INFER, rows(9));
    expect(status).toBe(200);
    expect(json).not.toHaveProperty('parameters');
    expect(events).toEqual([expect.objectContaining({ name: 'PredictionIdsUnavailable' })]);
  });

  test('of more than 1,000 rows is refused where ids are minted, and taken where none are', async () => {
    const many = rows(...Array<number>(1001).fill(1));
    expect(await world(ROUTES.champion).call('POST', INFER, many)).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining('at most 1000') },
    });
    expect(await world(ROUTES.champion, { keys: undefined }).call('POST', INFER, many)).toMatchObject({ status: 200 });
  });

  test('of missing values that the model has no score for is refused as the caller’s, and not as ours', async () => {
    const input = { name: 'X', datatype: 'FP32', shape: [1, 3], data: [null, 0, 0] };
    const response = await world(ROUTES.champion).call('POST', INFER, { inputs: [input] });
    expect(response).toMatchObject({
      status: 400,
      json: { error: expect.stringMatching(/^input X holds missing values.*holds NaN in row 0.*fill them$/) },
    });
  });

  test('of a model whose outputs nobody can read as predictions goes out without an id', async () => {
    const unreadable = versionOf('binary', 1, {
      manifest: { output: { classes: ['a', 'b', 'c'] }, task: 'binary-classification' },
    });
    const { call, events } = world(ROUTES.champion, {}, { champion: unreadable });
    expect((await call('POST', INFER, rows(9))).json).not.toHaveProperty('parameters');
    await call('POST', INFER, rows(9));
    expect(events).toEqual([expect.objectContaining({ name: 'OutputsUnreadable', version: 1 })]);
  });
});

describe('the rest of the protocol', () => {
  test.each([
    ['/v2', { name: 'contender', version: '0.1.0', extensions: ['binary_tensor_data'] }],
    ['/v2/health/live', { live: true }],
    ['/v2/health/ready', { live: true, ready: true }],
    ['/v2/models/credit/ready', { name: 'credit', ready: true }],
    ['/v2/models/credit/versions/1/ready', { name: 'credit', ready: true }],
    [
      '/v2/models/credit',
      {
        name: 'credit',
        versions: ['1', '2'],
        platform: 'onnxruntime_onnx',
        inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 3] }],
        outputs: BINARY_SIGNATURE.outputs,
      },
    ],
  ])('GET %s', async (path, expected) => {
    expect(await world(ROUTES.shadow).call('GET', path)).toMatchObject({ status: 200, json: expected });
  });

  test.each<[string, string, unknown, number, RegExp]>([
    ['POST', '/v2/models/nobody/infer', rows(1), 404, /no model nobody/],
    ['GET', '/v2/models/nobody', '', 404, /no model nobody/],
    ['GET', '/v2/models/%F0%28/ready', '', 404, /no model/],
    ['POST', '/v2/models/credit/versions/x/infer', rows(1), 400, /x is no version/],
    ['GET', INFER, '', 404, /there is no GET/],
    ['GET', '/v2/repository/index', '', 404, /there is no GET/],
    ['POST', INFER, '', 400, /body is empty/],
    ['POST', INFER, '{"inputs":', 400, /no JSON/],
    ['POST', INFER, { inputs: [] }, 400, /inputs/],
  ])('%s %s fails as the protocol has it', async (method, path, body, status, message) => {
    const response = await world(ROUTES.champion).call(method, path, body);
    expect(response).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
    expect(Object.keys(response.json)).toEqual(['error']);
    expect(response.json.error).toMatch(message);
  });

  test('a model without a champion is not ready', async () => {
    const { call } = world(ROUTES.unserved, {}, { champion: undefined, challenger: undefined });
    expect(await call('GET', '/v2/models/credit/ready')).toMatchObject({ status: 503 });
    expect(await call('POST', INFER, rows(1))).toMatchObject({
      status: 503,
      json: { error: expect.stringContaining('no champion yet') },
    });
  });

  test('what fails inside says nothing about its inside', async () => {
    const registry = { readModel: () => Promise.reject(new TypeError('secret detail')) };
    expect(await world(ROUTES.champion, { registry }).call('POST', INFER, rows(1))).toMatchObject({
      status: 500,
      json: { error: 'something went wrong on our side' },
      error: expect.any(TypeError),
    });
  });
});

describe('access', () => {
  const scientist: Identity = { kind: 'person', id: 'ada', name: 'ada', roles: ['data-scientist'], teams: [] };

  test('predictions are for applications; whoever may read a model sees what it takes', async () => {
    const { call } = world(ROUTES.champion);
    expect(await call('POST', INFER, rows(1), scientist)).toMatchObject({ status: 403 });
    expect(await call('GET', '/v2/models/credit', '', scientist)).toMatchObject({ status: 200 });
    expect(await call('GET', '/v2/models/credit', '', { ...scientist, roles: [] })).toMatchObject({ status: 403 });
  });

  test('a restricted model answers those who hold a grant', async () => {
    const grants = [{ principal: 'client:shop' as const, roles: ['app' as const] }];
    const granted = world(ROUTES.champion, {}, { access: 'restricted', grants });
    expect(await granted.call('POST', INFER, rows(1))).toMatchObject({ status: 200 });
    const other = { ...application, id: 'bank', name: 'application bank' };
    expect(await granted.call('POST', INFER, rows(1), other)).toMatchObject({
      status: 403,
      json: { error: expect.stringContaining('client:bank') },
    });
    expect(await granted.call('GET', '/v2/models/credit', '', scientist)).toMatchObject({ status: 403 });
  });

  test('health needs nobody, everything else about models a verified caller', async () => {
    const { endpoint } = world(ROUTES.champion);
    const anonymous = (path: string) =>
      endpoint.answer({
        method: 'GET',
        path,
        header: () => undefined,
        body: '',
        routingKey: 'k',
        identity: () => {
          throw new Unauthenticated('no token');
        },
      });
    expect((await anonymous('/v2/health/ready')).status).toBe(200);
    expect((await anonymous('/v2/models/credit')).status).toBe(401);
  });
});
