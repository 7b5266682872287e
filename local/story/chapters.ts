import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import color from 'picocolors';
import { LocalFailure } from '../failure';
import type { Application } from './application';
import { approve, awaitApproval, awaitChampion, showEvidence } from './reviewing';
import { EXAMPLE, MODEL, type Stage, until } from './stage';
import { type Inbox, readAlarm, readEvent, retrain } from './training-job';
import { serveWhileClimbing } from './watching';

const versionFolder = (version: number): string => join(EXAMPLE, 'versions', String(version));

const awsClient = ({ platform: { outputs } }: Stage) => ({
  region: outputs.region,
  endpoint: outputs.endpointUrl,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** 1. A plain PutObject, by a hand that nobody vouches for. */
export const firstVersion = async (stage: Stage): Promise<void> => {
  stage.chapter(1, 'A data scientist uploads version 1 with a plain S3 PutObject');
  await stage.contender(['policy', MODEL, '--set', join(__dirname, 'policy.yaml')]);
  const s3 = new S3Client({ ...awsClient(stage), forcePathStyle: true });
  for (const file of readdirSync(versionFolder(1))) {
    const Key = `inbox/${MODEL}/first/${file}`;
    stage.say(color.dim(`PutObject s3://${stage.platform.outputs.modelBucket}/${Key}`));
    await s3.send(
      new PutObjectCommand({
        Bucket: stage.platform.outputs.modelBucket,
        Key,
        Body: readFileSync(join(versionFolder(1), file)),
      }),
    );
  }
  const approval = await stage.progress.step('registered, evaluated, waiting for people', () =>
    awaitApproval(stage, 1),
  );
  stage.say(`it needs ${approval.required} reviewers, since nobody vouches for the hand`);
  await showEvidence(stage, approval.id);
};

/** 2. Two reviewers, and the first prediction. */
export const peopleApprove = async (stage: Stage, application: Application): Promise<void> => {
  stage.chapter(2, 'Two reviewers approve it, and an application gets predictions');
  const { id } = await awaitApproval(stage, 1);
  await approve(stage, id, 'reviewer', 'a simple model, and fair enough to start with');
  await approve(stage, id, 'reviewer-2', 'agreed; the groups are close');
  await stage.progress.step('version 1 becomes champion', () => awaitChampion(stage, 1));
  const answer = await application.predict(application.sample());
  const [label, probabilities] = answer.outputs;
  stage.say(
    `version ${answer.model_version} answers: ${label?.data[0]}, probabilities ${probabilities?.data.map((p) => Number(p).toFixed(3)).join(' and ')}`,
  );
};

/** 3. A better version climbs. */
export const secondClimbs = async (stage: Stage, application: Application): Promise<void> => {
  stage.chapter(3, 'Version 2, better, is pushed, approved by another hand, and climbs while traffic flows');
  stage.say((await stage.contender(['push', MODEL, versionFolder(2)])).trim());
  const { id } = await awaitApproval(stage, 2);
  await showEvidence(stage, id);
  await stage.refused(['approve', id, '--comment', 'I made it, it is good'], 'data-scientist');
  await approve(stage, id, 'reviewer', 'better on the same rows, in every group');
  const rollout = await serveWhileClimbing(stage, application, 2, () => 'A');
  if (rollout.status !== 'PROMOTED')
    throw new LocalFailure(
      `version 2 should have been promoted, but its rollout ended as ${rollout.status}: ${rollout.reason}`,
    );
  stage.say(color.green(`version 2 is champion: ${rollout.reason}`));
};

/** 4. A version that looks better and is worse. */
export const thirdIsWithdrawn = async (stage: Stage, application: Application): Promise<void> => {
  stage.chapter(4, 'Version 3 looks better in evaluation, and the world moves');
  await stage.contender(['policy', MODEL, '--set', join(__dirname, 'careful-policy.yaml')]);
  stage.say((await stage.contender(['push', MODEL, versionFolder(3)], { as: 'data-scientist-2' })).trim());
  const { id } = await awaitApproval(stage, 3);
  await showEvidence(stage, id);
  await approve(stage, id, 'reviewer', 'slightly better; let outcomes decide');
  // The survey changes what it asks in the year in which half of the traffic is version 3's.
  const rollout = await serveWhileClimbing(stage, application, 3, ({ stepIndex }) => (stepIndex < 2 ? 'B' : 'C'));
  if (rollout.status !== 'ROLLED_BACK')
    throw new LocalFailure(`version 3 should have been withdrawn, but its rollout ended as ${rollout.status}`);
  stage.say(color.red(`version 3 is withdrawn: ${rollout.reason}`));
  await stage.progress.step('traffic is back on version 2', () =>
    until('version 2 to answer alone', async () =>
      (await application.predict(application.sample())).model_version === '2' ? true : undefined,
    ),
  );
  const trail = await stage.contender(['audit', MODEL, '--most', '12']);
  for (const line of trail.trimEnd().split('\n')) stage.say(line);
};

/** Interviews between two looks at the alarm. */
const DRIFT_CHUNK = 50;

/** 5. The champion's own accuracy drifts. */
export const driftComes = async (stage: Stage, application: Application, alarms: Inbox): Promise<void> => {
  stage.chapter(5, "The data move on, and the champion's own accuracy drifts");
  const cloudwatch = new CloudWatchClient(awsClient(stage));
  const inAlarm = async (): Promise<string | undefined> => {
    const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
    return MetricAlarms.find((alarm) => alarm.AlarmName?.endsWith(`-accuracy-drift-${MODEL}`))?.AlarmName;
  };
  const alarm = await stage.progress.step('outcomes arrive', async (detail) => {
    let right = 0;
    let served = 0;
    for (;;) {
      const raised = await inAlarm();
      if (raised !== undefined) return raised;
      if (application.left('D') === 0) return until('the accuracy-drift alarm', inAlarm);
      right += (await application.serve('D', DRIFT_CHUNK)).right;
      served += DRIFT_CHUNK;
      detail(`${served} interviews of 1987 and 1988, ${((100 * right) / served).toFixed(1)} % answered right`);
    }
  });
  stage.say(color.red(`CloudWatch: ${alarm} is in ALARM`));
  stage.say(`SNS told the operators: ${await alarms.receive('the notification of the alarm', readAlarm)}`);
};

/** 6. The team's own training job answers, and the circle is closed. */
export const refreshCloses = async (
  stage: Stage,
  application: Application,
  refreshes: Inbox,
  python: string,
): Promise<void> => {
  stage.chapter(6, "The team's own training job hears of it, retrains on the outcomes so far, and uploads version 4");
  const event = await refreshes.receive('Refresh Requested', readEvent);
  stage.say(
    `Refresh Requested for ${event.model} version ${event.version}: ${String(event.data.reason)}, first in ${String(event.data.largestStream)}`,
  );
  const folder = join(stage.platform.dir, 'training');
  mkdirSync(folder, { recursive: true });
  const observations = join(folder, 'observations.csv');
  application.writeObservations(observations);
  const summary = await stage.progress.step(`retraining on ${application.observations} outcomes`, () =>
    retrain(python, observations, join(folder, 'version'), event.version ?? 2),
  );
  stage.say(summary);
  stage.say((await stage.contender(['push', MODEL, join(folder, 'version')])).trim());
  const { id } = await awaitApproval(stage, 4);
  await showEvidence(stage, id);
  stage.say('version 4 waits for approval');
};
