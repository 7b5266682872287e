import { join } from 'node:path';
import { PlatformStack } from '../../lib/platform-stack';
import { StateStack } from '../../lib/state-stack';
import { run } from '../../local/child-process';
import { ensureVenv } from '../../local/python';
import { testApp } from '../lib/test-app';

const VENV = join(__dirname, '../../.local/lint-venv');

test('cfn-lint finds no error in the templates', async () => {
  const app = testApp();
  const { state } = new StateStack(app, 'contender-state', { config: { sagemaker: { enabled: true } } });
  new PlatformStack(app, 'contender-platform', { state });
  const folder = app.synth().directory;
  const python = await ensureVenv(VENV, join(__dirname, 'lint-requirements.txt'));
  const templates = ['contender-state', 'contender-platform'].map((name) => join(folder, `${name}.template.json`));
  const { code, printed } = await run({
    command: python,
    args: [
      '-c',
      'import sys; from cfnlint.runner import main; sys.exit(main())',
      '--regions',
      'us-east-1',
      '--non-zero-exit-code',
      'error',
      ...templates,
    ],
  });
  expect(code === 0 ? '' : printed).toBe('');
}, 180_000);
