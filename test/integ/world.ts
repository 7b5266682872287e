import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { parse } from 'csv-parse/sync';
import type { Api } from '../../cli/api';
import { INPUTS } from '../../local/story/application';
import { eventually, platform } from './platform';

export const EXAMPLE = resolve(__dirname, '../../examples/living-wage');

/** The story's machinery in a second: nothing bakes, and a handful of outcomes is enough. */
export const QUICK_POLICY = {
  rollout: {
    steps: [
      { mode: 'shadow', bake: 'PT0S', minPairs: 300 },
      { mode: 'canary', bake: 'PT0S', weight: 0.5, minOutcomes: 20 },
    ],
  },
  drift: { batch: 'PT2S', threshold: 3650 },
};

export interface VersionView {
  readonly version: number;
  readonly status: string;
  readonly rootDigest?: string;
  readonly aliases: readonly string[];
  readonly rejection?: { readonly code: string; readonly message: string };
  readonly uploader: { readonly kind: string };
}

export interface ApprovalView {
  readonly id: string;
  readonly model: string;
  readonly version: number;
  readonly status: string;
  readonly required: number;
  readonly rootDigest: string;
}

export interface RolloutView {
  readonly id: string;
  readonly status: string;
  readonly stepIndex: number;
  readonly reason?: string;
  readonly challenger: { readonly version: number };
}

export interface Prediction {
  readonly model_version: string;
  readonly parameters?: { readonly prediction_id?: string };
  readonly outputs: ReadonlyArray<{ readonly name: string; readonly data: readonly unknown[] }>;
}

const s3 = () => new S3Client(platform().aws);

/** A plain PutObject into the inbox. */
export const put = async (key: string, body: Uint8Array | string): Promise<void> => {
  await s3().send(new PutObjectCommand({ Bucket: platform().outputs.modelBucket, Key: key, Body: body }));
};

/** The files of an example's version, by name. */
export const exampleFiles = (version: number): Record<string, Uint8Array> => {
  const folder = join(EXAMPLE, 'versions', String(version));
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
};

/** Uploads files as a folder of the inbox, by an unknown hand. */
export const upload = async (
  model: string,
  files: Readonly<Record<string, Uint8Array | string>>,
  folder = 'upload',
): Promise<void> => {
  for (const [file, body] of Object.entries(files)) await put(`inbox/${model}/${folder}/${file}`, body);
};

/** Uploads through a slot, as `contender push` does. */
export const push = async (
  model: string,
  files: Readonly<Record<string, Uint8Array>>,
  identity = 'data-scientist',
): Promise<void> => {
  const api = await platform().api(identity);
  const described = Object.entries(files).map(([path, body]) => ({ path, size: body.length }));
  const slot = await api.post<{ files: Array<{ path: string; url: string }> }>(`/api/v1/models/${model}/uploads`, {
    files: described,
  });
  for (const { path, url } of slot.files) {
    const response = await fetch(url, { method: 'PUT', body: new Uint8Array(files[path] ?? new Uint8Array()) });
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status} ${await response.text()}`);
  }
};

export const versionsOf = async (model: string): Promise<VersionView[]> => {
  const api = await platform().api('auditor');
  return (await api.get<{ items: VersionView[] }>(`/api/v1/models/${model}/versions`).catch(() => ({ items: [] })))
    .items;
};

/** The version when it has the status. */
export const awaitStatus = (model: string, version: number, status: string): Promise<VersionView> =>
  eventually(`version ${version} of ${model} to be ${status}`, async () =>
    (await versionsOf(model)).find((v) => v.version === version && v.status === status),
  );

export const awaitApproval = (model: string, version: number): Promise<ApprovalView> =>
  eventually(`version ${version} of ${model} to wait for approval`, async () => {
    const api = await platform().api('reviewer');
    const { items } = await api.get<{ items: ApprovalView[] }>('/api/v1/approvals?limit=200');
    return items.find((approval) => approval.model === model && approval.version === version);
  });

export const decide = async (
  id: string,
  identity: string,
  decision: 'approve' | 'reject' = 'approve',
): Promise<ApprovalView> =>
  (await platform().api(identity)).post<ApprovalView>(`/api/v1/approvals/${id}/decisions`, {
    decision,
    comment: 'seen and decided in a test',
  });

export const setPolicy = async (model: string, policy: object = QUICK_POLICY): Promise<void> => {
  await (await platform().api('operator')).call('PUT', `/api/v1/models/${model}/policy`, policy);
};

/** A model whose version 1 is champion. */
export const champion = async (model: string, policy: object = QUICK_POLICY): Promise<void> => {
  await setPolicy(model, policy);
  await push(model, exampleFiles(1));
  await decide((await awaitApproval(model, 1)).id, 'reviewer');
  await awaitStatus(model, 1, 'SERVING');
};

export const interviews = (stretch: string): Array<Record<string, string>> =>
  (parse(readFileSync(join(EXAMPLE, 'stream.csv')), { columns: true }) as Array<Record<string, string>>).filter(
    (row) => row.stretch === stretch,
  );

export const rowOf = (interview: Readonly<Record<string, string>>): number[] =>
  INPUTS.map((name) => Number(interview[name]));

export const inferBody = (row: readonly number[]) => ({
  inputs: [{ name: 'features', datatype: 'FP32', shape: [1, row.length], data: row }],
});

export const predict = async (
  api: Api,
  model: string,
  interview: Readonly<Record<string, string>>,
): Promise<Prediction> => api.post<Prediction>(`/v2/models/${model}/infer`, inferBody(rowOf(interview)));

/** The first prediction that a model answers: routing reaches the scorers within seconds. */
export const awaitPrediction = (
  api: Api,
  model: string,
  interview: Readonly<Record<string, string>>,
): Promise<Prediction> =>
  eventually(`${model} to predict`, () => predict(api, model, interview).catch(() => undefined));

/** Predicts interviews one by one and sends their truths back. */
export const serve = async (
  api: Api,
  model: string,
  rows: ReadonlyArray<Readonly<Record<string, string>>>,
): Promise<Prediction[]> => {
  const predictions = await Promise.all(rows.map((row) => predict(api, model, row)));
  const outcomes = predictions.map((prediction, i) => ({
    predictionId: prediction.parameters?.prediction_id ?? '',
    truth: rows[i]?.truth ?? '',
  }));
  await api.post(`/api/v1/models/${model}/outcomes`, { outcomes });
  return predictions;
};

export const rolloutOf = async (model: string, version: number): Promise<RolloutView | undefined> => {
  const api = await platform().api('operator');
  const { items } = await api.get<{ items: RolloutView[] }>(`/api/v1/models/${model}/rollouts`);
  return items.find((rollout) => rollout.challenger.version === version);
};

/** Status and words of a call that should be refused. */
export const refusal = async (
  path: string,
  init: { method?: string; token?: string; body?: string } = {},
): Promise<{ status: number; text: string }> => {
  const headers = {
    ...(init.token ? { authorization: `Bearer ${init.token}` } : {}),
    'content-type': 'application/json',
  };
  const response = await fetch(`${platform().settings.apiUrl}${path}`, {
    method: init.method ?? 'GET',
    headers,
    ...(init.body === undefined ? {} : { body: init.body }),
  });
  return { status: response.status, text: await response.text() };
};
