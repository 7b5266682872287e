import { Template } from 'aws-cdk-lib/assertions';
import type { ContenderConfigInput } from '../../lib/config';
import { PlatformStack } from '../../lib/platform-stack';
import { StateStack } from '../../lib/state-stack';
import { testApp } from './test-app';

/** The app as `bin/app.ts` makes it, with a config. */
export const contenderApp = (config: ContenderConfigInput = {}) => {
  const app = testApp();
  const state = new StateStack(app, 'contender-state', { config });
  const platform = new PlatformStack(app, 'contender-platform', { state: state.state });
  return { app, state, platform };
};

export const templates = (config: ContenderConfigInput = {}) => {
  const { state, platform } = contenderApp(config);
  return { state: Template.fromStack(state), platform: Template.fromStack(platform) };
};
