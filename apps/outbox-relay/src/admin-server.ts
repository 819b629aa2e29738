import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { RelayStatus } from '@ftgo/messaging/relay';
import type { Registry } from 'prom-client';
import { z } from 'zod';

export interface AdminServerOptions {
  readonly relay: {
    readonly statuses: readonly RelayStatus[];
    readonly isReady: boolean;
    skip(database: string, skip: { messageId: string; reason: string; by: string }): Promise<boolean>;
  };
  readonly metrics: Registry;
  readonly isStopping: () => boolean;
}

/** Health, metrics, and an operator's last resort. Plain HTTP: a few routes need no framework, and the process stays small. */
export function adminServer(options: AdminServerOptions): Server {
  return createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      response.writeHead(500).end();
      process.emitWarning(`a request failed: ${String(error)}`);
    });
  });
}

async function answer(options: AdminServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { relay, metrics } = options;
  // A slash at the end makes no other resource, as at the services.
  const path = request.url?.split('?', 1)[0]?.replace(/(?<=.)\/$/, '');
  if (request.method === 'POST' && path === '/relay/skip') return skip(relay, request, response);
  if (request.method !== 'GET') return problem(response, 405, 'Method Not Allowed');
  if (path === '/health/live') return json(response, 200, { status: 'up' });
  if (path === '/health/ready') return readiness(options, response, { ready: 'up', not: 'down' });
  // In Spring Boot's words, for scripts that wait for the book's application.
  if (path === '/actuator/health') return readiness(options, response, { ready: 'UP', not: 'DOWN' });
  if (path === '/relay') return json(response, 200, relay.statuses);
  if (path !== '/metrics' && path !== '/actuator/prometheus') return problem(response, 404, 'Not Found');
  response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.metrics());
}

async function skip(relay: AdminServerOptions['relay'], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { success, data } = skipRequest.safeParse(parsed(await bodyOf(request)));
  if (!success) return problem(response, 400, 'Expected {"database", "id", "reason"}');
  const by = `operator at ${request.socket.remoteAddress ?? 'an unknown address'}`;
  if (!(await relay.skip(data.database, { messageId: data.id, reason: data.reason, by })))
    return problem(response, 404, `No database ${data.database} is relayed here`);
  json(response, 200, { skipped: data.id });
}

const skipRequest = z.object({ database: z.string().min(1), id: z.uuid(), reason: z.string().min(1) });
const largestBody = 10_000;

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > largestBody) return '';
  }
  return body;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** In the form that the services have: the relay's parts are its databases. */
function readiness(
  { relay, isStopping }: AdminServerOptions,
  response: ServerResponse,
  words: { readonly ready: string; readonly not: string },
): void {
  const ready = relay.isReady && !isStopping();
  const parts = isStopping() ? { service: 'stopping' } : Object.fromEntries(relay.statuses.map(partOf));
  json(response, ready ? 200 : 503, { status: ready ? words.ready : words.not, ready, parts });
}

const partOf = ({ database, isReady, state, reason }: RelayStatus): [string, string] => [
  database,
  isReady ? 'ready' : [state, reason].filter(Boolean).join(', '),
];

function json(response: ServerResponse, status: number, body: unknown, contentType = 'application/json'): void {
  response.writeHead(status, { 'content-type': contentType }).end(JSON.stringify(body));
}

const problem = (response: ServerResponse, status: number, title: string): void =>
  json(response, status, { type: 'about:blank', title, status }, 'application/problem+json');
