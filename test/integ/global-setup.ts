import { startPlatform } from '../../local/platform';
import { TEST_DIR } from './platform';

/** Deploys a private platform for the integration tests; see docs/testing.md. */
export default async (): Promise<void> => {
  await startPlatform({ dir: TEST_DIR, port: Number(process.env.CONTENDER_TEST_PORT ?? 4599) });
};
