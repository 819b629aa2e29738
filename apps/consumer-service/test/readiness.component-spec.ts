import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConsumerServiceApi } from '@ftgo/contracts/consumer';
import { runMigrations } from '@ftgo/platform';
import { grpcClient } from '@ftgo/rpc';
import {
  brokerEnvironmentOf,
  eventually,
  type OwnBroker,
  type OwnPostgres,
  startBroker,
  startPostgres,
  type TestDatabase,
  testDatabase,
} from '@ftgo/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../src/migrations/migrations.js';

/** Runs the service as a separate process, on a broker and a Postgres that can be killed. */
describe('the readiness of a service', () => {
  let broker: OwnBroker;
  let postgres: OwnPostgres;
  let database: TestDatabase;
  let service: ChildProcess;
  let url: string;
  let grpcUrl: string;
  let output = '';

  beforeAll(async () => {
    [broker, postgres] = await Promise.all([startBroker(), startPostgres()]);
    database = await testDatabase({ server: postgres });
    await runMigrations(database.url, migrations, { print: () => {} });
    // The service has to start without the broker.
    await broker.kill();
    const [http, grpc] = [await freePort(), await freePort()];
    [url, grpcUrl] = [`http://127.0.0.1:${http}`, `127.0.0.1:${grpc}`];
    const env = {
      FTGO_HTTP_PORT: String(http),
      FTGO_GRPC_PORT: String(grpc),
      FTGO_DATABASE_URL: database.url,
      ...brokerEnvironmentOf(broker.access),
      FTGO_LOG_LEVEL: 'info',
    };
    service = spawn(process.execPath, fromSource, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    service.stdout?.on('data', (chunk) => (output += String(chunk)));
    await eventually(() => health(), { timeoutMs: 60_000 });
  });

  afterAll(async () => {
    service?.kill('SIGKILL');
    await Promise.all([broker.stop(), postgres.stop()]);
  });

  const health = async () => {
    const response = await fetch(`${url}/health/ready`);
    return [response.status, await response.json()] as [number, { status: string; parts: Record<string, string>; degraded?: object }];
  };
  const until = (expected: unknown) => eventually(async () => expect(await health()).toEqual(expected), { timeoutMs: 60_000 });
  const up = [200, { status: 'up', ready: true, parts: { database: 'ready', messaging: 'ready', outbox: 'ready' } }];
  const degraded = (part: string, cause: RegExp) => {
    const because = expect.stringMatching(cause) as unknown;
    const parts = { database: 'ready', messaging: 'ready', outbox: 'ready', [part]: because };
    return [200, { status: 'degraded', ready: true, parts, degraded: { [part]: because } }];
  };
  const createConsumer = () =>
    fetch(`${url}/consumers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: { firstName: 'Ada', lastName: 'Lovelace' } }),
    });
  const logged = (message: string, part: string) =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { msg: string; part?: string; reason?: string })
      .filter((line) => line.msg === message && line.part === part);
  const metric = async (name: string) =>
    (await (await fetch(`${url}/metrics`)).text()).split('\n').find((line) => line.startsWith(`${name} `));
  const inDatabase = async (statement: string) => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };

  it('is degraded while the broker is unreachable: serves requests and reports the cause', async () => {
    await until(degraded('messaging', /^consuming has not started: .*127\.0\.0\.1/));
    expect((await createConsumer()).status).toBe(200);
    const grpc = grpcClient(ConsumerServiceApi, { url: grpcUrl, deadlineMs: 3_000 });
    await grpc.calls.createConsumer({ name: { firstName: 'Ada', lastName: 'Lovelace' } });
    grpc.close();
    await eventually(() => expect(logged('service is degraded', 'messaging')).toHaveLength(1));
    expect(await metric('service_degraded{part="messaging"}')).toMatch(/ 1$/);
    expect(await metric('service_ready')).toMatch(/ 1$/);
    await broker.start();
    await until(up);
    await eventually(() => expect(logged('part of the service recovered', 'messaging')).toHaveLength(1));
    expect(await metric('service_degraded{part="messaging"}')).toMatch(/ 0$/);
    await broker.kill();
    await until(degraded('messaging', /^the broker is unreachable/));
    expect((await createConsumer()).status).toBe(200);
    await broker.start();
    await until(up);
  });

  it('is degraded while no relay publishes its messages', async () => {
    await inDatabase(`INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, updated_at)
      VALUES ('outbox', '0/0', pg_current_snapshot(), '1', now() - interval '1 min')`);
    await until(degraded('outbox', /^messages are not published: no relay has read this database/));
    expect((await createConsumer()).status).toBe(200);
    await inDatabase('DELETE FROM relay_checkpoint');
    await until(up);
  });

  it('is not ready while its database is unreachable', async () => {
    await postgres.kill();
    const database = expect.stringMatching(/^cannot connect: nothing is listening on 127\.0\.0\.1:\d+; /) as unknown;
    await eventually(async () => expect(await health()).toMatchObject([503, { status: 'down', ready: false, parts: { database } }]), {
      timeoutMs: 60_000,
    });
    expect((await createConsumer()).status).toBe(503);
    await eventually(() => expect(logged('service is not ready', 'database')).toHaveLength(1));
    await postgres.start();
    await until(up);
  });
});

const path = (file: string) => new URL(file, import.meta.url);
const fromSource = ['--import', path('../../../tools/swc-hooks.mjs').href, '--conditions=@ftgo/source', path('../src/main.ts').pathname];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
