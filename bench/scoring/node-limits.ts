import { childPath } from './children';
import { ECHO, OIP } from './protocols';
import type { Server } from './server';

/** What Node can do at best on this machine. */
export const NODE_LIMITS: readonly Server[] = [
  {
    name: 'echo',
    title: 'node:http JSON echo',
    kind: 'limit',
    protocol: ECHO,
    readyPath: '/',
    prepare: async () => undefined,
    command: ({ port }) => ({ command: process.execPath, args: [childPath('echo'), String(port)] }),
  },
  {
    name: 'bare',
    title: 'bare handler',
    kind: 'limit',
    protocol: OIP,
    readyPath: '/',
    takesBinary: true,
    prepare: async () => undefined,
    command: ({ model, port }) => ({
      command: process.execPath,
      args: [childPath('bare-handler'), model.file, String(port)],
    }),
  },
];
