import type { ReceivedRecord } from '@ftgo/messaging/broker';
import { eventually, uniqueName } from '@ftgo/testing';
import type { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { DatabaseRelay, SourceKind } from '../src/index.js';
import { Gate, gatedBroker } from './relay-gate.js';
import { numberOf, RelayLab, range } from './relay-lab.js';

const leading = (relay: DatabaseRelay) => eventually(() => expect(relay.status.state).toBe('leading'));

const sources = ['wal', 'polling'] as const;

describe.each(sources)('the relay, by %s', (source) => {
  let lab: RelayLab;
  let client: Client;
  const open = async () => {
    lab = await RelayLab.open({ source });
    client = await lab.client();
    await lab.listen();
  };
  const inTransaction = async (by: Client, work: () => Promise<unknown>) => {
    await by.query('BEGIN');
    await work();
    await by.query('COMMIT');
  };
  afterEach(() => lab.close());

  /** For features of one source. */
  const onlyOf = (kind: SourceKind) => (title: string, test: () => Promise<void>) => {
    if (source === kind) it(title, test);
  };

  it('publishes committed messages, and none that were rolled back, entirely or to a savepoint', async () => {
    await open();
    await leading(lab.relay());
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    await client.query('BEGIN');
    await lab.insert(client, [{ key: 'a', n: 2 }]);
    await client.query('ROLLBACK');
    await inTransaction(client, async () => {
      await lab.insert(client, [{ key: 'a', n: 3 }]);
      await client.query('SAVEPOINT s');
      await lab.insert(client, [{ key: 'a', n: 4 }]);
      await client.query('ROLLBACK TO SAVEPOINT s');
      await lab.insert(client, [{ key: 'a', n: 5 }]);
    });
    await lab.insert(client, [{ key: 'a', n: 6 }]);
    await eventually(() => expect(lab.numbers).toEqual([1, 3, 5, 6]));
    expect(lab.received).toHaveLength(4);
  });

  it('keeps the order of each key across many concurrent transactions', async () => {
    await open();
    await leading(lab.relay());
    const writers = await Promise.all(range(0, 8).map(() => lab.client()));
    let next = 0;
    // Each key has one writer at a time, as with an aggregate's lock; transactions of different keys overlap.
    await Promise.all(
      writers.map(async (writer, w) => {
        for (const round of range(0, 60)) {
          const rows = range(0, 1 + (round % 4)).map(() => ({ key: `order-${w}-${round % 3}`, n: next++ }));
          await inTransaction(writer, () => lab.insert(writer, rows));
        }
      }),
    );
    await eventually(() => expect(lab.numbers).toHaveLength(next));
    expect(lab.disorder).toEqual([]);
    expect(lab.repetitions).toBe(0);
  });

  onlyOf('wal')('continues exactly after the acknowledged position: an adjacent commit is not skipped', async () => {
    await open();
    const writers = await Promise.all(range(0, 8).map(() => lab.client()));
    for (const round of range(0, 6)) {
      const gate = new Gate(3);
      const relay = lab.relay({ broker: gatedBroker(lab.newBroker(), gate) });
      await leading(relay);
      await Promise.all(writers.map((writer) => writer.query('BEGIN')));
      await Promise.all(writers.map((writer, w) => lab.insert(writer, [{ key: `w${w}`, n: round * 8 + w }])));
      // Sent at the same time, so that the commit records are adjacent.
      await Promise.all(writers.map((writer) => writer.query('COMMIT')));
      await eventually(() => expect(gate.pushed).toBe(8));
      await eventually(() => expect(relay.status.flow?.inFlightRecords).toBe(5));
      await relay.stop();
      // All were published; the next relay must repeat the five unacknowledged ones, and only those.
      const before = lab.received.length;
      await eventually(() => expect(lab.numbers).toHaveLength((round + 1) * 8));
      const next = lab.relay();
      await leading(next);
      await lab.insert(client, [{ key: 'end', n: 100_000 + round }]);
      await eventually(() => expect(lab.received.some((record) => numberOf(record) === 100_000 + round)).toBe(true));
      await eventually(() => expect(lab.received.length - before).toBeGreaterThanOrEqual(6));
      const again = lab.received.filter((record) => numberOf(record) < 100_000 && numberOf(record) >= round * 8);
      expect(again).toHaveLength(8 + 5);
      await next.stop();
      lab.received.splice(
        0,
        lab.received.length,
        ...range(0, (round + 1) * 8).map((n) => lab.received.find((record) => numberOf(record) === n) as ReceivedRecord),
      );
    }
  });

  it('acknowledges a transaction of many messages as a whole', async () => {
    await open();
    const gate = new Gate(4);
    const relay = lab.relay({ broker: gatedBroker(lab.newBroker(), gate) });
    await leading(relay);
    await inTransaction(client, () =>
      lab.insert(
        client,
        range(0, 10).map((n) => ({ key: 'a', n })),
      ),
    );
    await eventually(() => expect(lab.numbers).toHaveLength(10));
    await eventually(() => expect(relay.status.flow?.inFlightRecords).toBe(6));
    await relay.stop();
    await leading(lab.relay());
    await eventually(() => expect(lab.received).toHaveLength(20));
    expect(lab.received.slice(10).map(numberOf)).toEqual(range(0, 10));
  });

  it('leaves nothing unacknowledged when stopped, so that the next relay repeats nothing', async () => {
    await open();
    const relay = lab.relay();
    await leading(relay);
    let n = 0;
    const writing = new AbortController();
    const load = (async () => {
      for (; !writing.signal.aborted; n++) await lab.insert(client, [{ key: `k${n % 5}`, n }]);
    })();
    await eventually(() => expect(lab.numbers.length).toBeGreaterThan(100));
    await relay.stop();
    const second = lab.relay();
    await leading(second);
    writing.abort();
    await load;
    await eventually(() => expect(lab.numbers).toHaveLength(n));
    expect(lab.repetitions).toBe(0);
    expect(lab.disorder).toEqual([]);
  });

  it('waits on stop for messages in flight to the broker', async () => {
    await open();
    const gate = new Gate(0);
    const relay = lab.relay({ broker: gatedBroker(lab.newBroker(), gate) });
    await leading(relay);
    const rows = range(0, 20).map((n) => ({ key: 'a', n }));
    // A round is published before the next one is read; the log continues.
    if (source === 'polling') await lab.insert(client, rows);
    else for (const row of rows) await lab.insert(client, [row]);
    await eventually(() => expect(lab.numbers).toHaveLength(20));
    const stopping = relay.stop();
    // No longer read: the next relay publishes it.
    await lab.insert(client, [{ key: 'a', n: 20 }]);
    for (const _look of range(0, 30)) {
      await client.query('SELECT pg_sleep(0.01)');
      expect(relay.status.state).toBe('leading');
    }
    gate.open();
    await stopping;
    await leading(lab.relay());
    await eventually(() => expect(lab.numbers).toHaveLength(21));
    expect(lab.repetitions).toBe(0);
  });

  it('publishes earlier messages at its first start, without an alert', async () => {
    await open();
    for (const n of range(0, 50)) await lab.insert(client, [{ key: `k${n % 3}`, n }]);
    const relay = lab.relay();
    await leading(relay);
    await lab.insert(client, [{ key: 'k0', n: 50 }]);
    await eventually(() => expect(lab.numbers).toHaveLength(51));
    expect(lab.disorder).toEqual([]);
    expect(lab.repetitions).toBe(0);
    expect(lab.alarms()).toEqual([]);
    expect(relay.status).toMatchObject({ backfilled: source === 'wal' ? 50 : 0, alarms: 0 });
  });

  it('publishes a message that is committed late, after later rows were published and stored', async () => {
    await open();
    const relay = lab.relay();
    await leading(relay);
    const [late, later] = [await lab.client(), await lab.client()];
    await late.query('BEGIN');
    await lab.insert(late, [{ key: 'late', n: 0 }]);
    await later.query('BEGIN');
    await later.query('SELECT pg_current_xact_id()');
    for (const n of range(1, 30)) await lab.insert(client, [{ key: `k${n % 3}`, n }]);
    await checkpointSees(29);
    // The first row of the outbox, and then the last one, by a transaction that is older than most.
    await late.query('COMMIT');
    await checkpointSees(30);
    await lab.insert(later, [{ key: 'late', n: 30 }]);
    await later.query('COMMIT');
    await eventually(() => expect(lab.numbers).toHaveLength(31));
    expect(lab.disorder).toEqual([]);
    expect(lab.repetitions).toBe(0);
  });

  onlyOf('wal')('raises an alert and loses nothing when its slot is missing, even late commits of early rows', async () => {
    await open();
    const relay = lab.relay();
    await leading(relay);
    const late = await lab.client();
    await late.query('BEGIN');
    await lab.insert(late, [{ key: 'late', n: 0 }]);
    // Rows with a higher position, id and xid are committed, published and stored in the checkpoint before it.
    for (const n of range(1, 30)) await lab.insert(client, [{ key: `k${n % 3}`, n }]);
    await eventually(() => expect(lab.numbers).toHaveLength(29));
    await checkpointSees(29);
    await relay.stop();
    await dropSlot();
    await late.query('COMMIT');
    for (const n of range(30, 60)) await lab.insert(client, [{ key: `k${n % 3}`, n }]);
    const second = lab.relay();
    await leading(second);
    await lab.insert(client, [{ key: 'k0', n: 60 }]);
    await eventually(() => expect(lab.numbers).toHaveLength(61));
    expect(lab.disorder).toEqual([]);
    expect(lab.alarms()).toEqual([expect.stringContaining('slot is missing')]);
    expect(second.status.backfilled).toBeLessThan(60);
  });

  onlyOf('wal')('repeats a backfill that a crash interrupted', async () => {
    await open();
    const relay = lab.relay();
    await leading(relay);
    await lab.insert(client, [{ key: 'a', n: 0 }]);
    await eventually(() => expect(lab.numbers).toEqual([0]));
    await relay.stop();
    await dropSlot();
    await lab.insert(
      client,
      range(1, 20).map((n) => ({ key: 'a', n })),
    );
    const stuck = lab.relay({ broker: gatedBroker(lab.newBroker(), new Gate(5)) });
    await eventually(() => expect(stuck.status.state).toBe('backfilling'));
    await eventually(() => expect(lab.numbers).toHaveLength(20));
    await stuck.stop();
    lab.received.length = 0;
    // The slot exists now, and looks valid.
    await leading(lab.relay());
    await eventually(() => expect(lab.numbers).toEqual(expect.arrayContaining(range(1, 20))));
  });

  it('publishes the whole outbox again, with an alert, when the data was restored on another server', async () => {
    await open();
    const relay = lab.relay();
    await leading(relay);
    await lab.insert(
      client,
      range(0, 20).map((n) => ({ key: `k${n % 3}`, n })),
    );
    await eventually(() => expect(lab.numbers).toHaveLength(20));
    await checkpointSees(20);
    await relay.stop();
    await client.query("UPDATE relay_checkpoint SET system_identifier = '1'");
    await leading(lab.relay());
    await eventually(() => expect(lab.received).toHaveLength(40));
    expect(lab.alarms()).toEqual([expect.stringContaining('another server')]);
  });

  it('stores no checkpoint in which an unpublished message is visible', async () => {
    await open();
    const gate = new Gate(1);
    const relay = lab.relay({ broker: gatedBroker(lab.newBroker(), gate) });
    await leading(relay);
    await lab.insert(client, [{ key: 'a', n: 0 }]);
    await checkpointSees(1);
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    if (source === 'wal') await eventually(() => expect(relay.status.flow?.heartbeatMs).toBeDefined());
    const { rows } = await client.query<{ at: Date }>('SELECT clock_timestamp() AS at');
    // Three heartbeats give it every opportunity.
    await eventually(async () => {
      const found = await client.query("SELECT FROM relay_checkpoint WHERE clock_timestamp() > $1::timestamptz + interval '3.2 s'", [
        rows[0]?.at,
      ]);
      expect(found.rowCount).toBe(1);
    });
    expect(await visibleInCheckpoint()).toBe(1);
    gate.open();
    await checkpointSees(2);
  });

  onlyOf('polling')('advances the checkpoint of an idle database', async () => {
    await open();
    await leading(lab.relay());
    const updated = async () =>
      String((await client.query<{ at: string }>('SELECT updated_at::text AS at FROM relay_checkpoint')).rows[0]?.at);
    const first = await updated();
    await eventually(async () => expect(await updated()).not.toBe(first));
    expect(lab.received).toEqual([]);
  });

  onlyOf('wal')('advances on an idle database and measures its lag by heartbeats', async () => {
    await open();
    const relay = lab.relay();
    await leading(relay);
    const confirmed = async () => {
      const { rows } = await client.query<{ lsn: string }>(
        'SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = $1',
        [relay.slot],
      );
      return rows[0]?.lsn;
    };
    const updated = async () =>
      String((await client.query<{ at: string }>('SELECT updated_at::text AS at FROM relay_checkpoint')).rows[0]?.at);
    const [first, firstUpdate] = [await confirmed(), await updated()];
    await eventually(async () => expect(await confirmed()).not.toBe(first));
    await eventually(async () => expect(await updated()).not.toBe(firstUpdate));
    await eventually(() => expect(relay.status.flow?.heartbeatMs).toBeLessThan(1_000));
    expect(lab.received).toEqual([]);
  });

  it('reads no more than its window while the broker is slow, however large a transaction is', async () => {
    await open();
    const gate = new Gate(0);
    const windowBytes = 1024 * 1024;
    const relay = lab.relay({ broker: gatedBroker(lab.newBroker(), gate), windowBytes });
    await leading(relay);
    const rows = 20_000;
    await inTransaction(client, () =>
      client.query(
        `INSERT INTO outbox (id, topic, partition_key, type, source, subject, sequence, time, correlation_id, causation_id, content_type, data_schema, payload)
        SELECT gen_random_uuid(), $1, 'k' || n % 7, 't', 's', 's', lpad(n::text, 20, '0'), now(), 'c', 'c', 'application/json', 'd', convert_to(repeat('x', 2000), 'UTF8')
        FROM generate_series(0, ${rows - 1}) AS n`,
        [lab.topic],
      ),
    );
    await eventually(() => expect(relay.status.flow?.isPaused).toBe(true));
    expect(gate.mostBytes).toBeLessThan(windowBytes + 256 * 1024);
    expect(relay.status.flow?.inFlightRecords).toBeLessThan(rows / 10);
    gate.open();
    await eventually(() => expect(lab.numbers).toHaveLength(rows), { timeoutMs: 30_000 });
    expect(gate.mostBytes).toBeLessThan(windowBytes + 256 * 1024);
    expect(lab.disorder).toEqual([]);
  });

  onlyOf('wal')('backfills no more than its window while the broker is slow', async () => {
    await open();
    await client.query(
      `INSERT INTO outbox (id, topic, partition_key, type, source, subject, sequence, time, correlation_id, causation_id, content_type, data_schema, payload)
      SELECT gen_random_uuid(), $1, 'k' || n % 7, 't', 's', 's', lpad(n::text, 20, '0'), now(), 'c', 'c', 'application/json', 'd', convert_to(repeat('x', 100000), 'UTF8')
      FROM generate_series(0, 299) AS n`,
      [lab.topic],
    );
    const gate = new Gate(0);
    const relay = lab.relay({ broker: gatedBroker(lab.newBroker(), gate) });
    await eventually(() => expect(lab.numbers.length).toBeGreaterThan(40));
    expect(gate.mostBytes).toBeGreaterThan(4 * 1024 * 1024);
    expect(gate.mostBytes).toBeLessThan(5 * 1024 * 1024);
    gate.open();
    await leading(relay);
    await eventually(() => expect(lab.numbers).toHaveLength(300));
    expect(lab.disorder).toEqual([]);
  });

  it('waits for a missing topic, and publishes in order once it exists', async () => {
    await open();
    const relay = lab.relay();
    await leading(relay);
    const missing = uniqueName('missing');
    await lab.insert(client, [
      { key: 'a', n: 0 },
      { key: 'a', n: 1, topic: missing },
      { key: 'a', n: 2 },
    ]);
    await eventually(() =>
      expect(relay.status).toMatchObject({ state: 'waiting', isReady: false, reason: expect.stringContaining(missing) as unknown }),
    );
    expect(lab.alarms()).toEqual([expect.stringContaining(missing)]);
    await lab.newBroker().ensureTopics([{ topic: missing, partitions: 1 }]);
    await leading(relay);
    await eventually(() => expect(lab.numbers).toEqual([0, 2]));
    expect(lab.disorder).toEqual([]);
  });

  it('retries repeated failures at growing intervals, since each attempt may repeat other messages', async () => {
    await open();
    const relay = lab.relay();
    await leading(relay);
    await lab.insert(client, [
      { key: 'a', n: 0, topic: uniqueName('missing') },
      { key: 'a', n: 1 },
    ]);
    await eventually(() => expect(relay.status.state).toBe('waiting'));
    const [before, since] = [relay.status.terms, performance.now()];
    await eventually(() => expect(relay.status.terms).toBeGreaterThan(before + 5), { timeoutMs: 30_000 });
    // 0.1, 0.2, 0.4, 0.8 and 1.6 s, each reduced by up to a fifth.
    expect(performance.now() - since).toBeGreaterThan(2_000);
  });

  it('stops a database, with an alert, when the broker permanently rejects a message', async () => {
    await open();
    const relay = lab.relay();
    await leading(relay);
    const id = '0192f0c1-7e5c-7000-8000-00000000abcd';
    await lab.insert(client, [{ key: 'a', n: 0 }]);
    await eventually(() => expect(lab.numbers).toEqual([0]));
    await lab.insert(client, [{ key: 'a', n: 1, payload: Buffer.alloc(1_200_000), columns: { id } }]);
    await lab.insert(client, [{ key: 'a', n: 2 }]);
    await eventually(() => expect(relay.status).toMatchObject({ state: 'refused', isReady: false }));
    expect(relay.status.reason).toContain(id);
    expect(lab.alarms()).toEqual([expect.stringContaining(id)]);
    expect(lab.numbers).toEqual([0]);
    // An operator skips it, and the others are published.
    await relay.skip({ messageId: id, reason: 'an unused import', by: 'operator' });
    await eventually(() => expect(relay.status).toMatchObject({ state: 'leading', isReady: true }));
    await eventually(() => expect(lab.numbers).toEqual([0, 2]));
    expect(lab.alarms()).toContain('an unused import');
  });

  onlyOf('polling')('reports faults of its database with their repair, and continues once they are repaired', async () => {
    await open();
    await client.query('REVOKE SELECT ON outbox FROM ftgo_relay');
    const relay = lab.relay();
    await eventually(() => expect(relay.status.state).toBe('misconfigured'));
    expect(relay.status.reason).toContain('GRANT SELECT ON outbox TO ftgo_relay');
    await client.query('GRANT SELECT ON outbox TO ftgo_relay');
    await leading(relay);
  });

  onlyOf('wal')('reports faults of its database with their repair, and continues once they are repaired', async () => {
    await open();
    await client.query('DROP PUBLICATION messaging_outbox');
    await client.query('REVOKE SELECT ON outbox FROM ftgo_relay');
    const relay = lab.relay();
    await eventually(() => expect(relay.status.state).toBe('misconfigured'));
    expect(relay.status.reason).toContain('GRANT SELECT ON outbox TO ftgo_relay');
    expect(relay.status.reason).toContain('CREATE PUBLICATION messaging_outbox FOR TABLE outbox');
    await client.query('GRANT SELECT ON outbox TO ftgo_relay');
    await client.query("CREATE PUBLICATION messaging_outbox FOR TABLE outbox WITH (publish = 'insert', publish_via_partition_root = true)");
    await leading(relay);
    await relay.stop();
    await client.query('ALTER TABLE outbox DROP COLUMN tracestate');
    await eventually(() => expect(lab.relay().status.reason).toBeUndefined());
    const third = lab.relay();
    await eventually(() => expect(third.status.reason).toContain('has no column tracestate of type text'));
  });

  async function checkpointSees(rows: number): Promise<void> {
    await eventually(async () => expect(await visibleInCheckpoint()).toBe(rows));
  }

  async function visibleInCheckpoint(): Promise<number> {
    const { rows } = await client.query<{ count: string }>(
      'SELECT count(*) FROM outbox, relay_checkpoint WHERE pg_visible_in_snapshot(xid, snapshot)',
    );
    return Number(rows[0]?.count);
  }

  async function dropSlot(): Promise<void> {
    const admin = await lab.client(lab.database.adminUrl);
    await eventually(() => admin.query('SELECT pg_drop_replication_slot($1)', [`${lab.database.name}_outbox`]));
  }
});
