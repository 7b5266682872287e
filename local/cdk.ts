import { createWriteStream, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { run } from './child-process';
import { writeWhole } from './emulator-record';
import { LocalFailure } from './failure';
import { reasonIn } from './failure-reason';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

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

/** Where one run of the CDK command line works. */
export interface CdkPlace {
  /** Root of the checkout: cdk.json is there. */
  readonly root: string;
  /** Folder of the platform: config, log, cloud assembly. */
  readonly dir: string;
  readonly port: number;
  /** Config on top of what every local platform has. */
  readonly config?: object | undefined;
  readonly detail: (text: string) => void;
}

export const assemblyIn = (dir: string): string => join(dir, 'cdk.out');
export const logIn = (dir: string): string => join(dir, 'deploy.log');

/** Nothing of the developer's own AWS configuration or proxy gets in. */
const environment = ({ dir, port, config = {} }: CdkPlace): Record<string, string> => {
  const configFile = join(dir, 'config.json');
  writeWhole(configFile, `${JSON.stringify({ ...LOCAL_CONFIG, ...config }, null, 2)}\n`);
  return {
    PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
    HOME: process.env.HOME ?? dir,
    TMPDIR: process.env.TMPDIR ?? '/tmp',
    AWS_CONFIG_FILE: join(dir, 'no-aws-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(dir, 'no-aws-credentials'),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CI: 'true',
    CDK_DEFAULT_ACCOUNT: ACCOUNT,
    CDK_DEFAULT_REGION: REGION,
    CONTENDER_CONFIG: configFile,
    ...awsEnvironment(port),
  };
};

/** From a line of stack events: the stack and how many of its resources are done. */
const progressIn = (line: string): string | undefined => {
  const event = /^(\S+) \|\s+(\d+)(?:\/\d+)? \|/.exec(line);
  return event ? `${event[1]}: ${event[2]} resources` : undefined;
};

/**
 * Runs the CDK command line that is installed with the project; what it prints goes to deploy.log.
 * @throws LocalFailure with the failing resource's reason
 */
export const cdk = async (place: CdkPlace, args: readonly string[]): Promise<void> => {
  const { root, dir, detail } = place;
  mkdirSync(dir, { recursive: true });
  const log = createWriteStream(logIn(dir), { flags: 'a' });
  const ended = await run({
    command: process.execPath,
    args: [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '--no-notices', '--no-color'],
    cwd: root,
    env: environment(place),
    log,
    onLine: (line) => {
      const progress = progressIn(line);
      if (progress) detail(progress);
    },
  });
  await new Promise<void>((closed) => log.end(closed));
  if (ended.code !== 0)
    throw new LocalFailure(`cdk ${args[0]} failed: ${reasonIn(ended.printed)} (the whole log is ${logIn(dir)})`);
};
