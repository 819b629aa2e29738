import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { eventually, startPostgres, type TestDatabase, testDatabase } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url).pathname;
const arguments_ = ['--import', './tools/swc-hooks.mjs', '--conditions=@ftgo/source', 'libs/platform/test/kitchen-sink.main.ts'];

interface Service {
  readonly process: ChildProcess;
  output(): string;
  exit: Promise<number | null>;
}

/** Each on a connection of its own: the service may close one that is idle while a request is sent on it. */
const get = (url: string): Promise<Response> => fetch(url, { headers: { connection: 'close' } });

describe('a service process', () => {
  let server: TestDatabase;
  const running: Service[] = [];

  beforeAll(async () => {
    server = await testDatabase();
  });
  afterEach(() => {
    for (const { process: child } of running.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => server.drop());

  function start(environment: Record<string, string> = {}): Service {
    const env = { PATH: process.env.PATH, FTGO_HTTP_PORT: '0', FTGO_DATABASE_URL: server.url, ...environment };
    const child = spawn(process.execPath, arguments_, { cwd: root, env });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    const exit = once(child, 'exit').then(([code]) => code as number | null);
    const service = { process: child, output: () => output, exit };
    running.push(service);
    return service;
  }

  const urlOf = (service: Service): Promise<string> =>
    eventually(() => {
      const line = service
        .output()
        .split('\n')
        .find((text) => text.includes('"msg":"up"'));
      if (!line) throw new Error(service.output());
      return (JSON.parse(line) as { url: string }).url;
    });

  it('finishes work in progress when asked to stop, and accepts nothing more', async () => {
    const service = start();
    const url = await urlOf(service);
    const inHand = get(`${url}/slow`);
    await eventually(async () => expect((await get(`${url}/metrics`)).status).toBe(200));
    service.process.kill('SIGTERM');
    expect(await (await inHand).json()).toEqual({ done: true });
    expect(await service.exit).toBe(0);
    await expect(get(`${url}/health/live`)).rejects.toThrow();
    expect(service.output()).toContain('"signal":"SIGTERM","msg":"stopping"');
  });

  it.each(['FTGO_HTTP_PORT', 'FTGO_MANAGEMENT_PORT'])('reports in one line that its port is in use, and to set %s', async (variable) => {
    const taken: Server = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const service = start({ [variable]: String(port) });
    expect(await service.exit).toBe(1);
    taken.close();
    expect(
      service
        .output()
        .split('\n')
        .filter((line) => line.startsWith('slow-service:')),
    ).toEqual([`slow-service: port ${port} on 127.0.0.1 is already in use; stop the process that uses it, or set ${variable}`]);
  });

  it('lists everything that is missing in its environment', async () => {
    const service = start({ FTGO_HTTP_PORT: 'x', FTGO_DATABASE_URL: '' });
    expect(await service.exit).toBe(1);
    expect(service.output()).toContain('FTGO_HTTP_PORT is invalid');
    expect(service.output()).toContain('FTGO_DATABASE_URL is missing');
    expect(service.output()).not.toContain('    at ');
  });

  it('survives its database: is not ready, returns 503, and recovers when the database is back', async () => {
    const own = await startPostgres();
    const database = await testDatabase({ server: own });
    const service = start({ FTGO_DATABASE_URL: database.url });
    const url = await urlOf(service);
    expect((await get(`${url}/slow`)).status).toBe(200);
    const cutOff = get(`${url}/slow`);
    await own.kill();
    expect((await cutOff).status).toBe(503);
    const unavailable = await get(`${url}/slow`);
    expect([unavailable.status, unavailable.headers.get('retry-after'), ((await unavailable.json()) as { code: string }).code]).toEqual([
      503,
      '1',
      'DEPENDENCY_UNAVAILABLE',
    ]);
    expect((await get(`${url}/health/ready`)).status).toBe(503);
    expect((await get(`${url}/health/live`)).status).toBe(200);
    await own.start();
    await eventually(async () => expect((await get(`${url}/slow`)).status).toBe(200));
    expect((await get(`${url}/health/ready`)).status).toBe(200);
    expect(service.process.exitCode).toBeNull();
    await own.stop();
  });

  it('waits for a database that does not exist yet', async () => {
    const own = await startPostgres();
    const database = await testDatabase({ server: own });
    await own.kill();
    const service = start({ FTGO_DATABASE_URL: database.url });
    await eventually(() => expect(service.output()).toContain('database is unusable'));
    await own.start();
    expect((await get(`${await urlOf(service)}/slow`)).status).toBe(200);
    await own.stop();
  });
});
