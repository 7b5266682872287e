import type { Server } from 'node:net';

/** Connections that are open: about as many requests can be under way. */
export class OpenConnections {
  private open = 0;

  get count(): number {
    return this.open;
  }

  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.open++;
      socket.once('close', () => {
        this.open--;
      });
    });
  }
}
