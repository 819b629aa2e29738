import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { RelayStatus } from '@ftgo/messaging/relay';
import type { Registry } from 'prom-client';

export interface AdminServerOptions {
  readonly relay: { readonly statuses: readonly RelayStatus[]; readonly isReady: boolean };
  readonly metrics: Registry;
  readonly isStopping: () => boolean;
}

/** Health and metrics. Plain HTTP: three routes need no framework, and the process stays small. */
export function adminServer(options: AdminServerOptions): Server {
  return createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      response.writeHead(500).end();
      process.emitWarning(`a request failed: ${String(error)}`);
    });
  });
}

async function answer(
  { relay, metrics, isStopping }: AdminServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (request.method !== 'GET') return problem(response, 405, 'Method Not Allowed');
  if (path === '/health/live') return json(response, 200, { status: 'up' });
  if (path === '/health/ready') {
    const isReady = relay.isReady && !isStopping();
    return json(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready', databases: relay.statuses.map(summary) });
  }
  if (path === '/relay') return json(response, 200, relay.statuses);
  if (path !== '/metrics') return problem(response, 404, 'Not Found');
  response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.metrics());
}

const summary = ({ database, state, reason }: RelayStatus) => ({ database, state, reason });

function json(response: ServerResponse, status: number, body: unknown, contentType = 'application/json'): void {
  response.writeHead(status, { 'content-type': contentType }).end(JSON.stringify(body));
}

const problem = (response: ServerResponse, status: number, title: string): void =>
  json(response, status, { type: 'about:blank', title, status }, 'application/problem+json');
