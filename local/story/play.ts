import { join } from 'node:path';
import color from 'picocolors';
import { DEFAULT_DIR, type Platform } from '../platform';
import { seconds } from '../progress';
import { ensureVenv } from '../python';
import { Application } from './application';
import { driftComes, firstVersion, peopleApprove, refreshCloses, secondClimbs, thirdIsWithdrawn } from './chapters';
import { EXAMPLE, MODEL, Stage } from './stage';
import { listenForAlarms, listenForRefresh } from './training-job';

const farewell = async ({ outputs, tokenFor }: Platform): Promise<void> => {
  const { token } = await tokenFor('app');
  console.log(`
${color.bold('The circle is closed.')} The platform is at
  API        ${outputs.apiUrl}
  AWS        ${outputs.endpointUrl}  (credentials test/test, region ${outputs.region})
  uploads    s3://${outputs.modelBucket}/inbox/<model>/
  a token    ${token}

Three commands to try:
  npx contender versions ${MODEL}
  npx contender audit verify ${MODEL}
  npx contender predict ${MODEL} --row 30,12,6,2,40,50,0,0,1,3,11`);
};

/** Plays the whole cycle on a platform that is up and empty. */
export const playStory = async (platform: Platform): Promise<void> => {
  const stage = new Stage(platform);
  const python = await stage.progress.step('Python environment of the training job', (detail) =>
    ensureVenv(join(DEFAULT_DIR, 'training-venv'), join(EXAMPLE, 'retrain-requirements.txt'), detail),
  );
  const startedAt = Date.now();
  const application = new Application(stage);
  const refreshes = await listenForRefresh(platform);
  const alarms = await listenForAlarms(platform);
  await firstVersion(stage);
  await peopleApprove(stage, application);
  await secondClimbs(stage, application);
  await thirdIsWithdrawn(stage, application);
  await driftComes(stage, application, alarms);
  await refreshCloses(stage, application, refreshes, python);
  console.log(color.dim(`\nthe story took ${seconds(Date.now() - startedAt)}`));
  await farewell(platform);
};
