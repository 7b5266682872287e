import { join } from 'node:path';
import { ROOT } from '../../local/platform';

/** Where the scoring benchmark's sources are. */
export const SOURCES = join(ROOT, 'bench/scoring');
/** What it makes: environments, models, bundles, logs and the result; safe to delete. */
export const MADE = join(ROOT, '.local/bench');
