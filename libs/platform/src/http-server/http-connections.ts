import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { HttpLimits } from '../config/server-limits.js';

/** How long a stopping server waits for the rest of a request, and for a client to read its response. */
const graceMs = 500;
const pollMs = 10;
const slowReaderPollMs = 1_000;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** When the whole response was first seen waiting for the client to read it. */
  unreadSince?: number;
}

/**
 * Tracks the connections of an HTTP server and their requests, and enforces limits. Node's own `server.close()` waits for
 * connections; a stopping server has to wait for work.
 */
export class HttpConnections {
  /** Each socket with the number of its requests so far. */
  private readonly sockets = new Map<Socket, number>();
  private readonly exchanges = new Set<Exchange>();
  private drained: Promise<void> | undefined;

  constructor(
    private readonly server: Server,
    private readonly limits: HttpLimits,
  ) {
    server.maxConnections = limits.httpMaxConnections;
    server.on('connection', (socket: Socket) => {
      this.sockets.set(socket, 0);
      socket.once('close', () => this.sockets.delete(socket));
    });
    // Runs before the listener that handles the request, which may end the response immediately.
    server.prependListener('request', (request, response) => this.begin({ request, response }));
    const timer = setInterval(() => this.endSlowReaders(), Math.min(slowReaderPollMs, limits.httpResponseTimeoutMs)).unref();
    server.once('close', () => clearInterval(timer));
  }

  /**
   * Stops accepting connections, lets requests in progress finish, and closes the remaining connections. A request is in
   * progress once it has arrived completely; an incomplete one has a moment to arrive.
   */
  drain(): Promise<void> {
    this.drained ??= this.drainOnce();
    return this.drained;
  }

  private async drainOnce(): Promise<void> {
    // Also closes idle connections.
    this.server.close();
    const until = performance.now() + graceMs;
    while (this.someWork() || (this.sockets.size > 0 && performance.now() < until)) await pause(pollMs);
    for (const socket of this.incomplete()) this.reject(socket);
    const readUntil = performance.now() + graceMs;
    while (this.exchanges.size > 0 && performance.now() < readUntil) await pause(pollMs);
    for (const socket of this.sockets.keys()) socket.destroy();
  }

  private begin(exchange: Exchange): void {
    const { request, response } = exchange;
    const requests = (this.sockets.get(request.socket) ?? 0) + 1;
    this.sockets.set(request.socket, requests);
    // With Node's maxRequestsPerSocket, a client that ignores the header would get a bare 503 from then on.
    if (requests >= this.limits.httpMaxRequestsPerConnection) response.setHeader('connection', 'close');
    this.exchanges.add(exchange);
    response.once('close', () => this.exchanges.delete(exchange));
  }

  /** Node has no limit for slow readers: an unread response would stay in memory forever. */
  private endSlowReaders(): void {
    const now = performance.now();
    for (const exchange of this.exchanges) {
      if (!exchange.response.writableEnded) continue;
      exchange.unreadSince ??= now;
      if (now - exchange.unreadSince >= this.limits.httpResponseTimeoutMs) exchange.request.socket.destroy();
    }
  }

  private someWork(): boolean {
    return [...this.exchanges].some(({ request, response }) => request.complete && !response.writableEnded);
  }

  /** Sockets with a partially received request. */
  private incomplete(): Socket[] {
    const answered = new Set([...this.exchanges].filter(({ response }) => response.headersSent).map(({ request }) => request.socket));
    return [...this.sockets.keys()].filter((socket) => socket.bytesRead > 0 && !answered.has(socket));
  }

  /** The same response as for a request that times out: the client may send it again to another instance. */
  private reject(socket: Socket): void {
    const error = Object.assign(new Error('the server is stopping'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    if (!this.server.emit('clientError', error, socket)) socket.destroy();
  }
}
