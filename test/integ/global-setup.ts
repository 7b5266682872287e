import { startPlatform } from '../../local/platform';
import { TEST_DIR } from './platform';

/** Deploys a private platform for the integration tests, with everything that config can switch on; see docs/testing.md. */
export default async (): Promise<void> => {
  const port = Number(process.env.CONTENDER_TEST_PORT ?? 4599);
  await startPlatform({
    dir: TEST_DIR,
    port,
    config: {
      sagemaker: { enabled: true },
      // A challenger that a busy machine makes late would lose for that, and not by outcomes.
      scoring: { shadowDeadlineMs: 2000 },
    },
  });
};
