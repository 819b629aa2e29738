import { changeUrl, hostsOf } from '@ftgo/messaging/postgres';
import { eventually, type OwnPostgres, type PrivatePostgres, sharedPostgres, startPostgres } from '@ftgo/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseRelay } from '../src/index.js';
import { messagingDatabase, RelayLab, range } from './relay-lab.js';

const run = async (url: string, text: string) => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
};

const [{ version }] = (await run((await sharedPostgres()).adminUrl, `SELECT current_setting('server_version_num')::int AS version`)) as [
  { version: number },
];
const noFailoverSlots = version < 170_000 ? ' (skipped: slots are copied from PostgreSQL 17)' : '';

describe('a relay whose database has a primary and a standby', () => {
  let primary: OwnPostgres;
  let standby: PrivatePostgres;
  let lab: RelayLab;
  let relay: DatabaseRelay;

  beforeEach(async () => {
    primary = await startPostgres();
    standby = await primary.startStandby();
    lab = await RelayLab.open({ database: await messagingDatabase(primary) });
    await lab.listen();
    const { relayUrl } = lab.database;
    relay = lab.relay({ url: relayUrl.replace(hostsOf(relayUrl), `${hostsOf(relayUrl)},${hostsOf(standby.adminUrl)}`) });
    await leads();
  });
  afterEach(() => lab.close());

  const leads = () => eventually(() => expect(relay.status.state).toBe('leading'), { timeoutMs: 60_000 });
  const admin = (text: string, server: { adminUrl: string } = primary) => run(server.adminUrl, text);
  const insert = async (from: number, to: number, url = lab.database.url) => {
    const client = await lab.client(url);
    for (const n of range(from, to)) await lab.insert(client, [{ key: `key ${n % 3}`, n }]);
  };
  const onStandby = (url: string) => url.replace(hostsOf(url), hostsOf(standby.adminUrl));
  const followSynchronously = async () => {
    await admin(`ALTER SYSTEM SET synchronous_standby_names = '${standby.name}'`);
    if (!noFailoverSlots) await admin(`ALTER SYSTEM SET synchronized_standby_slots = '${standby.name}'`);
    await admin('SELECT pg_reload_conf()');
    await eventually(async () => expect(await admin(`SELECT sync_state FROM pg_stat_replication`)).toContainEqual({ sync_state: 'sync' }));
  };
  const failOver = async (meanwhile = () => Promise.resolve()) => {
    const { terms } = relay.status;
    await primary.kill();
    await meanwhile();
    await admin('SELECT pg_promote()', standby);
    await eventually(() => expect([relay.status.state, relay.status.terms > terms]).toEqual(['leading', true]), { timeoutMs: 60_000 });
  };
  const arrived = (upTo: number) =>
    eventually(() => expect(lab.numbers.toSorted((a, b) => a - b)).toEqual(range(0, upTo)), { timeoutMs: 60_000 });

  it.skipIf(noFailoverSlots)(`continues from the log if the standby has copied the slot${noFailoverSlots}`, async () => {
    await followSynchronously();
    await admin('ALTER SYSTEM SET sync_replication_slots = on', standby);
    await admin('SELECT pg_reload_conf()', standby);
    await insert(0, 20);
    await eventually(
      async () => {
        await admin('SELECT pg_log_standby_snapshot()');
        expect(await admin('SELECT synced, temporary FROM pg_replication_slots', standby)).toEqual([{ synced: true, temporary: false }]);
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
    await insert(20, 40);
    await failOver();
    await insert(40, 60, onStandby(lab.database.url));
    await arrived(60);
    expect([lab.disorder, lab.alarms(), relay.status.backfilled]).toEqual([[], [], 0]);
  });

  it('publishes from the table, with an alert, if the standby has not copied the slot', async () => {
    await followSynchronously();
    await insert(0, 40);
    await failOver();
    await insert(40, 60, onStandby(lab.database.url));
    await arrived(60);
    expect(lab.disorder).toEqual([]);
    expect(lab.alarms()).toEqual([expect.stringContaining('the replication slot is missing')]);
  });

  it('has published what the new primary lacks if the standby followed asynchronously, and publishes what is written next', async () => {
    await insert(0, 10);
    await eventually(async () => expect(await run(adminOn(standby), 'SELECT count(*)::int AS rows FROM outbox')).toEqual([{ rows: 10 }]));
    await standby.stop();
    await insert(10, 15);
    await arrived(15);
    await failOver(() => standby.start());
    await insert(15, 20, onStandby(lab.database.url));
    await arrived(20);
    const kept = await run(adminOn(standby), 'SELECT sequence::int AS n FROM outbox ORDER BY 1');
    expect(kept.map(({ n }) => n)).toEqual([...range(0, 10), ...range(15, 20)]);
  });

  it.skipIf(noFailoverSlots)(`names the standby that PostgreSQL waits for, and continues when it is back${noFailoverSlots}`, async () => {
    await admin(`ALTER SYSTEM SET synchronized_standby_slots = '${standby.name}'`);
    await admin('SELECT pg_reload_conf()');
    await insert(0, 5);
    await arrived(5);
    await standby.stop();
    await insert(5, 10);
    const cause = `check the standbys in synchronized_standby_slots ('${standby.name}')`;
    await eventually(() => expect(relay.status.reason).toContain(cause), { timeoutMs: 30_000 });
    expect(lab.numbers).toHaveLength(5);
    await standby.start();
    await arrived(10);
  });

  it.skipIf(noFailoverSlots)(`lets standbys copy a slot that an earlier version has created${noFailoverSlots}`, async () => {
    await relay.stop();
    const { name } = lab.database;
    await run(lab.database.adminUrl, `SELECT pg_drop_replication_slot('${name}_outbox')`);
    await run(lab.database.adminUrl, `SELECT pg_create_logical_replication_slot('${name}_outbox', 'pgoutput')`);
    relay = lab.relay();
    await leads();
    expect(await admin('SELECT failover FROM pg_replication_slots WHERE slot_type = $$logical$$')).toEqual([{ failover: true }]);
  });

  const adminOn = (server: { adminUrl: string }) => changeUrl(server.adminUrl, (url) => void (url.pathname = `/${lab.database.name}`));
});
