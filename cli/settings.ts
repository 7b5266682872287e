import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { Failure } from './failure';

/** Where the platform is: what `cdk deploy` printed, or the local platform wrote. */
const settingsSchema = z.object({
  apiUrl: z.url(),
  region: z.string().default('us-east-1'),
  userPoolId: z.string().optional(),
  /** Client with which people sign in. */
  peopleClientId: z.string().optional(),
  /** OAuth token endpoint for applications. */
  tokenUrl: z.url().optional(),
  /** AWS endpoint, when it is not AWS's own. */
  endpointUrl: z.url().optional(),
  /** File with identities the CLI may act as; beside the outputs by default. */
  identitiesFile: z.string().optional(),
});
export type Settings = z.infer<typeof settingsSchema>;

export interface Flags {
  readonly outputs?: string;
  readonly apiUrl?: string;
}

const camel = (key: string): string => key.charAt(0).toLowerCase() + key.slice(1);

/** `cdk deploy --outputs-file` writes {stack: {Key: value}}; the local platform writes the keys flat. */
const flatten = (outputs: Record<string, unknown>): Record<string, unknown> => {
  const entries = Object.entries(outputs).flatMap(([key, value]) =>
    value !== null && typeof value === 'object' ? Object.entries(value) : [[key, value] as const],
  );
  return Object.fromEntries(entries.map(([key, value]) => [camel(key), value]));
};

const nearest = (relative: string): string | undefined => {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const candidate = join(folder, relative);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
};

const readOutputs = (file: string): Record<string, unknown> => {
  try {
    return {
      ...flatten(JSON.parse(readFileSync(file, 'utf8'))),
      identitiesFile: join(dirname(resolve(file)), 'identities.json'),
    };
  } catch (cause) {
    throw new Failure(`cannot read the platform's outputs from ${file}: ${(cause as Error).message}`, 2, { cause });
  }
};

/** From flags, then CONTENDER_API_URL and CONTENDER_OUTPUTS, then the nearest .local/outputs.json. */
export const findSettings = (flags: Flags, env: NodeJS.ProcessEnv = process.env): Settings => {
  const file = flags.outputs ?? env.CONTENDER_OUTPUTS ?? nearest('.local/outputs.json');
  const found = file === undefined ? {} : readOutputs(file);
  const apiUrl = flags.apiUrl ?? env.CONTENDER_API_URL;
  const parsed = settingsSchema.safeParse({ ...found, ...(apiUrl ? { apiUrl } : {}) });
  if (parsed.success) return { ...parsed.data, apiUrl: parsed.data.apiUrl.replace(/\/$/, '') };
  if (file === undefined)
    throw new Failure(
      'no platform found: run npm run local:up, or give --outputs <file of cdk deploy --outputs-file>, or set CONTENDER_API_URL',
      2,
    );
  throw new Failure(`${file} does not describe a platform: ${z.prettifyError(parsed.error)}`, 2);
};
