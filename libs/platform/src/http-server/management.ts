import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { HttpLimits } from '../config/server-limits.js';
import { ProtocolError } from '../http/protocol-error.js';
import { HttpConnections } from './http-connections.js';
import { serverOptions } from './http-limits.js';

/** Routes for operators and probes, not for clients. */
const managementRoute = /^\/(?:health|metrics|actuator|operations|openapi\.json|asyncapi\.json|swagger-ui|docs)(?:[/.]|$)/;

/** What monitoring systems read. Who may reach the port is decided by the network, as for health: they have no tokens. */
const monitoringRoute = /^\/(?:metrics|actuator\/prometheus)$/;

export interface ManagementOptions {
  readonly port: number;
  readonly host: string;
  readonly limits: HttpLimits;
}

/** Serves health, metrics, the API's description and `/operations` on a port of their own, and on no other. Metrics need no access token there. */
export function moveManagement(server: FastifyInstance, { port, host, limits }: ManagementOptions): ManagementPort {
  const management = createServer(serverOptions(limits), (request, response) => server.routing(request, response));
  const connections = new HttpConnections(management, limits);
  const sockets = new WeakSet<Socket>();
  management.on('connection', (socket: Socket) => sockets.add(socket));
  server.addHook('onRequest', (request, _reply, done) => {
    const { method, url, routeOptions, raw } = request;
    // The route and not the URL, in which any letter may be percent-encoded.
    const isHere = routeOptions.url === undefined || managementRoute.test(routeOptions.url) === sockets.has(raw.socket);
    done(isHere ? undefined : new ProtocolError(404, `Cannot ${method} ${url}`));
  });
  server.addHook('onRoute', (route) => {
    if (monitoringRoute.test(route.url)) route.config = { ...route.config, access: 'public' };
  });
  server.addHook(
    'onReady',
    () =>
      new Promise<void>((resolve, reject) => {
        management.once('error', reject);
        management.listen({ port, host }, resolve);
      }),
  );
  server.addHook('onClose', () => connections.drain());
  return { port: () => (management.address() as AddressInfo).port };
}

/** The listening port, once the server is ready. */
export interface ManagementPort {
  readonly port: () => number;
}
