import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messagingSchema } from '@ftgo/messaging';
import {
  type BrokerAt,
  brokerEnvironmentOf,
  createTopic,
  eventually,
  noSecuredKafka,
  readTopic,
  startBroker,
  startSecuredKafka,
  type TestDatabase,
  testBroker,
  testDatabase,
  uniqueName,
} from '@ftgo/testing';
import { Client } from 'pg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

const why = noSecuredKafka();

describe('the relay process', () => {
  const databases: TestDatabase[] = [];
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(databases.splice(0).map((database) => database.drop()));
  });

  it.each(['wal', 'polling'])(
    'starts by %s before the database is migrated, publishes once it is, and stops within five seconds',
    async (source) => {
      const broker = await testBroker();
      const database = await newDatabase();
      const relay = await startRelay({ broker, urls: [database.relayUrl], source });
      await eventually(async () =>
        expect(await relay.readiness()).toEqual({
          status: 503,
          body: { status: 'down', ready: false, parts: { [database.name]: expect.stringMatching(/^\w+, .*migrations/) as unknown } },
        }),
      );
      expect((await fetch(`${relay.url}/health/live`)).status).toBe(200);
      await migrate(database);
      const ready = { status: 200, body: { status: 'up', ready: true, parts: { [database.name]: 'ready' } } };
      await eventually(async () => expect(await relay.readiness()).toEqual(ready));
      const topic = uniqueName('topic');
      await createTopic(broker, topic);
      const reader = await readTopic(broker, topic);
      await insert(database, topic);
      const [record] = await reader.take(1);
      await reader.close();
      expect(record).toMatchObject({
        key: 'order-1',
        headers: { ce_specversion: '1.0', ce_type: 'shop.v1.OrderPlaced', 'content-type': 'application/json' },
      });
      const metrics = await (await fetch(`${relay.url}/metrics`)).text();
      expect(metrics).toContain(`relay_leader{database="${database.name}"} 1`);
      expect(await relay.sources()).toEqual([source]);
      expect(metrics).toContain(`relay_published_total{database="${database.name}"} 1`);
      relay.child.kill('SIGTERM');
      const [code] = (await once(relay.child, 'exit')) as [number];
      expect(code).toBe(0);
    },
  );

  it('responds at the paths of the book’s application, with or without a trailing slash', async () => {
    const broker = await testBroker();
    const database = await newDatabase();
    await migrate(database);
    const relay = await startRelay({ broker, urls: [database.relayUrl] });
    await eventually(async () => expect(await relay.states()).toEqual(['leading']));
    const ready = (await relay.readiness()).body;
    for (const path of ['/actuator/health', '/actuator/health/']) {
      const health = await fetch(`${relay.url}${path}`);
      expect([health.status, health.headers.get('content-type'), await health.json()]).toEqual([
        200,
        'application/json',
        { ...ready, status: 'UP' },
      ]);
    }
    expect(await (await fetch(`${relay.url}/actuator/prometheus`)).text()).toContain(`relay_leader{database="${database.name}"} 1`);
    expect((await fetch(`${relay.url}/relay/`)).status).toBe(200);
  });

  it('keeps running while a database or the broker is unreachable, and reports the cause', async () => {
    const own = await startBroker();
    const database = await newDatabase();
    await migrate(database);
    const missing = database.relayUrl.replace(database.name, 'no_such_database');
    const relay = await startRelay({ broker: own.access, urls: [database.relayUrl, missing] });
    await eventually(async () => expect(await relay.states()).toEqual(['leading', 'waiting']));
    await own.kill();
    await insert(database, 'any');
    await eventually(async () => expect(await relay.states()).toEqual(['waiting', 'waiting']), { timeoutMs: 60_000 });
    expect((await fetch(`${relay.url}/health/live`)).status).toBe(200);
    expect(relay.child.exitCode).toBeNull();
  });

  it("skips a rejected message at an operator's request", async () => {
    const broker = await testBroker();
    const database = await newDatabase();
    await migrate(database);
    const topic = uniqueName('topic');
    await createTopic(broker, topic);
    const relay = await startRelay({ broker, urls: [database.relayUrl] });
    await eventually(async () => expect(await relay.states()).toEqual(['leading']));
    const id = await insert(database, topic, { payloadBytes: 1_200_000 });
    await insert(database, topic);
    await eventually(async () => expect(await relay.states()).toEqual(['refused']));
    const skip = (body: object) =>
      fetch(`${relay.url}/operations/relay/skip`, { method: 'POST', headers: json, body: JSON.stringify(body) });
    expect((await skip({ database: database.name, id, by: 'ann' })).status).toBe(400);
    expect((await skip({ database: database.name, id, reason: 'too large' })).status).toBe(400);
    expect((await skip({ database: 'other', id, reason: 'too large', by: 'ann' })).status).toBe(404);
    expect((await skip({ database: database.name, id, reason: 'too large', by: 'ann' })).status).toBe(200);
    await eventually(async () => expect(await relay.states()).toEqual(['leading']));
    const reader = await readTopic(broker, topic);
    await reader.take(1);
    await reader.close();
    await inDatabase(database, async (client) => {
      const { rows } = await client.query('SELECT message_id, reason, skipped_by FROM relay_skip');
      expect(rows).toEqual([{ message_id: id, reason: 'too large', skipped_by: 'ann at 127.0.0.1' }]);
    });
    relay.child.kill('SIGKILL');
    await once(relay.child, 'exit');
    const next = await startRelay({ broker, urls: [database.relayUrl] });
    await eventually(async () => expect(await next.states()).toEqual(['leading']), { timeoutMs: 40_000 });
  });

  describe('the admin port', () => {
    let url = '';
    beforeAll(async () => {
      // Everything that the relay needs is unreachable; the port responds nevertheless.
      const relay = await startRelay({ broker: '127.0.0.1:1', urls: ['postgres://ftgo_relay@127.0.0.1:1/ftgo_order'], keep: true });
      ({ url } = relay);
      return () => void relay.child.kill('SIGKILL');
    });
    const problemOf = async (response: Response) => {
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      const { code, status } = (await response.json()) as { code: string; status: number };
      expect(status).toBe(response.status);
      return [status, code];
    };
    const skip = (headers: Record<string, string>, body = JSON.stringify({ database: 'ftgo_none', id: randomUUID(), reason: 'x' })) =>
      fetch(`${url}/relay/skip`, { method: 'POST', headers, body });

    it.each(['/health/live', '/health/ready', '/operations/relay', '/relay', '/metrics', '/actuator/health'])(
      'responds to HEAD %s as to GET, without the body',
      async (path) => {
        const [get, head] = [await fetch(`${url}${path}`), await fetch(`${url}${path}`, { method: 'HEAD' })];
        expect([head.status, head.headers.get('content-type')]).toEqual([get.status, get.headers.get('content-type')]);
        expect(await head.text()).toBe('');
      },
    );

    it('returns 405 with the allowed methods', async () => {
      const [deleted, read] = [await fetch(`${url}/relay`, { method: 'DELETE' }), await fetch(`${url}/relay/skip`)];
      expect([deleted.headers.get('allow'), await problemOf(deleted)]).toEqual(['GET, HEAD', [405, 'METHOD_NOT_ALLOWED']]);
      expect([read.headers.get('allow'), await problemOf(read)]).toEqual(['POST', [405, 'METHOD_NOT_ALLOWED']]);
      expect(await problemOf(await fetch(`${url}/elsewhere`))).toEqual([404, 'ROUTE_NOT_FOUND']);
    });

    it('skips only for a JSON body of at most 10,000 bytes', async () => {
      expect(await problemOf(await skip({ 'content-type': 'text/plain' }))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
      expect(await problemOf(await skip({ 'content-type': 'application/json' }, '{'))).toEqual([400, 'MALFORMED_REQUEST']);
      expect(await problemOf(await skip({ 'content-type': 'application/json' }, '{}'))).toEqual([400, 'VALIDATION_FAILED']);
      const long = JSON.stringify({ reason: 'x'.repeat(200_000) });
      expect(await problemOf(await skip({ 'content-type': 'application/json' }, long))).toEqual([413, 'BODY_TOO_LARGE']);
      expect(await problemOf(await skip({ 'content-type': 'application/json' }))).toEqual([404, 'DATABASE_NOT_RELAYED']);
    });

    it.each([
      ['of another origin', { origin: 'http://shop.example' }, 403],
      ['of another site, by its Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }, 403],
      ['under a rebound host name', { host: 'shop.example', origin: 'http://shop.example' }, 403],
      ['at its own address', { origin: 'own', 'sec-fetch-site': 'same-origin' }, 404],
    ])('rejects web pages except its own: one %s', async (_what, headers, status) => {
      const { host } = new URL(url);
      const given = { host, ...headers, 'content-type': 'application/json' };
      const sent = 'origin' in given && given.origin === 'own' ? { ...given, origin: `http://${host}` } : given;
      expect(await posted(`${url}/relay/skip`, sent, { database: 'ftgo_none', id: randomUUID(), reason: 'x' })).toBe(status);
    });
  });

  it('times out incomplete requests, and stops in spite of open connections', async () => {
    const relay = await startRelay({
      broker: '127.0.0.1:1',
      urls: ['postgres://ftgo_relay@127.0.0.1:1/ftgo_order'],
      requestTimeoutMs: 500,
    });
    const half = connect(Number(new URL(relay.url).port), '127.0.0.1');
    let answer = '';
    half.on('data', (chunk) => (answer += String(chunk)));
    half.write('POST /relay/skip HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');
    await once(half, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"REQUEST_TIMEOUT"/);
    const silent = connect(Number(new URL(relay.url).port), '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    relay.child.kill('SIGTERM');
    const [code] = (await once(relay.child, 'exit')) as [number];
    expect(code).toBe(0);
  });

  it('publishes only messages that the owner of a database may send, and rejects others with an alert', async () => {
    const broker = await testBroker();
    const database = await newDatabase();
    await migrate(database);
    for (const topic of ['ftgo.kitchen.events', 'ftgo.order.events']) await createTopic(broker, topic);
    const relay = await startRelay({ broker, urls: [database.relayUrl], services: `${database.name}=kitchen-service` });
    await eventually(async () => expect(await relay.states()).toEqual(['leading']));
    const reader = await readTopic(broker, 'ftgo.kitchen.events');
    const forged = await insert(database, 'ftgo.order.events', { source: '/order-service/orders/1' });
    const foreign = await insert(database, 'ftgo.kitchen.events', { source: '/order-service/orders/1' });
    const own = await insert(database, 'ftgo.kitchen.events', { source: '/kitchen-service/tickets/1' });
    await eventually(async () => expect((await reader.take(1))[0]?.headers).toMatchObject({ ce_id: own }));
    await reader.close();
    expect(await relay.states()).toEqual(['leading']);
    const metrics = await (await fetch(`${relay.url}/metrics`)).text();
    expect(metrics).toContain(`relay_rejected_total{database="${database.name}"} 2`);
    expect(metrics).toContain(`relay_alarms_total{database="${database.name}"} 2`);
    await inDatabase(database, async (client) =>
      eventually(async () => {
        const { rows } = await client.query('SELECT message_id, topic, skipped_by FROM relay_skip ORDER BY topic');
        expect(rows).toEqual([
          { message_id: foreign, topic: 'ftgo.kitchen.events', skipped_by: 'relay' },
          { message_id: forged, topic: 'ftgo.order.events', skipped_by: 'relay' },
        ]);
      }),
    );
  });

  it.skipIf(why)(
    `publishes each database as the user of its service, and waits while Kafka rejects one of them${why ? ` (${why})` : ''}`,
    async () => {
      const kafka = await startSecuredKafka();
      const passwords = mkdtempSync(join(tmpdir(), 'ftgo-passwords-'));
      const passwordOf = (service: string) => readFileSync(kafka.access(`${service}-relay`).sasl.passwordFile, 'utf8');
      writeFileSync(join(passwords, 'kitchen-service'), passwordOf('kitchen-service'));
      writeFileSync(join(passwords, 'order-service'), 'wrong');
      const [kitchen, order] = [await newDatabase(), await newDatabase()];
      const services = `${kitchen.name}=kitchen-service,${order.name}=order-service`;
      const env = {
        FTGO_KAFKA_TLS_CA_FILE: kafka.caFile,
        FTGO_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
        FTGO_KAFKA_USERNAME: '{service}-relay',
        FTGO_KAFKA_PASSWORD_FILE: join(passwords, '{service}'),
      };
      const topics = { kitchen: 'ftgo.kitchen.events', order: 'ftgo.order.events' };
      const admin = await kafka.client();
      await admin.ensureTopics(Object.values(topics).map((topic) => ({ topic, partitions: 1 })));
      await admin.close();
      for (const database of [kitchen, order]) await migrate(database);
      const relay = await startRelay({ broker: kafka.broker, urls: [kitchen.relayUrl, order.relayUrl], services, env });
      const [ofKitchen, ofOrder] = [await readTopic(kafka.broker, topics.kitchen), await readTopic(kafka.broker, topics.order)];
      const own = await insert(kitchen, topics.kitchen, { source: '/kitchen-service/tickets/1' });
      const waiting = await insert(order, topics.order, { source: '/order-service/orders/1' });
      await eventually(async () => expect((await ofKitchen.take(1))[0]?.headers).toMatchObject({ ce_id: own }));
      await eventually(async () => expect(await relay.states()).toEqual(['leading', 'misconfigured']));
      expect(JSON.stringify(await relay.readiness())).toContain(
        'Kafka rejects the credentials of user order-service-relay; check FTGO_KAFKA_USERNAME and FTGO_KAFKA_PASSWORD_FILE',
      );
      writeFileSync(join(passwords, 'order-service'), passwordOf('order-service'));
      await eventually(async () => expect((await ofOrder.take(1))[0]?.headers).toMatchObject({ ce_id: waiting }));
      await eventually(async () => expect(await relay.states()).toEqual(['leading', 'leading']));
      await Promise.all([ofKitchen.close(), ofOrder.close()]);
      rmSync(passwords, { recursive: true });
    },
  );

  it('does not start for a database whose owner is unknown', async () => {
    const env = { FTGO_HTTP_PORT: '0', FTGO_KAFKA_BROKERS: '127.0.0.1:9', FTGO_RELAY_DATABASE_URLS: 'postgres://a:b@127.0.0.1:9/orders' };
    const child = spawn(process.execPath, fromSource, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    let output = '';
    child.stderr?.on('data', (chunk) => (output += String(chunk)));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
    expect(output).toContain('FTGO_RELAY_SERVICES does not name the service of database orders: set it to orders=<service>');
  });

  it('does not start when the database of the broker is in its list', async () => {
    const url = 'postgres://a:b@127.0.0.1:9/ftgo_order';
    const env = { FTGO_HTTP_PORT: '0', FTGO_BROKER: 'postgres', FTGO_BROKER_URL: url, FTGO_RELAY_DATABASE_URLS: url };
    const child = spawn(process.execPath, fromSource, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    let output = '';
    child.stderr?.on('data', (chunk) => (output += String(chunk)));
    const [code] = (await once(child, 'exit')) as [number];
    expect([code, output]).toEqual([1, expect.stringContaining('FTGO_RELAY_DATABASE_URLS names the database of the broker, ftgo_order')]);
  });

  it('does not start when FTGO_RELAY_SOURCE names a database that it does not relay', async () => {
    const env = {
      FTGO_HTTP_PORT: '0',
      FTGO_KAFKA_BROKERS: '127.0.0.1:9',
      FTGO_RELAY_DATABASE_URLS: 'postgres://a:b@127.0.0.1:9/ftgo_order',
      FTGO_RELAY_SOURCE: 'kitchen=polling',
    };
    const child = spawn(process.execPath, fromSource, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    let output = '';
    child.stderr?.on('data', (chunk) => (output += String(chunk)));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
    expect(output).toContain("FTGO_RELAY_SOURCE names 'kitchen'");
  });

  it('reports which variables are missing', async () => {
    const child = spawn(process.execPath, fromSource, { env: { FTGO_HTTP_PORT: '0' }, stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    let output = '';
    child.stderr?.on('data', (chunk) => (output += String(chunk)));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
    expect(output).toMatch(/FTGO_KAFKA_BROKERS is missing[\s\S]*FTGO_RELAY_DATABASE_URLS is missing/);
  });

  async function newDatabase(): Promise<TestDatabase> {
    const database = await testDatabase();
    databases.push(database);
    return database;
  }

  interface RelayOptions {
    readonly broker: BrokerAt;
    readonly urls: readonly string[];
    /** FTGO_RELAY_SERVICES; anything may be published unless set. */
    readonly services?: string;
    readonly requestTimeoutMs?: number;
    readonly env?: Readonly<Record<string, string>>;
    readonly source?: string;
    /** Keeps it running after the test that starts it. */
    readonly keep?: boolean;
  }

  async function startRelay({ broker, urls, services = anything(urls), requestTimeoutMs, source, keep, env: extra }: RelayOptions) {
    const port = await freePort();
    const env = {
      FTGO_HTTP_PORT: String(port),
      ...brokerEnvironmentOf(broker),
      FTGO_RELAY_DATABASE_URLS: urls.join(','),
      FTGO_RELAY_SERVICES: services,
      FTGO_LOG_LEVEL: 'silent',
      ...extra,
      ...(source === undefined ? {} : { FTGO_RELAY_SOURCE: source }),
      ...(requestTimeoutMs === undefined ? {} : { FTGO_HTTP_REQUEST_TIMEOUT_MS: String(requestTimeoutMs) }),
    };
    const child = spawn(process.execPath, fromSource, { env, stdio: ['ignore', 'inherit', 'inherit'] });
    if (!keep) children.push(child);
    const url = `http://127.0.0.1:${port}`;
    const readiness = async () => {
      const response = await fetch(`${url}/health/ready`);
      return { status: response.status, body: (await response.json()) as object };
    };
    await eventually(readiness, { timeoutMs: 60_000 });
    const statuses = async () => (await (await fetch(`${url}/relay`)).json()) as { state: string; source: string }[];
    const states = async () => (await statuses()).map(({ state }) => state);
    const sources = async () => (await statuses()).map((status) => status.source);
    return { child, url, readiness, states, sources };
  }
});

const json = { 'content-type': 'application/json' };

/** Uses node:http, since fetch does not allow setting Host or Origin. */
function posted(url: string, headers: Record<string, string>, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end(JSON.stringify(body));
  });
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);
const anything = (urls: readonly string[]) => urls.map((url) => `${nameOf(url)}=*`).join(',');

const path = (file: string) => new URL(file, import.meta.url);
const fromSource = ['--import', path('../../../tools/swc-hooks.mjs').href, '--conditions=@ftgo/source', path('../src/main.ts').pathname];

async function inDatabase(database: TestDatabase, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await work(client);
  await client.end();
}

const migrate = (database: TestDatabase) =>
  inDatabase(database, async (client) => {
    for (const statement of messagingSchema('ftgo_relay')) await client.query(statement);
  });

async function insert(
  database: TestDatabase,
  topic: string,
  { payloadBytes = 2, source = '/shop/orders/1' }: { payloadBytes?: number; source?: string } = {},
): Promise<string> {
  const id = randomUUID();
  await inDatabase(database, (client) =>
    client.query(
      `INSERT INTO outbox (id, topic, partition_key, type, source, subject, time, correlation_id, causation_id, content_type, data_schema, payload)
        VALUES ($1, $2, 'order-1', 'shop.v1.OrderPlaced', $4, '1', now(), 'c', 'd', 'application/json', 'shop/v1', $3)`,
      [id, topic, Buffer.alloc(payloadBytes, 32), source],
    ),
  );
  return id;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
