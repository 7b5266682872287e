import type { Command } from 'commander';
import type { Credentials } from '../../lambdas/mlflow/contract';
import { Api } from '../api';
import { bearerToken } from '../identity';
import { type Flags, findSettings, type Settings } from '../settings';

/** What MLflow's clients read from the environment. */
const environmentOf = (settings: Settings, token: string, credentials: Credentials): Record<string, string> => ({
  MLFLOW_TRACKING_URI: settings.apiUrl,
  MLFLOW_TRACKING_TOKEN: token,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  AWS_DEFAULT_REGION: settings.region,
  ...(settings.endpointUrl ? { MLFLOW_S3_ENDPOINT_URL: settings.endpointUrl } : {}),
});

const exportOf = ([name, value]: [string, string]): string => `export ${name}='${value.replaceAll("'", "'\\''")}'`;

export const addLoginCommand = (program: Command): void => {
  program
    .command('login')
    .description('print what MLflow clients need: eval "$(contender login)"; valid for an hour')
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags & { as?: string; json?: boolean }>();
      const settings = findSettings(flags);
      const identity = flags.as ?? process.env.CONTENDER_ROLE ?? 'data-scientist';
      const token = await bearerToken(settings, identity);
      const credentials = await new Api(settings.apiUrl, token).post<Credentials>('/api/v1/mlflow/credentials', {});
      const environment = environmentOf(settings, token, credentials);
      if (flags.json) return console.log(JSON.stringify({ ...environment, expiresAt: credentials.expiresAt }));
      console.log(Object.entries(environment).map(exportOf).join('\n'));
      console.error(`until ${credentials.expiresAt}; uploads go to ${credentials.place}`);
    });
};
