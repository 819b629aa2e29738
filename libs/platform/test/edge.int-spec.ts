import { type AddressInfo, createServer } from 'node:net';
import { Public } from '@ftgo/security';
import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { afterEach, describe, expect, it } from 'vitest';
import { Allow } from '../src/access/roles.js';
import { type CreateServiceOptions, createService } from '../src/service/create-service.js';

@Public()
@Controller('dishes')
class DishController {
  @Get()
  findDishes() {
    return [];
  }
}

@Allow('operator')
@Controller('operations')
class OperationsController {
  @Get('facts')
  facts() {
    return [];
  }
}

@Module({ controllers: [DishController, OperationsController] })
class Dishes {}

let app: NestFastifyApplication;
afterEach(() => app?.close());

async function serve(options: Partial<CreateServiceOptions> = {}): Promise<void> {
  app = await createService(Dishes, { name: 'dishes', logLevel: 'silent', ...options });
  await app.init();
}

const get = (url: string, remoteAddress = '203.0.113.7', headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, remoteAddress, headers });

const statusOf = async (...args: Parameters<typeof get>) => (await get(...args)).statusCode;

describe('a limit of two requests a minute', () => {
  it('rejects the third one of an address with 429 and the time to wait, and lets other addresses continue', async () => {
    await serve({ rateLimitPerMinute: 2 });
    const first = await get('/dishes');
    expect(first.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': '1', 'ratelimit-reset': '60' });
    await get('/dishes');
    const { statusCode, headers, payload } = await get('/dishes');
    expect(statusCode).toBe(429);
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'ratelimit-remaining': '0' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(payload)).toMatchObject({ status: 429, code: 'RATE_LIMITED', title: 'Too Many Requests' });
    expect(await statusOf('/dishes', '203.0.113.8')).toBe(200);
  });

  it('counts an IPv6 network as one client', async () => {
    await serve({ rateLimitPerMinute: 2 });
    const addresses = ['2001:db8::1', '2001:db8::ffff', '2001:db8::2', '2001:db8:0:1::1'];
    const statuses = [];
    for (const address of addresses) statuses.push(await statusOf('/dishes', address));
    expect(statuses).toEqual([200, 200, 429, 200]);
  });

  it('ignores X-Forwarded-For unless a trusted proxy sends it', async () => {
    await serve({ rateLimitPerMinute: 1, trustedProxies: ['10.0.0.0/8'] });
    const forwarded = (client: string, sender: string) => statusOf('/dishes', sender, { 'x-forwarded-for': client });
    expect([await forwarded('198.51.100.1', '203.0.113.7'), await forwarded('198.51.100.2', '203.0.113.7')]).toEqual([200, 429]);
    expect([await forwarded('198.51.100.3', '10.1.2.3'), await forwarded('198.51.100.4', '10.1.2.3')]).toEqual([200, 200]);
    expect(await forwarded('198.51.100.3', '10.9.9.9')).toBe(429);
  });

  it('does not count probes', async () => {
    await serve({ rateLimitPerMinute: 1 });
    for (const path of ['/health/live', '/health/ready', '/metrics', '/dishes']) expect(await statusOf(path)).toBe(200);
  });
});

describe('the OpenAPI document', () => {
  const documented = async () => {
    const { paths, components } = (await get('/openapi.json')).json<OpenAPIObject>();
    return [paths['/dishes']?.get?.responses['429'], components?.responses?.['TooManyRequests']];
  };

  it('describes 429 with its problem and Retry-After if the service has a limit, even one that is off', async () => {
    await serve({ rateLimitPerMinute: 0 });
    const body = { example: { status: 429, code: 'RATE_LIMITED', detail: 'more than 600 requests in a minute; retry after 12 s' } };
    expect(await documented()).toMatchObject([
      { $ref: '#/components/responses/TooManyRequests' },
      { headers: { 'Retry-After': {} }, content: { 'application/problem+json': body } },
    ]);
  });

  it('does not describe 429 for a service without a limit', async () => {
    await serve();
    expect(await documented()).toEqual([undefined, undefined]);
  });
});

it('without a limit, no response has a RateLimit header', async () => {
  await serve();
  expect(Object.keys((await get('/dishes')).headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
});

describe('Swagger UI', () => {
  it('runs only scripts and styles of its own origin, and no inline script', async () => {
    await serve();
    const { headers, payload } = await get('/swagger-ui/index.html');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
    expect(headers['content-security-policy']).toMatch(/(^|;)script-src 'self';/);
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(payload).not.toMatch(/<script>/);
    for (const [, script] of payload.matchAll(/(?:src|href)="([^"]+)"/g)) expect(await statusOf(`/swagger-ui/${script}`)).toBe(200);
    expect((await get('/swagger-ui/start.js')).payload).toContain("url: '../openapi.json'");
  });

  it('and /openapi.json are not served if they are turned off', async () => {
    await serve({ apiDocs: 'off' });
    for (const path of ['/swagger-ui/index.html', '/swagger-ui', '/openapi.json']) expect(await statusOf(path)).toBe(404);
    expect(await statusOf('/dishes')).toBe(200);
  });
});

it('a response that is not a page has none of these headers', async () => {
  await serve();
  expect((await get('/dishes')).headers).not.toHaveProperty('content-security-policy');
});

const management = [
  '/health/live',
  '/health/ready',
  '/actuator/health',
  '/metrics',
  '/openapi.json',
  '/swagger-ui/index.html',
  '/operations/facts',
];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a management port', () => {
  const fetched = async (port: number, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;

  it('serves what operators and probes use; the port of the service no longer does, however the path is spelled', async () => {
    const port = await freePort();
    await serve({ managementPort: port });
    await app.listen(0, '127.0.0.1');
    const appPort = (app.getHttpServer().address() as AddressInfo).port;
    for (const path of management) expect([path, await fetched(port, path), await fetched(appPort, path)]).toEqual([path, 200, 404]);
    for (const path of ['/%6detrics', '/metrics/', '/operations%2ffacts', '/actuator/prometheus']) {
      expect([path, await fetched(appPort, path)]).toEqual([path, 404]);
    }
    expect([await fetched(appPort, '/dishes'), await fetched(port, '/dishes')]).toEqual([200, 404]);
  });

  it('needs an access token for all but health and metrics, which monitoring systems read', async () => {
    const port = await freePort();
    await serve({ managementPort: port, security: { issuer: 'http://127.0.0.1:1', audience: 'ftgo' } });
    await app.listen(0, '127.0.0.1');
    const open = ['/health/live', '/health/ready', '/actuator/health', '/metrics', '/actuator/prometheus'];
    for (const path of open) expect([path, await fetched(port, path)]).toEqual([path, 200]);
    for (const path of ['/openapi.json', '/swagger-ui/index.html', '/operations/facts'])
      expect([path, await fetched(port, path)]).toEqual([path, 401]);
  });

  it('is closed when the service has stopped', async () => {
    const port = await freePort();
    await serve({ managementPort: port });
    await app.listen(0, '127.0.0.1');
    await app.close();
    await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
  });

  it('that is in use keeps the service from starting', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const starting = serve({ managementPort: port }).then(() => app.listen(0, '127.0.0.1'));
    await expect(starting).rejects.toThrow('EADDRINUSE');
    taken.close();
  });
});

it('without a management port, the port of the service serves everything', async () => {
  await serve();
  for (const path of [...management, '/dishes']) expect([path, await statusOf(path)]).toEqual([path, 200]);
});
