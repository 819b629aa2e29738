import { messagingSchema } from '@ftgo/messaging';
import { eventually, sharedPostgres, startPostgres, type TestDatabase, testDatabase, uniqueName } from '@ftgo/testing';
import { Client, escapeIdentifier } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { slotOf } from '../src/source/wal/slot-name.js';
import { messagingDatabase, RelayLab } from './relay-lab.js';

describe('the slot of a database', () => {
  it('is <database>_outbox where that is valid', () => {
    expect(slotOf('ftgo_order_service')).toBe('ftgo_order_service_outbox');
    expect(slotOf('a'.repeat(56))).toBe(`${'a'.repeat(56)}_outbox`);
  });

  it.each(['order-service', 'Orders', 'a'.repeat(57), 'a b', 'préparer', '注文', '..', 'x'.repeat(63)])(
    'has a valid name: %s',
    (database) => {
      expect(slotOf(database)).toMatch(/^[a-z0-9_]{1,63}$/);
      expect(slotOf(database)).toMatch(/_[0-9a-f]{8}_outbox$/);
    },
  );

  it('differs from those of databases with similar names', () => {
    const names = [
      'order-service',
      'order_service',
      'Order-Service',
      'order.service',
      `${'a'.repeat(60)}b`,
      `${'a'.repeat(60)}c`,
      '注文',
      '料理',
    ];
    expect(new Set(names.map(slotOf)).size).toBe(names.length);
  });
});

describe('the environment of the relay', () => {
  let lab: RelayLab;
  const others: Client[] = [];
  afterEach(async () => {
    await lab.close();
    await Promise.all(others.splice(0).map((client) => client.end()));
  });

  const changed = (url: string, change: (url: URL) => void) => {
    const parsed = new URL(url);
    change(parsed);
    return parsed.href;
  };

  /** Like `testDatabase`, but with this name. */
  async function databaseNamed(name: string): Promise<TestDatabase> {
    const model = await testDatabase();
    const at = (url: string) => changed(url, (parsed) => (parsed.pathname = `/${encodeURIComponent(name)}`));
    const admin = new Client({ connectionString: (await sharedPostgres()).adminUrl });
    await admin.connect();
    others.push(admin);
    await admin.query(`CREATE DATABASE ${escapeIdentifier(name)} OWNER ftgo_test TEMPLATE template0`);
    const database = { name, url: at(model.url), relayUrl: at(model.relayUrl), adminUrl: at(model.adminUrl) };
    const owner = new Client({ connectionString: database.url });
    await owner.connect();
    for (const statement of messagingSchema('ftgo_relay')) await owner.query(statement);
    await owner.end();
    const drop = async () => {
      await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [name]);
      await admin.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1', [name]);
      await admin.query(`DROP DATABASE ${escapeIdentifier(name)} WITH (FORCE)`);
      await model.drop();
    };
    return { ...database, drop };
  }

  it.each(['order-service', 'Order Service é', 'a_name_as_long_as_postgres_allows_and_so_too_long_for_a_slot'])(
    'publishes from a database named %s',
    async (base) => {
      const name = `${uniqueName('x').slice(-8)}-${base}`.slice(0, 60);
      lab = await RelayLab.open({ database: await databaseNamed(name) });
      await lab.listen();
      const relay = lab.relay();
      await eventually(() => expect(relay.status.state).toBe('leading'));
      await lab.insert(await lab.client(), [{ key: 'a', n: 1 }]);
      await eventually(() => expect(lab.numbers).toEqual([1]));
      expect(relay.status).toMatchObject({ database: name, slot: slotOf(name) });
    },
  );

  it.each<[string, (url: URL) => void, RegExp]>([
    [
      'a wrong password',
      (url) => (url.password = 'wrong'),
      /^127\.0\.0\.1:\d+ rejects the password of role "ftgo_relay"; correct the password/,
    ],
    [
      'a database that does not exist',
      (url) => (url.pathname = '/order-service'),
      /^database "order-service" does not exist at 127\.0\.0\.1:\d+; create it/,
    ],
    ['a role that does not exist', (url) => (url.username = 'no_such_role'), /rejects the password of role "no_such_role"/],
    ['a port on which nothing listens', (url) => (url.port = '1'), /^nothing is listening on 127\.0\.0\.1:1; start PostgreSQL/],
    [
      'a host without an address',
      (url) => (url.hostname = 'nowhere.invalid'),
      /^the host of nowhere\.invalid:\d+ has no address|nowhere\.invalid/,
    ],
  ])('reports the cause: %s', async (_, change, reason) => {
    lab = await RelayLab.open();
    const relay = lab.relay({ url: changed(lab.database.relayUrl, change) });
    await eventually(() => expect(relay.status).toMatchObject({ state: 'waiting', isReady: false, reason: expect.stringMatching(reason) }));
    expect(JSON.stringify(lab.log)).not.toContain(new URL(lab.database.relayUrl).password);
  });

  it('accepts a role that may replicate by membership, as on Amazon RDS', async () => {
    const server = await startPostgres();
    lab = await RelayLab.open({ database: await messagingDatabase(server) });
    const admin = await lab.client(server.adminUrl);
    await admin.query('ALTER ROLE ftgo_relay NOREPLICATION');
    const relay = lab.relay();
    await eventually(() => expect(relay.status.reason).toContain('ftgo_relay may not replicate'));
    await admin.query('CREATE ROLE rds_replication; GRANT rds_replication TO ftgo_relay');
    // This server does not run at Amazon, so it rejects the role.
    await eventually(() => expect(relay.status.reason).toMatch(/^(permission denied|must be superuser).*; GRANT the missing privilege$/));
    await lab.close();
    await server.stop();
  });

  it('reports a database that accepts invalid text', async () => {
    const server = await startPostgres();
    const admin = new Client({ connectionString: server.adminUrl });
    await admin.connect();
    const database = await messagingDatabase(server);
    await admin.query(`CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'`);
    await admin.end();
    lab = await RelayLab.open({ database });
    const relay = lab.relay({ url: changed(database.adminUrl, (url) => (url.pathname = '/ascii')) });
    await eventually(() =>
      expect(relay.status).toMatchObject({
        state: 'misconfigured',
        reason: expect.stringContaining('database "ascii" has the encoding SQL_ASCII'),
      }),
    );
    await lab.close();
    await server.stop();
  });
});
