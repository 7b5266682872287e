import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Api } from '../../cli/api';
import { bearerToken } from '../../cli/identity';
import { findSettings, type Settings } from '../../cli/settings';

/** Folder of the private platform that the integration tests deploy, apart from a developer's own. */
export const TEST_DIR = resolve(__dirname, '../../.local/test');
const OUTPUTS = resolve(TEST_DIR, 'outputs.json');

interface Outputs {
  readonly endpointUrl: string;
  readonly region: string;
  readonly apiUrl: string;
  readonly modelBucket: string;
  readonly artifactBucket: string;
  readonly registryTable: string;
  readonly auditTable: string;
  readonly auditVault: string;
  readonly evidenceTable: string;
  readonly userPoolId: string;
  readonly eventBusName: string;
  readonly alarmTopicArn: string;
  readonly rolloutMachineArn: string;
  readonly deployment: string;
}

export interface TestPlatform {
  readonly outputs: Outputs;
  readonly settings: Settings;
  /** Configuration of an AWS client with the account's own rights. */
  readonly aws: {
    region: string;
    endpoint: string;
    forcePathStyle: boolean;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  /** The API as one of the known identities. */
  api(identity: string): Promise<Api>;
}

/** The platform that the global set-up deployed. */
export const platform = (): TestPlatform => {
  const outputs = JSON.parse(readFileSync(OUTPUTS, 'utf8')) as Outputs;
  const settings = findSettings({ outputs: OUTPUTS }, {});
  return {
    outputs,
    settings,
    aws: {
      region: outputs.region,
      endpoint: outputs.endpointUrl,
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
    api: async (identity) => new Api(settings.apiUrl, await bearerToken(settings, identity, {})),
  };
};

/** Polls until `look` finds something; fails with `what` was waited for. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T | undefined>,
  timeoutMs = 30_000,
): Promise<T> => {
  for (const end = Date.now() + timeoutMs; Date.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((tick) => setTimeout(tick, 100));
  }
  throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
};

/** A model name that no other test uses. */
export const freshModel = (topic: string): string =>
  `${topic}-${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
