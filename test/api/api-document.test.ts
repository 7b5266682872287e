import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { apiDocument } from '../../lambdas/api/domain/api-document';
import { InvalidInput } from '../../lambdas/kernel/errors';
import { apiHandler } from '../../lambdas/kernel/http';
import { logger } from '../../lambdas/kernel/logger';
import { policySchema } from '../../lambdas/registry/contract';
import { REGISTRY_API } from '../../lambdas/registry/schemas/api';
import { apiEvent } from '../kernel/api-event';
import { versionOf } from '../scoring/versions';
import { faultsOf, operationsOf, schemasOf, type WireDocument } from './openapi-validation';

const document = JSON.parse(JSON.stringify(apiDocument('1.2.3'))) as WireDocument;
const operations = operationsOf(document);
beforeEach(() => {
  jest.restoreAllMocks();
  jest.spyOn(logger, 'info').mockImplementation(() => undefined);
});

const validates = schemasOf(document);

test('the document is valid OpenAPI 3.1', async () => {
  expect(document.openapi).toBe('3.1.0');
  expect(await faultsOf(document)).toEqual([]);
});

test('every operation has an id of its own, an answer, and errors of its protocol', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { key, operation } of operations) {
    const success = Object.keys(operation.responses).filter((status) => status.startsWith('2'));
    expect([key, success]).toEqual([key, [expect.any(String)]]);
    const failed = operation.responses['500']?.content ?? {};
    const type = key.includes('/api/v1') ? 'application/problem+json' : 'application/json';
    if (operation.security === undefined) expect([key, Object.keys(failed)]).toEqual([key, [type]]);
  }
});

test('only health and the document itself are open', () => {
  const open = operations.filter(({ operation }) => operation.security?.length === 0).map(({ key }) => key);
  expect(open.sort()).toEqual(['GET /openapi.json', 'GET /v2/health/live', 'GET /v2/health/ready']);
});

test('what wakes executions is in no schema', () => {
  expect(JSON.stringify(document)).not.toContain('taskToken');
});

test('requests may leave out what has a default, answers never do', () => {
  expect(validates('PolicyRequest')({})).toBe(true);
  expect(validates('Policy')({})).toBe(false);
  expect(validates('Policy')(policySchema.parse({}))).toBe(true);
  expect(validates('PolicyRequest')({ approval: { knownUploader: 0 } })).toBe(false);
});

test('answers validate by their schemas, also with fields that are yet to come', () => {
  const version = { ...versionOf('binary', 1), aliases: ['champion'], lineage: { datasets: [] } };
  expect(validates('Version')(version)).toBe(true);
  expect(validates('Version')({ ...version, aFieldOfTomorrow: 1 })).toBe(true);
  expect(validates('Version')({ ...version, status: 'REJECTED' })).toBe(false);
});

test('a refusal of the handler is a problem as the document has it', async () => {
  const { listModels } = REGISTRY_API;
  const handler = apiHandler({ listModels }, { listModels: () => Promise.reject(new InvalidInput('no')) });
  const { statusCode, headers, body } = await handler(apiEvent('GET /api/v1/models'));
  const content = document.paths['/api/v1/models']?.get?.responses[String(statusCode)]?.content;
  expect(Object.keys(content ?? {})).toEqual([headers?.['content-type']]);
  expect(validates('Problem')(JSON.parse(body ?? ''))).toBe(true);
});

test('the function answers the document, says how long it may be kept, and leaves a line', async () => {
  const { handler } = await import('../../lambdas/api/describe-api.lambda');
  const event: APIGatewayProxyEventV2 = apiEvent('GET /openapi.json');
  const { statusCode, headers, body } = await handler(event);
  expect({ statusCode, headers }).toEqual({
    statusCode: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
  });
  expect(JSON.parse(body ?? '').paths).toEqual(document.paths);
  expect(logger.info).toHaveBeenCalledTimes(1);
});
