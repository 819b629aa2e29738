import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** How long a stopping server waits for the rest of a request, and for a client to read its answer. */
const graceMs = 500;
const lookMs = 10;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * The connections of an HTTP server and what is going on in them. Node's own `server.close()` waits for connections; a
 * server that stops has to wait for work.
 */
export class HttpConnections {
  private readonly sockets = new Set<Socket>();
  private readonly exchanges = new Set<Exchange>();
  private drained: Promise<void> | undefined;

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    // Before the listener that handles the request: it may end it at once.
    server.prependListener('request', (request, response) => {
      const exchange = { request, response };
      this.exchanges.add(exchange);
      response.once('close', () => this.exchanges.delete(exchange));
    });
  }

  /**
   * Accepts no more connections, lets requests in hand be answered, and ends what then is still open. A request is in hand
   * once all of it has arrived; what is incomplete has a moment to arrive.
   */
  drain(): Promise<void> {
    this.drained ??= this.drainOnce();
    return this.drained;
  }

  private async drainOnce(): Promise<void> {
    // Ends idle connections, too.
    this.server.close();
    const until = performance.now() + graceMs;
    while (this.someWork() || (this.sockets.size > 0 && performance.now() < until)) await pause(lookMs);
    for (const socket of this.incomplete()) this.refuse(socket);
    const readUntil = performance.now() + graceMs;
    while (this.exchanges.size > 0 && performance.now() < readUntil) await pause(lookMs);
    for (const socket of this.sockets) socket.destroy();
  }

  private someWork(): boolean {
    return [...this.exchanges].some(({ request, response }) => request.complete && !response.writableEnded);
  }

  /** Those on which half a request has arrived. */
  private incomplete(): Socket[] {
    const answered = new Set([...this.exchanges].filter(({ response }) => response.headersSent).map(({ request }) => request.socket));
    return [...this.sockets].filter((socket) => socket.bytesRead > 0 && !answered.has(socket));
  }

  /** The same answer as to a request that does not arrive in time: its client may send it again to another instance. */
  private refuse(socket: Socket): void {
    const error = Object.assign(new Error('the server stops'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    if (!this.server.emit('clientError', error, socket)) socket.destroy();
  }
}
