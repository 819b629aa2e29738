import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '@ftgo/testing';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { createService } from '../src/index.js';
import type { CreateServiceOptions } from '../src/service/create-service.js';

const dishBytes = 32 * 1024 * 1024;

@Controller('dishes')
class DishController {
  @Get()
  all(): string {
    return 'x'.repeat(dishBytes);
  }

  @Post()
  cook(): { cooked: boolean } {
    return { cooked: true };
  }
}

@Module({ controllers: [DishController] })
class KitchenModule {}

const cleanUps: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function kitchen(limits: NonNullable<CreateServiceOptions['limits']>) {
  const app = await createService(KitchenModule, { name: 'kitchen', logLevel: 'silent', limits });
  await app.listen({ port: 0, host: '127.0.0.1' });
  cleanUps.push(() => app.close());
  const server = app.getHttpServer();
  const { port } = server.address() as { port: number };
  const openConnections = () =>
    new Promise<number>((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
  return { port, url: `http://127.0.0.1:${port}`, openConnections };
}

interface Connection {
  readonly socket: Socket;
  /** Everything received until the server closed the connection. */
  readonly ended: Promise<string>;
}

function connection(port: number, bytes = ''): Connection {
  const socket = connect(port, '127.0.0.1');
  cleanUps.push(() => void socket.destroy());
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  socket.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  if (bytes) socket.write(bytes);
  return { socket, ended };
}

const post = 'POST /dishes HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n';
const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;

describe('a service limits', () => {
  it('the time for a request to arrive: 200 that stop after one byte of the body get 408', async () => {
    const { port, url } = await kitchen({ httpRequestTimeoutMs: 500 });
    const stuck = Array.from({ length: 200 }, () => connection(port, `${post}{`));
    const answers = await Promise.all(stuck.map(({ ended }) => ended));
    expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 408 '))).toHaveLength(200);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it.each([
    ['half a head', 'GET /dishes HTTP/1.1\r\nho'],
    ['nothing', ''],
  ])('the time for the head of a request to arrive: %s gets 408', async (_what, bytes) => {
    const { port } = await kitchen({ httpHeadersTimeoutMs: 300 });
    expect(await connection(port, bytes).ended).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('the idle time of a connection between two requests', async () => {
    const { port } = await kitchen({ httpKeepAliveTimeoutMs: 100 });
    expect(await connection(port, get('/health/live')).ended).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('the time for a client to read a response', async () => {
    const { port, openConnections } = await kitchen({ httpResponseTimeoutMs: 300 });
    const { socket, ended } = connection(port, get('/dishes'));
    await once(socket, 'data');
    socket.pause();
    await eventually(async () => expect(await openConnections()).toBe(0));
    // Bytes in the buffers of the operating system can still be read.
    socket.resume();
    expect((await ended).length).toBeLessThan(dishBytes);
  });

  it('the number of open connections', async () => {
    const { port } = await kitchen({ httpMaxConnections: 2 });
    const [first, second] = [connection(port), connection(port)];
    await Promise.all([first, second].map(({ socket }) => once(socket, 'connect')));
    expect(await connection(port, get('/health/live')).ended).toBe('');
    first.socket.destroy();
    await eventually(async () => {
      const answered = connection(port, get('/health/live'));
      expect(String((await Promise.race([once(answered.socket, 'data'), answered.ended.then(() => '')]))[0])).toContain(' 200 ');
    });
  });

  it('its load: beyond it requests get 503 and Retry-After, except health checks', async () => {
    const { url } = await kitchen({ overloadEventLoopDelayMs: 5 });
    let busy = true;
    const work = (): void => {
      const until = performance.now() + 50;
      while (performance.now() < until);
      if (busy) setImmediate(work);
    };
    cleanUps.push(() => void (busy = false));
    work();
    const refused = await eventually(async () => {
      const response = await fetch(`${url}/dishes`, { method: 'POST' });
      expect(response.status).toBe(503);
      return response;
    });
    expect([refused.headers.get('retry-after'), refused.headers.get('content-type')]).toEqual([
      '1',
      expect.stringContaining('application/problem+json'),
    ]);
    expect(await refused.json()).toMatchObject({
      code: 'OVERLOADED',
      detail: 'overloaded: event loop delay exceeds its limit; retry later',
    });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/http_server_requests_refused_total\{reason="event loop delay"\} [1-9]/);
    busy = false;
    await eventually(async () => expect((await fetch(`${url}/dishes`, { method: 'POST' })).status).toBe(200));
  });

  it('the number of requests per connection', async () => {
    const { port } = await kitchen({ httpMaxRequestsPerConnection: 2 });
    const { socket, ended } = connection(port, get('/health/live'));
    await once(socket, 'data');
    socket.write(get('/health/live'));
    expect((await ended).match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  });
});
