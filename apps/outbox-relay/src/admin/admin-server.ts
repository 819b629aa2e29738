import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { RelayStatus } from '@ftgo/outbox-relay';
import type { HttpLimits } from '@ftgo/platform/config';
import { serverOptions } from '@ftgo/platform/http-server';
import { type Gate, IssuerUnavailable, type Principal, RoleRequired, Unauthenticated } from '@ftgo/security/tokens';
import type { Registry } from 'prom-client';
import { answerParserError } from './parser-errors.js';
import { answerProblem, HttpProblem, methodNotAllowed, notFound } from './problem.js';
import { type Skipping, skip } from './skip.js';

export interface AdminServerOptions {
  readonly relay: Skipping & { readonly statuses: readonly RelayStatus[]; readonly isReady: boolean };
  readonly metrics: Registry;
  readonly limits: HttpLimits;
  /** Whether operators may act from other machines. */
  readonly isOpen: boolean;
  /** Admits operators to everything but health; undefined while security is off. */
  readonly gate?: Gate | undefined;
  /** Whether metrics need no access token either. */
  readonly hasOpenMetrics: boolean;
  readonly isStopping: () => boolean;
  readonly onFault: (error: unknown) => void;
}

interface Answer {
  readonly status?: number;
  readonly body: string;
  readonly contentType?: string;
}

/** The caller is known while security is on. */
type Route = (request: IncomingMessage, caller?: Principal) => Answer | Promise<Answer>;

/** Health, metrics, and skipping as a last resort. Plain HTTP: a few routes need no framework, and the process stays small (ADR 28). */
export function adminServer(options: AdminServerOptions): Server {
  const routes = routesOf(options);
  const server = createServer(serverOptions(options.limits), (request, response) => {
    answer(routes, options, { request, response }).catch((error: unknown) => {
      if (!(error instanceof HttpProblem)) options.onFault(error);
      answerProblem(error, request, response);
    });
  });
  return server.on('clientError', answerParserError);
}

/** Handlers by path and method. */
function routesOf({ relay, metrics, isStopping, isOpen }: AdminServerOptions): ReadonlyMap<string, { GET?: Route; POST?: Route }> {
  const exposition = async () => ({ body: await metrics.metrics(), contentType: metrics.contentType });
  return new Map<string, { GET?: Route; POST?: Route }>([
    ['/health/live', { GET: () => json({ status: 'up' }) }],
    ['/health/ready', { GET: () => readiness(relay, isStopping(), { ready: 'up', degraded: 'degraded', not: 'down' }) }],
    ['/operations/relay', { GET: () => json(relay.statuses) }],
    ['/operations/relay/skip', { POST: async (request, caller) => json(await skip({ relay, isOpen, caller, needsName: true }, request)) }],
    // The same, for clients from before /operations.
    ['/relay', { GET: () => json(relay.statuses) }],
    ['/relay/skip', { POST: async (request, caller) => json(await skip({ relay, isOpen, caller, needsName: false }, request)) }],
    ['/metrics', { GET: exposition }],
    // The format of Spring Boot, for scripts that wait for the book's application.
    ['/actuator/health', { GET: () => readiness(relay, isStopping(), { ready: 'UP', degraded: 'UP', not: 'DOWN' }) }],
    ['/actuator/prometheus', { GET: exposition }],
  ]);
}

const isHealth = /^\/(actuator\/)?health(\/|$)/;
const isMetrics = /^\/(metrics|actuator\/prometheus)$/;
const roles = ['operator'] as const;

function reject(error: unknown): never {
  if (error instanceof Unauthenticated) throw new HttpProblem(401, 'UNAUTHENTICATED', error.message, { 'www-authenticate': 'Bearer' });
  if (error instanceof RoleRequired) throw new HttpProblem(403, 'ROLE_REQUIRED', error.message);
  if (error instanceof IssuerUnavailable) throw new HttpProblem(503, 'DEPENDENCY_UNAVAILABLE', error.message, { 'retry-after': '1' });
  throw error;
}

function handlerOf(route: { GET?: Route; POST?: Route } | undefined, method: string, path: string): Route {
  if (!route) throw notFound(path);
  const handle = method === 'HEAD' ? route.GET : route[method as 'GET' | 'POST'];
  if (!handle) throw methodNotAllowed(path, route.GET ? 'GET, HEAD' : 'POST');
  return handle;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type Access = Pick<AdminServerOptions, 'gate' | 'hasOpenMetrics'>;

async function answer(
  routes: ReturnType<typeof routesOf>,
  { gate, hasOpenMetrics }: Access,
  { request, response }: Exchange,
): Promise<void> {
  // A trailing slash makes no difference, as in the services.
  const path = request.url?.split('?', 1)[0]?.replace(/(?<=.)\/$/, '') ?? '/';
  const { method = 'GET' } = request;
  const handle = handlerOf(routes.get(path), method, path);
  const isOpen = isHealth.test(path) || (hasOpenMetrics && isMetrics.test(path));
  const caller = gate && !isOpen ? await gate.admit(request.headers.authorization, roles).catch(reject) : undefined;
  const { status = 200, body, contentType = 'application/json' } = await handle(request, caller);
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(method === 'HEAD' ? undefined : body);
}

const json = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) });

/**
 * The same form as in the services, with the databases as parts. The relay serves no requests, so it is ready when every
 * database makes progress or has a leader; a database with a reason to report is degraded.
 */
function readiness(
  relay: AdminServerOptions['relay'],
  isStopping: boolean,
  words: { readonly ready: string; readonly degraded: string; readonly not: string },
): Answer {
  const ready = relay.isReady && !isStopping;
  const parts = isStopping ? { service: 'stopping' } : Object.fromEntries(relay.statuses.map(partOf));
  const degraded = Object.fromEntries(relay.statuses.filter(({ isReady, reason }) => isReady && reason !== undefined).map(partOf));
  const isDegraded = ready && Object.keys(degraded).length > 0;
  const status = isDegraded ? words.degraded : ready ? words.ready : words.not;
  return json({ status, ready, parts, ...(isDegraded ? { degraded } : {}) }, ready ? 200 : 503);
}

const partOf = ({ database, isReady, state, reason }: RelayStatus): [string, string] => [
  database,
  isReady && reason === undefined ? 'ready' : [state, reason].filter(Boolean).join(', '),
];
