import { becauseNoKafka, eventually, type FaultProxy, faultProxy, noKafka, startKafkaBehindProxy, startPostgres } from '@ftgo/testing';
import type { Client } from 'pg';
import { describe, expect, it, type TestContext } from 'vitest';
import type { SourceKind } from '../src/index.js';
import { Gate, gatedBroker } from './relay-gate.js';
import { messagingDatabase, RelayLab, range } from './relay-lab.js';

const sources = ['wal', 'polling'] as const;

// Durations of normal operation, with bounds that allow for a busy machine.
const patient = { timeoutMs: 60_000 };

// They spend most of their time waiting, so they run concurrently.
describe.concurrent('a relay whose connections fall silent, without a FIN or an RST', () => {
  /** A database whose relays can connect through a proxy. */
  const laboratory = async (
    { onTestFinished }: TestContext,
    source: SourceKind = 'wal',
  ): Promise<{ lab: RelayLab; client: Client; proxy: FaultProxy; throughProxy: { url: string } }> => {
    const lab = await RelayLab.open({ source });
    onTestFinished(() => lab.close());
    await lab.listen();
    const proxy = await faultProxy({ to: lab.database.relayUrl });
    onTestFinished(() => proxy.close());
    return { lab, client: await lab.client(), proxy, throughProxy: { url: proxy.url(lab.database.relayUrl) } };
  };

  it.for(sources)('reconnects and publishes when it leads by %s', async (source, test) => {
    const { lab, client, proxy, throughProxy } = await laboratory(test, source);
    const relay = lab.relay(throughProxy);
    await eventually(() => expect(relay.status.state).toBe('leading'));
    proxy.silence();
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    await eventually(() => expect(lab.numbers).toEqual([1]), patient);
    await eventually(() => expect(relay.status).toMatchObject({ state: 'leading', terms: 2 }));
  });

  it.for(sources)('on standby, leads by %s soon after the leader has ended', async (source, test) => {
    const { lab, client, proxy, throughProxy } = await laboratory(test, source);
    const leader = lab.relay();
    await eventually(() => expect(leader.status.state).toBe('leading'));
    const standby = lab.relay(throughProxy);
    await eventually(() => expect(standby.status.state).toBe('standby'));
    proxy.silence();
    await leader.stop();
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    await eventually(() => expect(lab.numbers).toEqual([1]), patient);
    await eventually(() => expect(standby.status.state).toBe('leading'));
  });

  it.for(['START_REPLICATION', 'IDENTIFY_SYSTEM', 'FROM relay_checkpoint', 'wal_level'])(
    'reconnects when %s gets no response',
    async (statement, test) => {
      const { lab, client, proxy, throughProxy } = await laboratory(test);
      await lab.insert(client, [{ key: 'a', n: 1 }]);
      proxy.silenceWhenSent(statement);
      const relay = lab.relay(throughProxy);
      await eventually(() => expect(relay.status).toMatchObject({ state: 'waiting', isReady: false }), patient);
      proxy.silenceWhenSent('never sent by a relay');
      await eventually(() => expect(lab.numbers).toEqual([1]), patient);
    },
  );

  it.for(['pg_try_advisory_lock', 'FROM relay_checkpoint', 'pg_current_snapshot', 'FETCH'])(
    'reconnects when %s gets no response while it polls',
    async (statement, test) => {
      const { lab, client, proxy, throughProxy } = await laboratory(test, 'polling');
      await lab.insert(client, [{ key: 'a', n: 1 }]);
      proxy.silenceWhenSent(statement);
      const relay = lab.relay(throughProxy);
      await eventually(() => expect(relay.status).toMatchObject({ state: 'waiting', isReady: false }), patient);
      proxy.silenceWhenSent('never sent by a relay');
      await eventually(() => expect(lab.numbers).toEqual([1]), patient);
    },
  );

  it('reconnects when a connection is accepted but gets no response', async (test) => {
    const { lab, client, proxy, throughProxy } = await laboratory(test);
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    await proxy.admit('silent');
    const relay = lab.relay(throughProxy);
    await eventually(() => expect(relay.status).toMatchObject({ state: 'waiting', isReady: false }), patient);
    await proxy.admit('forward');
    await eventually(() => expect(lab.numbers).toEqual([1]), patient);
  });

  it.for([
    ['and PostgreSQL keeps its side', (proxy: FaultProxy) => proxy.silence()],
    ['and PostgreSQL has lost its side', (proxy: FaultProxy) => proxy.lose('server')],
  ] as const)('backfills again when they do so during a backfill, %s', async ([, fallSilent], test) => {
    const { lab, client, proxy, throughProxy } = await laboratory(test);
    const gate = new Gate(0);
    // More than the relay keeps in flight, so that rows remain to be fetched when the gate opens.
    const payload = Buffer.alloc(64 * 1024, 46);
    for (const from of [0, 50, 100])
      await lab.insert(
        client,
        range(from, from + 50).map((n) => ({ key: 'a', n, payload })),
      );
    const relay = lab.relay({ ...throughProxy, broker: gatedBroker(lab.newBroker(), gate) });
    await eventually(() => expect(gate.pushed).toBeGreaterThan(50));
    expect(relay.status.state).toBe('backfilling');
    fallSilent(proxy);
    gate.open();
    await eventually(() => expect(relay.status.state).toBe('leading'), patient);
    await eventually(() => expect(lab.numbers).toHaveLength(150));
    expect(lab.disorder).toEqual([]);
  });

  it('stops immediately, whatever it waits for', async (test) => {
    const { lab, proxy, throughProxy } = await laboratory(test);
    proxy.silenceWhenSent('START_REPLICATION');
    const relay = lab.relay(throughProxy);
    await eventually(() => expect(proxy.open).toBe(2));
    await relay.stop();
    await eventually(() => expect(proxy.open).toBe(0));
  });
});

describe.skipIf(noKafka)(`a relay that waits for Kafka when PostgreSQL is killed${becauseNoKafka}`, () => {
  it('leads when both are back', async () => {
    const [postgres, { kafka, proxy }] = await Promise.all([startPostgres(), startKafkaBehindProxy()]);
    const lab = await RelayLab.open({ broker: kafka.brokers, database: await messagingDatabase(postgres) });
    await lab.listen();
    const relay = lab.relay();
    await eventually(() => expect(relay.status.state).toBe('leading'));
    await proxy.admit('silent');
    proxy.silence();
    await lab.insert(await lab.client(), [{ key: 'a', n: 1 }]);
    await eventually(() => expect(relay.status).toMatchObject({ state: 'waiting', reason: expect.stringMatching(/Kafka/) }), patient);
    // It has reconnected to the database, and waits for a producer id.
    await eventually(async () => expect(await connectionsOf(lab)).toBe(2), patient);
    await postgres.kill();
    await eventually(() => expect(relay.status.reason).toMatch(/database/));
    await postgres.start();
    await proxy.admit('forward');
    proxy.cut();
    await lab.insert(await lab.client(), [{ key: 'a', n: 2 }]);
    await eventually(() => expect(lab.numbers).toEqual([1, 2]), patient);
    await lab.close();
    proxy.close();
    await Promise.all([kafka.kill(), postgres.kill()]);
  });

  async function connectionsOf(lab: RelayLab): Promise<number> {
    const admin = await lab.client(lab.database.adminUrl);
    const { rowCount } = await admin.query("SELECT FROM pg_stat_activity WHERE application_name LIKE 'relay of %'");
    await admin.end();
    return rowCount ?? 0;
  }
});
