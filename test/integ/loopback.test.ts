import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { TEST_DIR } from './platform';

/** Loopback as the kernel writes it: 127.0.0.1 and ::1, and 127.0.0.1 within IPv6. */
const LOOPBACK = ['0100007F', '00000000000000000000000001000000', '0000000000000000FFFF00000100007F'];
const LISTENING = '0A';

const processesOf = (group: number): string[] =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      // Fields after the command's name: state, parent, process group.
      return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]) === group;
    } catch {
      return false;
    }
  });

const socketsOf = (pid: string): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });

/** Local addresses of listening sockets, by inode. */
const listeners = (): Map<string, string> =>
  new Map(
    ['tcp', 'tcp6'].flatMap((table) =>
      readFileSync(`/proc/net/${table}`, 'utf8')
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[3] === LISTENING)
        .map((fields) => [fields[9] ?? '', fields[1]?.split(':')[0] ?? ''] as const),
    ),
  );

test('nothing of the platform listens beyond loopback', () => {
  const { pid } = JSON.parse(readFileSync(join(TEST_DIR, 'emulator.json'), 'utf8')) as { pid: number };
  const listening = listeners();
  const addresses = processesOf(pid)
    .flatMap(socketsOf)
    .flatMap((inode) => listening.get(inode) ?? []);
  expect(addresses.length).toBeGreaterThan(0);
  expect(addresses.filter((address) => !LOOPBACK.includes(address))).toEqual([]);
});
