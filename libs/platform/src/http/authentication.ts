import type { IncomingHttpHeaders } from 'node:http';
import { type Decision, type Gate, IssuerUnavailable, type Principal } from '@ftgo/security';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { runAs } from '../access/run-as.js';
import { DependencyUnavailable } from '../errors/dependency-unavailable.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. */
    access?: Decision;
  }
}

const principals = new WeakMap<object, Principal | undefined>();
const rejections = new WeakMap<object, Error>();

/** The principal of a request, for work that runs after it, such as the messages of a WebSocket. */
export const principalOf = (request: FastifyRequest): Principal | undefined => principals.get(request.raw);

/**
 * Admits requests by their access tokens, before their bodies are read, whether controllers, GraphQL or WebSockets handle them.
 * A route without a decision is an error at startup.
 */
export function admitRequests(server: FastifyInstance, gate: Gate): void {
  server.addHook('onRoute', ({ method, url, config }) => {
    if (method !== 'OPTIONS' && !config?.access)
      throw new Error(`nothing states who may use ${String(method)} ${url}: add a decision such as @Allow('operator')`);
  });
  server.addHook('onRequest', async ({ is404, method, headers, raw, routeOptions }) => {
    if (is404 || method === 'OPTIONS') return;
    try {
      principals.set(raw, await gate.admit(credentialsIn(headers), routeOptions.config.access));
    } catch (error) {
      rejections.set(raw, error instanceof IssuerUnavailable ? issuerIsDown(error) : (error as Error));
    }
  });
  // After the rate limit, which counts rejected requests, too.
  server.addHook('preParsing', ({ raw }, _reply, _payload, done) => done(rejections.get(raw)));
  // The body is read in socket events, which lose the context.
  server.addHook('preValidation', (request, _reply, done) => runAs(principalOf(request), done));
}

/** Browsers cannot add headers to a WebSocket: they offer the token as a subprotocol, after the one that they want to speak. */
function credentialsIn({ authorization, upgrade, 'sec-websocket-protocol': protocols }: IncomingHttpHeaders): string | undefined {
  if (authorization !== undefined || upgrade === undefined) return authorization;
  const offered = protocols?.split(',').map((protocol) => protocol.trim());
  const token = offered?.slice(1).find((protocol) => protocol.startsWith(tokenProtocol));
  return token && `Bearer ${token.slice(tokenProtocol.length)}`;
}

const tokenProtocol = 'bearer.';

export const issuerIsDown = (cause: IssuerUnavailable): Error =>
  new DependencyUnavailable('the issuer of access tokens', { retryAfterSeconds: 1, cause });
