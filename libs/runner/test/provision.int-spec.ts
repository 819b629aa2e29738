import { messagingSchema, PgSessions, Retention, Transactions } from '@ftgo/messaging';
import { startPostgres } from '@ftgo/testing';
import pg, { Client } from 'pg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ownerOf, passwordsFrom, provision, relayRole, urlFor, urlOfDatabase } from '../src/postgres/provision.js';

describe('the databases and roles of a system', () => {
  let adminUrl: string;
  let passwordOf: ReturnType<typeof passwordsFrom>;
  const clients: Client[] = [];
  beforeAll(async () => {
    // A server of its own, since roles belong to the whole server.
    const server = await startPostgres();
    adminUrl = server.adminUrl;
    passwordOf = passwordsFrom(server.secret);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)));
  });

  const urlAs = (role: string, database: string) => urlFor(adminUrl, { database, role, password: passwordOf(role) });
  const connect = async (connectionString: string, config: object = {}): Promise<Client> => {
    const client = new Client({ connectionString, ...config });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const make = (databases: string[], migrated: string[] = []) =>
    provision({ adminUrl, databases, migrated, passwordOf, isOwnServer: true });
  const migrate = async (url: string) => {
    const client = await connect(url);
    for (const statement of messagingSchema(relayRole)) await client.query(statement);
  };
  const changes = ['CREATE TABLE mine ()', 'ALTER TABLE outbox ADD mine text', 'DROP TABLE inbox', 'TRUNCATE outbox', 'CREATE SCHEMA mine'];
  const insert = `INSERT INTO outbox (id, topic, partition_key, type, source, subject, time, correlation_id, causation_id, content_type, data_schema, payload)
    VALUES (gen_random_uuid(), 't', 'k', 'x', '/s', 'k', now(), 'c', 'c', 'application/json', 'd', '')`;

  /** What a service may and may not do with tables that another role migrates. */
  async function expectRowsOnly(database: string): Promise<void> {
    const service = await connect(urlAs(database, database));
    await service.query(insert);
    for (const change of changes) await expect(service.query(change)).rejects.toMatchObject({ code: '42501' });
  }

  it('let a service read and write the rows of its tables, but not change the tables', async () => {
    await make(['shop'], ['shop']);
    await migrate(urlAs(ownerOf('shop'), 'shop'));
    await expectRowsOnly('shop');
    await expect(connect(urlAs(ownerOf('shop'), 'postgres'))).rejects.toMatchObject({ code: '42501' });
  });

  it('let a service create and drop the daily partitions of its outbox and inbox, and no other tables', async () => {
    await make(['daily'], ['daily']);
    await migrate(urlAs(ownerOf('daily'), 'daily'));
    const pool = new pg.Pool({ connectionString: urlAs('daily', 'daily'), max: 2 });
    const retention = new Retention(new Transactions(new PgSessions(pool)));
    const later = (days: number) => new Date(Date.UTC(2030, 0, 1 + days));
    expect(await retention.run(later(0))).toMatchObject({ daysAhead: 3, dropped: [] });
    expect((await retention.run(later(20)))?.dropped).toContain('inbox_20300101');
    for (const name of ['inbox', 'dead_letter', 'inbox_default', 'relay_checkpoint'])
      await expect(pool.query('SELECT messaging_drop_partition($1)', [name])).rejects.toMatchObject({ code: '42501' });
    await expect(pool.query(`SELECT messaging_create_partition('dead_letter', 'x', '', '')`)).rejects.toMatchObject({ code: '42501' });
    await pool.end();
    const relay = await connect(urlAs(relayRole, 'daily'));
    await expect(relay.query(`SELECT messaging_drop_partition('inbox_20300121')`)).rejects.toMatchObject({ code: '42501' });
  });

  it('are handed over if an earlier version gave the tables to the service', async () => {
    await make(['older']);
    await migrate(urlAs('older', 'older'));
    await (await connect(urlAs('older', 'older'))).query(changes[0] ?? '');
    await make(['older'], ['older']);
    await make(['older'], ['older']);
    const owner = await connect(urlAs(ownerOf('older'), 'older'));
    await owner.query('ALTER TABLE mine ADD more text');
    await owner.query('DROP TABLE mine');
    await expectRowsOnly('older');
  });

  it('have a limit of connections for each role', async () => {
    await make(['one', 'two'], ['one']);
    const admin = await connect(adminUrl);
    const { rows } = await admin.query<{ role: string; connections: number }>(
      `SELECT rolname AS role, rolconnlimit AS connections FROM pg_roles WHERE rolname IN ('one', 'one_owner', 'two', '${relayRole}') ORDER BY 1`,
    );
    expect(rows).toEqual([
      { role: relayRole, connections: 20 },
      { role: 'one', connections: 120 },
      { role: 'one_owner', connections: 5 },
      { role: 'two', connections: 120 },
    ]);
  });

  /** A connection that accepts replication commands: `true` outside of a database, `database` inside of one. */
  const replicating = (role: string, database: string, replication: 'true' | 'database') => connect(urlAs(role, database), { replication });

  it('let no one but the administrator replicate outside of a database', async () => {
    await make(['copied']);
    for (const role of [relayRole, 'copied'])
      await expect(replicating(role, 'copied', 'true')).rejects.toThrow('pg_hba.conf rejects replication connection');
    await expect(replicating('copied', 'copied', 'database')).rejects.toThrow('permission denied to start WAL sender');
    const relay = await replicating(relayRole, 'copied', 'database');
    expect((await relay.query('IDENTIFY_SYSTEM')).rows).toHaveLength(1);
    await connect(urlOfDatabase(adminUrl, 'postgres'), { replication: 'true' });
  });

  it('let a relay that only polls neither stream the log nor copy the server, not even from inside a database', async () => {
    await provision({ adminUrl, databases: ['polled'], passwordOf, isPolled: true, isOwnServer: true });
    for (const replication of ['true', 'database'] as const)
      await expect(replicating(relayRole, 'polled', replication)).rejects.toThrow(/WAL sender|rejects replication/);
    await connect(urlAs(relayRole, 'polled'));
  });

  it('cannot keep a relay that reads the log from copying the server: PostgreSQL allows it inside a database', async () => {
    await make(['leaking']);
    const relay = await replicating(relayRole, 'leaking', 'database');
    const { connection } = relay as unknown as { connection: NodeJS.EventEmitter };
    let copied = 0;
    connection.on('copyData', ({ chunk }: { chunk: Buffer }) => (copied += chunk.length));
    await relay.query("BASE_BACKUP (CHECKPOINT 'fast')");
    expect(copied).toBeGreaterThan(1_000_000);
  });
});
