import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { OrderServiceApi } from '@ftgo/contracts/order';
import { eventually } from '@ftgo/testing';
import { Client, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import { afterEach, describe, expect, it } from 'vitest';
import { grpcProxy } from '../src/index.js';
import { startOrderService } from './order-service.fixture.js';

class OrderServiceProxy extends grpcProxy(OrderServiceApi) {}

const root = new URL('../../../', import.meta.url).pathname;
const fromSource = ['--import', './tools/swc-hooks.mjs', '--conditions=@ftgo/source', 'libs/rpc/test/stopping-service.main.ts'];

const cleanUps: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

interface Service {
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Resolves when the service has work in progress. */
  inProgress(what: 'call' | 'request'): Promise<void>;
  /** Sends SIGTERM; resolves to the exit code and the time between the last response and the exit. */
  stop(lastAnswer?: Promise<unknown>): Promise<{ code: number; lateMs: number }>;
}

async function startService(environment: Record<string, string> = {}): Promise<Service> {
  const [httpPort, grpcPort] = await Promise.all([freePort(), freePort()]);
  const env = { PATH: process.env.PATH, FTGO_HTTP_PORT: String(httpPort), FTGO_GRPC_PORT: String(grpcPort), ...environment };
  const child: ChildProcess = spawn(process.execPath, fromSource, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUps.push(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout?.on('data', (chunk) => (output += String(chunk)));
  const says = (what: string) => eventually(() => expect(output).toContain(`"msg":"${what}"`));
  await says('up');
  const stop = async (lastAnswer: Promise<unknown> = Promise.resolve()) => {
    const exit = once(child, 'exit') as Promise<[number]>;
    child.kill('SIGTERM');
    await says('stopping');
    await lastAnswer;
    const answeredAt = performance.now();
    const [code] = await exit;
    return { code, lateMs: performance.now() - answeredAt };
  };
  return { httpPort, grpcPort, inProgress: (what) => says(`${what} in progress`), stop };
}

/** A connection that sends only this. */
async function sending(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  cleanUps.push(() => void socket.destroy());
  await once(socket, 'connect');
  if (bytes) await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  return socket;
}

function proxyOf(port: number): OrderServiceProxy {
  const proxy = new OrderServiceProxy({ url: `127.0.0.1:${port}`, deadlineMs: 10_000 });
  cleanUps.push(() => proxy.onApplicationShutdown());
  return proxy;
}

const halfABody = 'POST /bodies HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{';
const keptAlive = 'GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n';
/** Far below the limit for the whole stop, far above what a busy machine needs. */
const soon = 2_500;

describe('a service that is asked to stop', () => {
  it.each([
    ['that sends nothing', ''],
    ['with half a header', 'GET /slow HTTP/1.1\r\nho'],
    ['with half a body', halfABody],
    ['that is kept alive', keptAlive],
  ])('finishes the calls in progress and exits, whatever keeps a connection open: one %s', async (_what, bytes) => {
    const service = await startService();
    await Promise.all([sending(service.httpPort, bytes), sending(service.grpcPort, '')]);
    const request = fetch(`http://127.0.0.1:${service.httpPort}/slow`).then((response) => response.json());
    const call = proxyOf(service.grpcPort).getOrder({ orderId: 17 });
    await Promise.all([service.inProgress('request'), service.inProgress('call')]);
    const { code, lateMs } = await service.stop(Promise.all([request, call]));
    expect([code, await request, (await call).order.orderId]).toEqual([0, { done: true }, 17]);
    expect(lateMs).toBeLessThan(soon);
  });

  it('exits while a client watches its health', async () => {
    const service = await startService();
    const watch = watchHealth(service.grpcPort);
    expect(await watch.next()).toBe('SERVING');
    const call = proxyOf(service.grpcPort).getOrder({ orderId: 17 });
    await service.inProgress('call');
    const { code, lateMs } = await service.stop(call);
    expect([code, (await call).order.orderId]).toEqual([0, 17]);
    expect(lateMs).toBeLessThan(soon);
  });

  it('can still call other services for the requests in progress', async () => {
    const peer = await startOrderService({});
    cleanUps.push(() => peer.close());
    const service = await startService({ FTGO_ORDER_GRPC_URL: peer.url });
    const request = fetch(`http://127.0.0.1:${service.httpPort}/composed`).then((response) => response.json());
    await service.inProgress('request');
    expect((await service.stop(request)).code).toBe(0);
    expect(await request).toEqual({ orderId: 17 });
  });

  it('asks the client of an incomplete request to send it again', async () => {
    const service = await startService();
    const socket = await sending(service.httpPort, halfABody);
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    await eventually(async () => expect((await fetch(`http://127.0.0.1:${service.httpPort}/health/live`)).status).toBe(200));
    expect((await service.stop(once(socket, 'close'))).code).toBe(0);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('accepts a request whose bytes were in flight', async () => {
    const service = await startService();
    const body = JSON.stringify({ size: 'small' });
    const head = `POST /bodies HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    const socket = await sending(service.httpPort, head);
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    const slow = fetch(`http://127.0.0.1:${service.httpPort}/slow`);
    await service.inProgress('request');
    const stopped = service.stop(slow);
    socket.write(body);
    expect((await stopped).code).toBe(0);
    expect(answer).toContain('{"taken":true}');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

interface HealthClient extends Client {
  watch(request: object): NodeJS.ReadableStream & { on(event: 'data', heard: (answer: { status: string }) => void): void };
}

/** The health updates that a watcher receives, one after the other. */
function watchHealth(port: number): { next(): Promise<string | undefined> } {
  const definition = loadPackageDefinition(loadSync(healthProtoPath, { enums: String })) as never as {
    grpc: { health: { v1: { Health: new (url: string, credentials: unknown) => HealthClient } } };
  };
  const client = new definition.grpc.health.v1.Health(`127.0.0.1:${port}`, credentials.createInsecure());
  cleanUps.push(() => client.close());
  const heard: string[] = [];
  const stream = client.watch({ service: '' });
  stream.on('data', ({ status }) => heard.push(status));
  stream.on('error', () => undefined);
  return { next: () => eventually(() => heard.shift() ?? expect.fail('nothing received yet')) };
}
