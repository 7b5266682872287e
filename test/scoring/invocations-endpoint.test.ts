import { Throttled } from '../../lambdas/kernel/errors';
import type { PredictionRecord } from '../../lambdas/predictions/contract';
import { openPredictionId } from '../../lambdas/predictions/domain/prediction-id';
import { CLASSES, challenger, keyFor, opposite, ROUTES, ring, world } from './scoring-world';
import { application, versionOf } from './versions';

const INVOCATIONS = '/models/credit/invocations';
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const RESPOND = { output: { ...CLASSES.output, respond: ['label', 'score'] } };
const responding = versionOf('binary', 1, { manifest: RESPOND });
const rows = (...first: number[]) => ({ dataframe_records: first.map((age) => ({ tenure: 0, income: 0, age })) });

type World = ReturnType<typeof world>;
const post = (
  { call }: World,
  body: unknown,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
  key = 'customer-1',
  path = INVOCATIONS,
) => call('POST', path, body, application, key, headers);

describe('an invocation', () => {
  test('is answered with the declared columns, and an id a row that opens to the whole truth', async () => {
    const { status, headers, json, facts } = await post(
      world(ROUTES.champion, {}, { champion: responding }),
      rows(9, -9),
    );
    expect({ status, headers, facts }).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json', 'contender-model-version': '1' },
      facts: { model: 'credit', version: 1, rows: 2 },
    });
    expect(json.predictions).toEqual([
      { label: 'defaulted', score: expect.closeTo(1, 5) },
      { label: 'repaid', score: expect.closeTo(0, 5) },
    ]);
    const records: PredictionRecord[] = json.prediction_ids.map((id: string) => openPredictionId(id, ring));
    expect(records.map(({ row, prediction }) => [row, prediction])).toEqual([
      [0, { kind: 'class', index: 1 }],
      [1, { kind: 'class', index: 0 }],
    ]);
  });

  test('gives all outputs where none are declared, and CSV is the same', async () => {
    const scoring = world(ROUTES.champion, { keys: undefined });
    const { json } = await post(scoring, rows(9));
    expect(json).toEqual({ predictions: [{ label: 1, probabilities: [expect.closeTo(0), expect.closeTo(1)] }] });
    const csv = await post(scoring, 'age,income,tenure\n9,0,0\n', { 'content-type': 'text/csv' });
    expect(csv.json).toEqual(json);
  });

  test('is answered in the challenger’s way when the challenger is drawn', async () => {
    const declared = versionOf('binary-opposite', 2, {
      manifest: { output: { ...RESPOND.output, respond: ['label'] } },
    });
    const scoring = world(ROUTES.canary, { keys: undefined }, { challenger: declared });
    const { json, headers } = await post(scoring, rows(9), JSON_TYPE, keyFor('challenger'));
    expect(json).toEqual({ predictions: ['repaid'] });
    expect(headers['contender-model-version']).toBe('2');
  });

  test('is read anew for a challenger with its columns in another order', async () => {
    const turned = {
      ...challenger,
      signature: { ...challenger.signature, columns: [...challenger.signature.columns].reverse() },
    };
    const seen: unknown[] = [];
    const challengers = {
      prepare: () => undefined,
      score: async (_: unknown, inputs: { X?: { data: unknown } }) => {
        seen.push(inputs.X?.data);
        return { status: 'scored' as const, outputs: opposite };
      },
    };
    await post(world(ROUTES.shadow, { challengers }, { challenger: turned }), rows(9));
    expect(seen).toEqual([Float32Array.of(0, 0, 9)]);
  });

  test('with a score that is no number is an error, never a label', async () => {
    const value = versionOf('regression', 1, {
      signature: {
        ...challenger.signature,
        outputs: [{ name: 'value', datatype: 'FP32', shape: [-1, 1] }],
      },
    });
    const { status, json } = await post(world(ROUTES.champion, {}, { champion: value }), rows(4, -4));
    expect(status).toBe(502);
    expect(json).toEqual({
      error_code: 'INTERNAL_ERROR',
      message: expect.stringMatching(/output value holds NaN in row 1/),
    });
  });
});

describe('errors are as MLflow’s clients read them', () => {
  const champion = world(ROUTES.champion);

  test.each<[number, string, unknown, Readonly<Record<string, string>>, RegExp]>([
    [400, 'BAD_REQUEST', { instances: [['x', 0, 0]] }, JSON_TYPE, /column 'age', row 0: expected a number, given "x"/],
    [400, 'BAD_REQUEST', { inputs: { age: [1], income: [1] } }, JSON_TYPE, /column 'tenure' \(double\) is missing/],
    [400, 'BAD_REQUEST', '', JSON_TYPE, /body is empty/],
    [400, 'BAD_REQUEST', '{', JSON_TYPE, /no JSON/],
    [400, 'BAD_REQUEST', rows(...Array<number>(1001).fill(1)), JSON_TYPE, /at most 1000/],
    [
      415,
      'INVALID_PARAMETER_VALUE',
      'x',
      { 'content-type': 'application/vnd.pandas+json' },
      /application\/json or text\/csv/,
    ],
  ])('%i %s', async (status, code, body, headers, message) => {
    const response = await post(champion, body, headers);
    expect(response).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
    expect(response.json).toEqual({ error_code: code, message: expect.stringMatching(message) });
  });

  test('for models that are not there, callers who may not, and registries that do not answer', async () => {
    expect(await post(champion, rows(1), JSON_TYPE, 'k', '/models/nobody/invocations')).toMatchObject({
      status: 404,
      json: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
    expect(await champion.call('GET', INVOCATIONS)).toMatchObject({
      status: 404,
      json: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: expect.stringContaining('there is no GET') },
    });
    const scientist = { ...application, roles: ['data-scientist' as const] };
    expect(await champion.call('POST', INVOCATIONS, rows(1), scientist)).toMatchObject({
      status: 403,
      json: { error_code: 'PERMISSION_DENIED' },
    });
    const registry = { readModel: () => Promise.reject(new Throttled('slow down')) };
    expect(await post(world(ROUTES.champion, { registry }), rows(1))).toMatchObject({
      status: 429,
      json: { error_code: 'REQUEST_LIMIT_EXCEEDED' },
    });
  });

  test('and what fails inside says nothing about its inside', async () => {
    const registry = { readModel: () => Promise.reject(new TypeError('secret detail')) };
    expect(await post(world(ROUTES.champion, { registry }), rows(1))).toMatchObject({
      status: 500,
      json: { error_code: 'INTERNAL_ERROR', message: 'something went wrong on our side' },
      error: expect.any(TypeError),
    });
  });

  test('other paths stay with the inference protocol', async () => {
    const { status, json } = await champion.call('POST', '/models/credit', rows(1));
    expect([status, Object.keys(json)]).toEqual([404, ['error']]);
  });
});
