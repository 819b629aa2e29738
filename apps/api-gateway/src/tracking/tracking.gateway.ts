import websocket from '@fastify/websocket';
import { contextOfRequest, ProtocolError, principalOf } from '@ftgo/platform';
import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OpenStreams } from './open-streams.js';
import type { OrderTracking } from './order-tracking.js';
import { TrackingSocket } from './tracking-socket.js';
import type { WebSocketOrigins } from './web-socket-origins.js';

const mostMessageBytes = 4 * 1024;

/**
 * `/ws`: clients follow any number of orders on one connection. Served by Fastify's plugin, because Nest's adapter destroys
 * every upgrade to a path that is not its own.
 */
export class TrackingGateway implements OnModuleInit {
  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly tracking: OrderTracking,
    private readonly streams: OpenStreams,
    private readonly origins: WebSocketOrigins,
  ) {}

  /** Not awaited: Fastify would complete the routes so far, before Nest has set its error handler. */
  onModuleInit(): void {
    const server = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    void server.register(websocket, { options: { maxPayload: mostMessageBytes }, preClose: (done: () => void) => done() });
    void server.register(async (scope) => this.addRoute(scope));
  }

  private addRoute(server: FastifyInstance): void {
    server.route({
      method: 'GET',
      url: '/ws',
      exposeHeadRoute: false,
      config: { access: ['consumer', 'restaurant', 'operator', 'service'] },
      preHandler: async (request, reply) => this.admit(request, reply),
      handler: (_request: FastifyRequest, reply: FastifyReply) => reply.send(),
      wsHandler: (socket, request) => {
        const { tracking, streams } = this;
        const { traceId } = contextOfRequest(request);
        const principal = principalOf(request);
        streams.add(new TrackingSocket(socket, { tracking, streams, traceId, principal }), principal);
      },
    });
  }

  private admit({ headers, ws }: FastifyRequest, reply: FastifyReply): void {
    if (!ws) void reply.header('upgrade', 'websocket');
    if (!ws) throw new ProtocolError(426, 'this path is for WebSockets; send Upgrade: websocket');
    this.origins.demandAllowed(headers);
    this.streams.demandRoom();
  }
}
