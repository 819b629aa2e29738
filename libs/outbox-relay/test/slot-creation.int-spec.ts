import { eventually, type OwnPostgres, startPostgres } from '@ftgo/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messagingDatabase, RelayLab } from './relay-lab.js';

describe('a slot that is created while a transaction is open on the server', () => {
  let postgres: OwnPostgres;
  let lab: RelayLab;
  let client: Client;
  let other: Client;
  beforeAll(async () => {
    postgres = await startPostgres();
    const admin = new Client({ connectionString: postgres.adminUrl });
    await admin.connect();
    await admin.query('ALTER SYSTEM SET max_prepared_transactions = 2');
    await admin.end();
    await postgres.stop();
    await postgres.start();
  });
  afterAll(() => postgres.kill());
  beforeEach(async () => {
    lab = await RelayLab.open({ database: await messagingDatabase(postgres) });
    await lab.listen();
    client = await lab.client();
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    other = await lab.client(postgres.adminUrl);
    await other.query('CREATE TABLE IF NOT EXISTS something (n int)');
  });
  afterEach(async () => {
    await other.query('ROLLBACK');
    await lab.close();
  });

  const begin = async (): Promise<number> => {
    await other.query('BEGIN');
    await other.query('INSERT INTO something VALUES (1)');
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return (rows[0] as { pid: number }).pid;
  };
  const slots = async () =>
    (await client.query('SELECT active FROM pg_replication_slots WHERE slot_name = $1', [`${lab.database.name}_outbox`])).rows;
  const waitsFor = (transaction: string) => ({
    state: 'waiting',
    isReady: false,
    reason: expect.stringMatching(new RegExp(`${transaction} \\(database postgres, role postgres, since (before )?\\d{4}-.*Z\\)`)),
  });

  it('waits for it; the relay reports the transaction and its start, and leads once it has ended', async () => {
    const pid = await begin();
    const relay = lab.relay();
    await eventually(() => expect(relay.status).toMatchObject({ ...waitsFor(`process ${pid}`), blockingTransactions: 1 }));
    expect(lab.log).toContainEqual(expect.objectContaining({ level: 'warn', message: 'relay is waiting' }));
    await other.query('COMMIT');
    await eventually(() => expect(relay.status).toMatchObject({ state: 'leading', blockingTransactions: 0, reason: undefined }));
    await eventually(() => expect(lab.numbers).toEqual([1]));
  });

  it('has no leader: a second relay is not ready and reports what the first one waits for', async () => {
    const pid = await begin();
    lab.relay();
    const second = lab.relay();
    const statuses = () => lab.statuses.map(({ reason }) => reason ?? '');
    await eventually(() => {
      for (const status of lab.statuses) expect(status).toMatchObject(waitsFor(`process ${pid}`));
      expect(statuses().filter((reason) => reason.startsWith('another relay is creating slot'))).toHaveLength(1);
    });
    await other.query('COMMIT');
    await eventually(() => expect(lab.statuses.map(({ state }) => state).toSorted()).toEqual(['leading', 'standby']));
    expect(second.status.isReady).toBe(true);
  });

  it('is dropped when the relay stops; the next relay waits for the transaction too', async () => {
    await begin();
    const first = lab.relay();
    await eventually(() => expect(first.status.state).toBe('waiting'));
    await first.stop();
    await eventually(async () => expect(await slots()).toEqual([]));
    const second = lab.relay();
    await eventually(() => expect(second.status.reason).toMatch(/^slot .* is waiting for older transactions/));
    await other.query('COMMIT');
    await eventually(() => expect(lab.numbers).toEqual([1]));
  });

  it('waits for a prepared transaction too, which the relay reports', async () => {
    await begin();
    await other.query("PREPARE TRANSACTION 'payday'");
    const relay = lab.relay();
    await eventually(() => expect(relay.status).toMatchObject(waitsFor("prepared transaction 'payday'")));
    await other.query("COMMIT PREPARED 'payday'");
    await eventually(() => expect(lab.numbers).toEqual([1]));
  });
});
