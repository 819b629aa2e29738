import { contextOfRequest, InvalidRequest, pageHeaders, principalOf } from '@ftgo/platform';
import { caller } from '@ftgo/security';
import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { execute, GraphQLError, subscribe } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/fastify';
import { makeHandler } from 'graphql-ws/use/@fastify/websocket';
import type { WebSocket } from 'ws';
import type { OpenStream, OpenStreams } from '../tracking/open-streams.js';
import type { WebSocketOrigins } from '../tracking/web-socket-origins.js';
import { explorerPage } from './explorer-page.js';
import { shownError } from './graphql-errors.js';
import type { GraphQLOperations } from './graphql-operations.js';
import { schema } from './schema.js';

const mostSubscriptions = 100;
const wentAway = 1001;
/** Each field asks its service, which decides. */
const config: FastifyContextConfig = { access: ['consumer', 'restaurant', 'courier', 'operator', 'service'] };

/** `/graphql`: queries and mutations over HTTP (GraphQL over HTTP), subscriptions over a WebSocket (graphql-transport-ws). */
export class GraphQLGateway implements OnModuleInit {
  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly operations: GraphQLOperations,
    private readonly streams: OpenStreams,
    private readonly origins: WebSocketOrigins,
  ) {}

  /** After TrackingGateway, which registers WebSockets. */
  onModuleInit(): void {
    const server = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    void server.register(async (scope) => {
      scope.route({
        method: 'GET',
        url: '/graphql',
        exposeHeadRoute: false,
        config,
        preHandler: async (request) => {
          if (!request.ws) return;
          this.origins.demandAllowed(request.headers);
          this.streams.demandRoom();
        },
        handler: (request, reply) => this.respondToGet(request, reply),
        wsHandler: (socket, request) => this.serveSocket(scope, socket, request),
      });
      scope.post('/graphql', { config }, (request, reply) => this.respond(request, reply));
    });
  }

  private async respondToGet(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const isPage = request.headers.accept?.includes('text/html') === true;
    if (isPage && this.operations.isOpen) {
      pageHeaders(reply, ['https://unpkg.com']);
      return void reply.type('text/html').send(explorerPage);
    }
    await this.respond(request, reply);
  }

  private async respond(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { traceId } = contextOfRequest(request);
    const { operations } = this;
    const handle = createHandler({
      schema,
      rootValue: operations.root,
      context: () => operations.contextOf(traceId) as never,
      parse: operations.parse,
      validationRules: (_request, { variableValues }) => operations.rulesFor(variableValues),
      formatError: (error) => shownError(error, traceId),
    });
    await handle.call(request.server, request, reply);
  }

  private serveSocket(server: FastifyInstance, socket: WebSocket, request: FastifyRequest): void {
    const { traceId } = contextOfRequest(request);
    const shown = (errors: readonly GraphQLError[]) => errors.map((error) => shownError(error, traceId));
    const principal = principalOf(request);
    const handle = makeHandler({
      // Messages arrive outside of the request.
      execute: (args) => caller.run(principal, () => execute(args)),
      subscribe: (args) => caller.run(principal, () => subscribe(args)),
      onSubscribe: ({ subscriptions }, _id, payload) => {
        if (Object.keys(subscriptions).length > mostSubscriptions) return shown([new GraphQLError('', { originalError: tooMany })]);
        const prepared = this.operations.prepare(payload, traceId);
        return 'schema' in prepared ? prepared : shown(prepared);
      },
      // The errors of onSubscribe have already been converted by shown().
      onError: (_context, _id, _payload, errors) =>
        errors.map((error) => ('code' in error.extensions ? error : shownError(error, traceId)).toJSON()),
      onNext: (_context, _id, _payload, _args, result) =>
        result.errors ? { ...result, errors: shown(result.errors).map((error) => error.toJSON()) as never } : undefined,
    });
    const stream: OpenStream = { beat: () => undefined, end: (reason) => socket.close(wentAway, reason) };
    socket.once('close', () => this.streams.remove(stream));
    this.streams.add(stream, principal);
    void handle.call(server, socket, request);
  }
}

const tooMany = new InvalidRequest([{ pointer: '/query', detail: `a connection can have at most ${mostSubscriptions} subscriptions` }]);
