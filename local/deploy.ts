import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalFailure } from './failure';

const ROOT = join(__dirname, '..');
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

/** What differs from a deployment to AWS, and nothing else: all of it is config that any deployment may set. */
const LOCAL_CONFIG = {
  removal: 'destroy',
  deletionProtection: false,
  // The embedded AWS speaks plain http, on loopback.
  enforceTls: false,
  credentials: 'cli',
  // It tells alarms apart by namespace and name only.
  metricNamespace: 'Contender/{deployment}/{model}',
  architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
};

/** Environment in which any AWS client or tool finds the embedded AWS with the account's own rights. */
export const awsEnvironment = (port: number): Record<string, string> => ({
  AWS_ENDPOINT_URL: `http://localhost:${port}`,
  AWS_ENDPOINT_URL_S3: `http://localhost:${port}`,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
});

const cdk = (dir: string, port: number, args: readonly string[], detail: (text: string) => void): Promise<void> => {
  const configFile = join(dir, 'config.json');
  writeFileSync(configFile, JSON.stringify(LOCAL_CONFIG, null, 2));
  const log = createWriteStream(join(dir, 'deploy.log'), { flags: 'a' });
  const child = spawn(process.execPath, [CDK, ...args, '--no-notices', '--output', join(dir, 'cdk.out')], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      CDK_DISABLE_CLI_TELEMETRY: '1',
      CONTENDER_CONFIG: configFile,
      CI: '1',
      ...awsEnvironment(port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log.write(chunk);
      tail = (tail + chunk.toString()).slice(-20_000);
      const resource = /\| (\S+:\S+)\s+\| (\S+)/.exec(chunk.toString())?.[2];
      if (resource) detail(resource);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      log.end();
      if (code === 0) resolve();
      else reject(new LocalFailure(`cdk ${args[0]} failed: ${reasonIn(tail)} (whole log: ${join(dir, 'deploy.log')})`));
    });
  });
};

/** The line of CDK's output that says what went wrong: the failing resource's reason, else the first error. */
export const reasonIn = (output: string): string => {
  const lines = output.split('\n').map((line) => line.trim());
  const failed = lines.find((line) => line.includes('_FAILED') && line.includes('|'));
  const error = lines.find((line) => /(^|\s)(Error|❌|error TS)/.test(line));
  return (failed ?? error ?? lines.filter(Boolean).at(-1) ?? 'no reason was given').replace(/\s+/g, ' ').slice(0, 300);
};

/** CDK's outputs by stack, as one flat record with camelCase keys. */
export const flattenOutputs = (
  byStack: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.values(byStack).flatMap((outputs) =>
      Object.entries(outputs).map(([key, value]) => [key.charAt(0).toLowerCase() + key.slice(1), value]),
    ),
  );

/** Takes the account from nothing to ready for `cdk deploy`. */
export const bootstrap = (dir: string, port: number, detail: (text: string) => void): Promise<void> =>
  cdk(dir, port, ['bootstrap', `aws://${ACCOUNT}/${REGION}`], detail);

/** The same `cdk deploy` as on AWS. @returns the stacks' outputs */
export const deploy = async (
  dir: string,
  port: number,
  detail: (text: string) => void,
): Promise<Record<string, string>> => {
  const outputsFile = join(dir, 'stack-outputs.json');
  const args = [
    'deploy',
    '--all',
    '--require-approval',
    'never',
    '--method',
    'direct',
    '--asset-parallelism',
    '--concurrency',
    '2',
    '--outputs-file',
    outputsFile,
  ];
  await cdk(dir, port, args, detail);
  return flattenOutputs(JSON.parse(readFileSync(outputsFile, 'utf8')));
};
