import * as z from 'zod';

const milliseconds = z.coerce.number().int().min(1).max(28_000);

/** Environment of `infer`. */
export const inferEnvSchema = z.object({
  DEPLOYMENT: z.string(),
  REGISTRY_TABLE: z.string(),
  ARTIFACT_BUCKET: z.string(),
  /** Where callers leave inputs that are too large to send. */
  UPLOAD_BUCKET: z.string(),
  /** ARN of the secret with the key ring of prediction ids. */
  PREDICTION_KEYS_SECRET: z.string(),
  /** Memory of the function in MB: decides threads and the size of the session cache. */
  MEMORY_MB: z.coerce.number().int().min(128),
  /** How long the champion's answer may wait for a challenger in shadow. */
  SHADOW_DEADLINE_MS: milliseconds,
  /** How long a caller waits for a challenger in canary before the champion answers instead. */
  CANARY_DEADLINE_MS: milliseconds,
});

/** Environment of `open-input`. */
export const openInputEnvSchema = z.object({ UPLOAD_BUCKET: z.string() });

/** Most bytes of inputs that are left in the bucket for one request. */
export const MAX_REFERENCED_BYTES = 64 * 2 ** 20;

/** Body of `POST /api/v1/inputs`: a place for the bytes of binary tensors, to be named as `parameters.input_uri`. */
export const openInputSchema = z.strictObject({ size: z.number().int().min(1).max(MAX_REFERENCED_BYTES) });

/** Key prefix of the upload bucket under which inputs are left. */
export const REQUESTS_PREFIX = 'requests/';

/** What scoring answers at. `open` routes need no token. */
export const SCORING_ROUTES = [
  { method: 'GET', path: '/v2', open: false },
  { method: 'GET', path: '/v2/health/live', open: true },
  { method: 'GET', path: '/v2/health/ready', open: true },
  { method: 'GET', path: '/v2/models/{model}', open: false },
  { method: 'GET', path: '/v2/models/{model}/ready', open: false },
  { method: 'GET', path: '/v2/models/{model}/openapi.json', open: false },
  { method: 'POST', path: '/v2/models/{model}/infer', open: false },
  { method: 'GET', path: '/v2/models/{model}/versions/{version}', open: false },
  { method: 'GET', path: '/v2/models/{model}/versions/{version}/ready', open: false },
  { method: 'GET', path: '/v2/models/{model}/versions/{version}/openapi.json', open: false },
  { method: 'POST', path: '/v2/models/{model}/versions/{version}/infer', open: false },
  { method: 'POST', path: '/models/{model}/invocations', open: false },
] as const;

/** Header by which a caller stays with one version during a canary. */
export const ROUTING_KEY_HEADER = 'contender-routing-key';
/** Header of a request and of an answer in which bytes follow the JSON: its length in bytes. As the protocol spells it. */
export const JSON_LENGTH_HEADER = 'Inference-Header-Content-Length';
/** Header of an answer: the version that gave it. */
export const MODEL_VERSION_HEADER = 'contender-model-version';
