import { stopPlatform } from '../../local/platform';
import { TEST_DIR } from './platform';

export default async (): Promise<void> => {
  await stopPlatform({ dir: TEST_DIR });
};
