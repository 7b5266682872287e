// First step on a fresh clone: needs nothing but Node. Installs the dependencies when package-lock.json is newer than what is
// installed, then hands over to the TypeScript beside it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const fail = (message) => {
  console.error(`contender: ${message}`);
  process.exit(1);
};

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) fail(`Node ${process.versions.node} is too old; install Node 20 or later`);

const stamp = join(root, 'node_modules', '.contender-lock');
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
if (installed !== lock) {
  const current =
    existsSync(join(root, 'node_modules', '.package-lock.json')) &&
    installed === '' &&
    process.env.npm_lifecycle_event === undefined;
  if (!current) {
    console.log('installing dependencies (npm ci) …');
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (npm.status !== 0) fail('npm ci failed; its message is above');
  }
  writeFileSync(stamp, lock);
}

const require = createRequire(import.meta.url);
const tsx = pathToFileURL(require.resolve('tsx')).href;
const { register } = await import(pathToFileURL(require.resolve('tsx/cjs/api')).href);
void tsx;
register();
const { main } = require('./main.ts');
process.exitCode = await main(process.argv.slice(2));
