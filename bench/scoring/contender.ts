import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../local/child-process';
import { LocalFailure } from '../../local/failure';
import { ROOT } from '../../local/platform';
import { OIP } from './protocols';
import type { Server } from './server';

const CLI = join(ROOT, 'dist/contender.cjs');
const KEYS_FLAG = '--prediction-keys';

/** Builds the command and says whether its `serve` knows `flag`. */
const lacks = async (flag: string): Promise<string | undefined> => {
  const built = await run({ command: process.execPath, args: [join(ROOT, 'bin/build-cli.mjs')] });
  if (built.code !== 0) throw new LocalFailure(`bin/build-cli.mjs failed: ${built.printed.trim().split('\n').at(-1)}`);
  const { code, printed } = await run({ command: process.execPath, args: [CLI, 'serve', '--help'] });
  if (code === 0 && printed.includes(flag)) return undefined;
  return `\`contender serve\` has no ${flag} yet`;
};

const contender = (
  server: Pick<Server, 'name' | 'title'>,
  flag: string,
  more: (folder: string) => string[],
): Server => ({
  ...server,
  kind: 'contender',
  protocol: OIP,
  readyPath: '/v2/health/ready',
  takesBinary: true,
  prepare: () => lacks(flag),
  command: ({ model, port, folder }) => ({
    command: process.execPath,
    args: [CLI, 'serve', model.folder, '--port', String(port), '--workers', '1', ...more(folder)],
  }),
});

/** A key ring as Secrets Manager holds it, made for this run. */
const keysFile = (folder: string): string => {
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify({ current: 'k1', k1: randomBytes(32).toString('base64') }), { mode: 0o600 });
  return file;
};

/** Contender as `contender serve` mounts it: plain, and with a prediction id in every answer. */
export const CONTENDER: readonly Server[] = [
  contender({ name: 'contender', title: 'Contender' }, '--workers', () => []),
  contender({ name: 'contender-ids', title: 'Contender, prediction ids' }, KEYS_FLAG, (folder) => [
    KEYS_FLAG,
    keysFile(folder),
  ]),
];
