import { existsSync, readFileSync } from 'node:fs';
import { App, CliCredentialsStackSynthesizer, DefaultStackSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib';
import { parseConfig } from '../lib/config';
import { PlatformStack } from '../lib/platform-stack';
import { StateStack } from '../lib/state-stack';

/** From the file that CONTENDER_CONFIG names, else from the context key `contender`, else all defaults. */
const readConfig = (app: App) => {
  const file = process.env.CONTENDER_CONFIG;
  if (file === undefined) return parseConfig(app.node.tryGetContext('contender'), 'context key "contender"');
  if (!existsSync(file)) throw new Error(`CONTENDER_CONFIG names ${file}, which does not exist`);
  return parseConfig(JSON.parse(readFileSync(file, 'utf8')), file);
};

const app = new App();
const config = readConfig(app);
// CDK's own declarations differ in optional members, which exactOptionalPropertyTypes minds.
const synthesizer = (): IStackSynthesizer =>
  (config.credentials === 'cli'
    ? new CliCredentialsStackSynthesizer()
    : new DefaultStackSynthesizer()) as IStackSynthesizer;

const state = new StateStack(app, `${config.deployment}-state`, { config, synthesizer: synthesizer() });
new PlatformStack(app, `${config.deployment}-platform`, { state: state.state, synthesizer: synthesizer() });
