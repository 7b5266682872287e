import { type GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Dossier } from '../../lambdas/exports/domain/model-card';
import { NotFound } from '../../lambdas/kernel/errors';
import type { apiHandler } from '../../lambdas/kernel/http';
import { logger } from '../../lambdas/kernel/logger';
import { apiEvent, claimsOf } from '../kernel/api-event';
import { approvedDossier, refusedDossier } from './dossiers';

const dossier: Dossier = approvedDossier();
const refused: Dossier = refusedDossier();
const read: object[] = [];

jest.mock('../../lambdas/registry/adapters/registry-reader', () => ({
  RegistryReader: class {
    access = async (model: string) => ({ model, mode: model === 'fraud' ? 'restricted' : 'open', grants: [] });
    version = async (_: string, number: number) => {
      if (number === 5) return refused.version;
      if (number !== 3) throw new NotFound(`no version ${number}`);
      return dossier.version;
    };
    climb = async () => ({ status: 'PROMOTED', champion: { version: 2, rootDigest: 'b'.repeat(64) } });
  },
}));
jest.mock('../../lambdas/registry/adapters/registry-table', () => ({
  RegistryTable: class {
    get = async (key: object) => {
      read.push(key);
      return dossier.approval;
    };
  },
}));

let handler: ReturnType<typeof apiHandler>;
beforeAll(async () => {
  const env = { REGISTRY_TABLE: 'registry', AUDIT_TABLE: 'audit', ARTIFACT_BUCKET: 'artifacts', DEPLOYMENT: 'bank' };
  Object.assign(process.env, { ...env, AWS_REGION: 'us-east-1' });
  ({ handler } = await import('../../lambdas/exports/exports-api.lambda'));
});
beforeEach(() => {
  jest.spyOn(logger, 'info').mockImplementation(() => undefined);
  jest.spyOn(S3Client.prototype, 'send').mockImplementation((command: unknown) => {
    read.push((command as GetObjectCommand).input);
    return Promise.resolve({ Body: { transformToString: async () => REPORT } });
  });
});

/** Of a version that was run and timed only, from before there were gates and golden rows. */
const REPORT = JSON.stringify({
  ...{ schema: 1, model: 'credit', version: 3, rootDigest: 'a'.repeat(64), evaluatedAt: 2000 },
  findings: {
    task: 'binary-classification',
    evidence: { evidence: 'none', reason: 'no labelled data' },
    latency: { loadMs: 1, batch1: { runs: 1, p50: 1, p99: 1 } },
    peakMemoryBytes: 5,
    limits: { rows: 1, memoryBytes: 1, time: 1 },
    runtime: { node: '20', onnxruntime: '1', platform: 'linux' },
  },
});

const ask = (
  what: string,
  wanted: { role?: string; model?: string; version?: string; query?: Record<string, string>; accept?: string } = {},
) =>
  handler(
    apiEvent(`GET /api/v1/models/{model}/versions/{version}/${what}`, {
      path: { model: wanted.model ?? 'credit', version: wanted.version ?? '3' },
      ...(wanted.query ? { query: wanted.query } : {}),
      ...(wanted.accept ? { headers: { accept: wanted.accept } } : {}),
      claims: claimsOf('ada', wanted.role ?? 'data-scientist'),
    }),
  );

test.each(['card', 'bom', 'openlineage'])('%s is for those who may read the model', async (what) => {
  expect((await ask(what)).statusCode).toBe(200);
  expect((await ask(what, { role: 'app' })).statusCode).toBe(403);
  expect((await ask(what, { model: 'fraud' })).statusCode).toBe(403);
  expect((await ask(what, { model: 'fraud', role: 'auditor' })).statusCode).toBe(200);
  expect((await ask(what, { version: '4' })).statusCode).toBe(404);
});

test('a card is gathered from the version, its approval and its report, by gets', async () => {
  read.length = 0;
  const card = JSON.parse((await ask('card')).body ?? '');
  expect(card).toMatchObject({
    details: { model: 'credit' },
    evaluation: { evidence: 'labelled', peakMemoryBytes: 5, groups: [] },
    approval: { status: 'APPROVED' },
    training: { lineage: { championReplaced: 2 } },
  });
  expect(read).toEqual(
    expect.arrayContaining([
      { Bucket: 'artifacts', Key: 'evaluations/credit/3.json' },
      { pk: 'MODEL#credit', sk: `APPROVAL#${'0'.repeat(26)}` },
    ]),
  );
});

test('the card of a version that a reviewer rejected has the reviews, found by the id that its rejection names', async () => {
  read.length = 0;
  const card = JSON.parse((await ask('card', { version: '5' })).body ?? '');
  expect(card).toMatchObject({ details: { rejection: { code: 'rejected-by-reviewer' } }, approval: { reviews: [{}] } });
  expect(read).toContainEqual({ pk: 'MODEL#credit', sk: `APPROVAL#${'0'.repeat(26)}` });
});

test('a card comes as Markdown where that is asked for, and in no other format', async () => {
  expect(await ask('card', { query: { format: 'markdown' } })).toMatchObject({
    headers: { 'content-type': 'text/markdown; charset=utf-8' },
    body: expect.stringMatching(/^# credit, version 3\n/),
  });
  expect((await ask('card', { query: { format: 'pdf' } })).statusCode).toBe(400);
});

test.each([
  ['text/markdown', undefined, 'text/markdown'],
  ['application/json', undefined, 'application/json'],
  ['text/markdown;q=0.5, application/json', undefined, 'application/json'],
  ['text/*, */*;q=0.1', undefined, 'text/markdown'],
  ['*/*', undefined, 'application/json'],
  ['text/html,application/xhtml+xml;q=0.9', undefined, 'application/json'],
  ['nonsense', undefined, 'application/json'],
  ['application/json', 'markdown', 'text/markdown'],
  ['text/markdown', 'json', 'application/json'],
])('Accept: %s with format %s is answered with %s', async (accept, format, type) => {
  const { headers } = await ask('card', { accept, ...(format ? { query: { format } } : {}) });
  expect(headers).toEqual({ 'content-type': expect.stringMatching(`^${type}`), vary: 'accept' });
});

test('only what comes in two forms varies with Accept', async () => {
  expect((await ask('bom', { accept: 'text/markdown' })).headers).toEqual({ 'content-type': 'application/json' });
});
