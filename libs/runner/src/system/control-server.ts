import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { explain, UserError } from '../user-error.js';
import type { System } from './system.js';

/** Lets `npm run ftgo` control the running system, through a socket that only this user can open. */
export async function serveControl(system: System): Promise<Server> {
  const socket = system.home.controlSocket;
  rmSync(socket, { force: true });
  const server = createServer((request, response) => {
    answer(system, request)
      .then((body) => response.end(JSON.stringify(body ?? {})))
      .catch((error: unknown) => {
        response.statusCode = error instanceof UserError ? 409 : 500;
        response.end(JSON.stringify({ error: explain(error) }));
      });
  });
  const mask = process.umask(0o077);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve));
  process.umask(mask);
  chmodSync(socket, 0o600);
  server.unref();
  return server;
}

async function answer(system: System, request: IncomingMessage): Promise<unknown> {
  const url = new URL(request.url ?? '/', 'http://control');
  if (url.pathname === '/ps') return { processes: await processesOf(system) };
  if (url.pathname === '/system') return system.describe();
  const [, name = '', action = ''] = url.pathname.split('/');
  if (request.method !== 'POST') throw new UserError(`unknown request ${url.pathname}`);
  const isHard = url.searchParams.get('signal') === 'SIGKILL';
  const acts: Record<string, () => Promise<void>> = {
    stop: () => system.supervisor.stop(name, isHard),
    kill: () => system.supervisor.kill(name),
    start: async () => system.startProcess(name, await environmentIn(request)),
  };
  const act = acts[action];
  if (!act) throw new UserError(`unknown request ${url.pathname}`);
  return act();
}

async function processesOf(system: System) {
  const endpoints = new Map(system.endpoints().map((endpoint) => [endpoint.name, endpoint]));
  return (await system.status()).map((status) => ({ ...endpoints.get(status.name), ...status }));
}

async function environmentIn(request: IncomingMessage): Promise<NodeJS.ProcessEnv> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text ? ((JSON.parse(text) as { environment?: NodeJS.ProcessEnv }).environment ?? {}) : {};
}
