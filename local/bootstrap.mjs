// First step on a fresh clone: needs nothing but Node. Installs the dependencies when they are not those of package-lock.json,
// then hands over to the TypeScript beside it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const FRAME_MS = 200;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.contender-lock');

const fail = (message) => {
  console.error(`contender: ${message}`);
  process.exit(1);
};

/** Whether npm's own record of what it installed has every package that the lock file asks for, in that version. */
const matchesLock = (lock) => {
  const file = join(modules, '.package-lock.json');
  if (!existsSync(file)) return false;
  const wanted = JSON.parse(lock).packages;
  const { packages } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || (packages[path] ? packages[path].version === version : optional),
  );
};

/** Runs `npm ci`, showing for how long it has been at it. */
const installDependencies = () =>
  new Promise((resolve) => {
    const started = Date.now();
    const took = () => `dependencies (npm ci) ${((Date.now() - started) / 1000).toFixed(1)} s`;
    const isTerminal = process.stdout.isTTY;
    if (!isTerminal) console.log('… installing dependencies (npm ci)');
    const timer = isTerminal ? setInterval(() => process.stdout.write(`\r${took()}`), FRAME_MS) : undefined;
    // npm tells the scripts that it runs where it is itself.
    const npm = process.env.npm_execpath;
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    const [command, ...rest] = npm ? [process.execPath, npm, ...args] : ['npm', ...args];
    const child = spawn(command, rest, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    const end = (code) => {
      clearInterval(timer);
      if (code === 0) console.log(`${isTerminal ? '\r' : ''}✓ ${took()}`);
      resolve(code === 0);
    };
    child.once('error', () => end(-1));
    child.once('exit', end);
  });

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE)
  fail(`Node ${process.versions.node} is too old; install Node ${OLDEST_NODE} or later`);
if (process.platform === 'win32') fail('the local platform runs on Linux and macOS; on Windows use WSL');

const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
const digest = createHash('sha256').update(lock).digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
  if (!matchesLock(lock) && !(await installDependencies()))
    fail('npm ci failed; its message is above. Is the package registry reachable?');
  writeFileSync(stamp, digest);
}

// One of the clients used here asks for a newer Node than this project does.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const require = createRequire(import.meta.url);
require('tsx/cjs/api').register();
const { main } = require('./main.ts');
process.exitCode = await main(process.argv.slice(2));
