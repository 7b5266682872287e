import { connect, createServer } from 'node:net';
import { LocalFailure } from './failure';

export const DEFAULT_PORT = 4566;

/** @throws LocalFailure when the text is no port that anybody may listen on */
export const parsePort = (text: string, where: string): number => {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1024 && port <= 65_535) return port;
  throw new LocalFailure(`${where} is "${text}"; a port is a number from 1024 to 65535`);
};

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect({ host, port });
    const end = (result: boolean): void => {
      probe.destroy();
      resolve(result);
    };
    probe.once('connect', () => end(true));
    probe.once('error', () => end(false));
  });

/**
 * Whether something has the port already. Asked three ways: macOS lets one listen beside a program that listens on all
 * addresses, and `localhost` means ::1 first on many machines.
 */
export const isPortBusy = async (port: number): Promise<boolean> =>
  (await answers('127.0.0.1', port)) || (await answers('::1', port)) || !(await canListen(port));
