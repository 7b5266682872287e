import { InvalidInput, NotFound } from '../../kernel/errors';

/** What a request to `/v2/…` asks for. */
export type OipCall =
  | { readonly kind: 'server' }
  | { readonly kind: 'live' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'model'; readonly model: string; readonly version: number | undefined }
  | { readonly kind: 'model-openapi'; readonly model: string; readonly version: number | undefined }
  | { readonly kind: 'model-ready'; readonly model: string; readonly version: number | undefined }
  | { readonly kind: 'infer'; readonly model: string; readonly version: number | undefined };

const MODEL_PATH = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer|openapi\.json))?$/;
const FIXED: Readonly<Record<string, OipCall>> = {
  '/v2': { kind: 'server' },
  '/v2/health/live': { kind: 'live' },
  '/v2/health/ready': { kind: 'ready' },
};

const KINDS: Readonly<Record<string, Extract<OipCall, { model: string }>['kind']>> = {
  infer: 'infer',
  ready: 'model-ready',
  'openapi.json': 'model-openapi',
};

const versionOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidInput(`${text.slice(0, 20)} is no version: versions are 1, 2, 3…`);
};

/** A name as it stands in a path. */
export const decodedName = (text: string): string => {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * @throws NotFound when nothing is mounted there.
 * @throws InvalidInput when the version is no number.
 */
export const oipCallOf = (method: string, path: string): OipCall => {
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  const fixed = method === 'GET' ? FIXED[trimmed] : undefined;
  if (fixed !== undefined) return fixed;
  const [, model, version, verb] = MODEL_PATH.exec(trimmed) ?? [];
  const expected = verb === 'infer' ? 'POST' : 'GET';
  if (model === undefined || method !== expected) throw new NotFound(`there is no ${method} ${path.slice(0, 200)}`);
  return { kind: KINDS[verb ?? ''] ?? 'model', model: decodedName(model), version: versionOf(version) };
};
