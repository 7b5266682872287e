import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { ensureVenv } from '../../local/python';
import deploy from '../integ/global-setup';
import { ENVIRONMENT, MLFLOW2_ENVIRONMENT, MLFLOW2_REQUIREMENTS, PYTHON_NEED, REQUIREMENTS } from './clients';

/** The clients, the command they ask, and the platform that the command's server has to be like. */
export default async (): Promise<void> => {
  execFileSync(process.execPath, [resolve(__dirname, '../../bin/build-cli.mjs')]);
  await ensureVenv(ENVIRONMENT, REQUIREMENTS, undefined, PYTHON_NEED);
  await ensureVenv(MLFLOW2_ENVIRONMENT, MLFLOW2_REQUIREMENTS, undefined, PYTHON_NEED);
  await deploy();
};
