import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../../local/platform';
import type { RegistryTables } from '../../local/registry-tables';
import type { apiEvent } from '../../test/kernel/api-event';

export type Handler = (event: ReturnType<typeof apiEvent>) => Promise<{ statusCode?: number; body?: string }>;

/** The rooms whose reads are measured, by their handlers under `lambdas/`. */
export const ROOMS = {
  registry: 'registry/registry-api',
  lineage: 'registry/lineage-api',
  exports: 'exports/exports-api',
  mlflow: 'mlflow/mlflow-api',
} as const;
export type Room = keyof typeof ROOMS;

export interface Place {
  /** Where the bundles go. */
  readonly dir: string;
  readonly endpoint: string;
  readonly artifacts: string;
}

const environmentOf = ({ endpoint, artifacts }: Place, tables: RegistryTables) => ({
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  REGISTRY_TABLE: tables.registry,
  AUDIT_TABLE: tables.audit,
  ARTIFACT_BUCKET: artifacts,
  UPLOAD_BUCKET: 'unused',
  PREDICTION_KEYS_SECRET: 'unused',
  REGISTER_FUNCTION: 'unused',
  CLIENT_ROLE: 'unused',
  DEPLOYMENT: 'bench',
  DEFAULT_POLICY: '{}',
  NEW_MODELS: 'open',
});

/** The handlers as they are deployed, on one pair of tables: each bundle is a module of its own, with an environment of its own. */
export const handlersOn = async (
  name: string,
  tables: RegistryTables,
  place: Place,
): Promise<Record<Room, Handler>> => {
  Object.assign(process.env, environmentOf(place, tables));
  const made = Object.entries(ROOMS).map(async ([room, entry]) => {
    const outfile = join(place.dir, `${name}-${room}.cjs`);
    await build({
      entryPoints: [join(ROOT, `lambdas/${entry}.lambda.ts`)],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      logLevel: 'warning',
    });
    return [room, outfile] as const;
  });
  // Loaded when all are built: what they read of the environment is theirs.
  const files = await Promise.all(made);
  return Object.fromEntries(
    files.map(([room, file]) => [room, (require(file) as { handler: Handler }).handler]),
  ) as Record<Room, Handler>;
};
