import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { check, unexpected } from '../crash/check.js';
import { ledgerTopic } from '../crash/ledger/entries.js';
import { problemsOf } from '../crash/report.js';
import { type Cast, castFor, Traffic } from '../crash/traffic.js';
import { call } from '../http.js';
import type { OrderStream } from '../order-stream.js';
import { ClusterSystem } from './cluster-system.js';

interface Relayed {
  readonly database: string;
  readonly state: string;
  readonly alarms: number;
  readonly backfilled: number;
}

/** The limit for finding a new primary. */
const foundWithin = { timeoutMs: 15_000, intervalMs: 100 };
/** A killed process holds its partitions for 6 s, a hanging one its replication slot or transaction for 10 s. */
const stalledAfterMs = 40_000;
/** Lost messages are waited for until the check gives up. */
const withinMs = 420_000;
const logs = join(repository, '.cache', 'cluster');

async function during(orders: OrderStream, fault: (orders: OrderStream) => Promise<void>): Promise<void> {
  await orders.more(10);
  await fault(orders);
  await orders.more(10);
}

describe('loses, duplicates and reorders nothing, with two instances of every service', { timeout: withinMs }, () => {
  let cluster: ClusterSystem;
  let cast: Cast;

  beforeAll(async () => {
    cluster = await ClusterSystem.start({ postgresServers: 3 });
    cast = await castFor(cluster.ftgo);
    await cluster.kafka.untilInSync();
  }, 300_000);
  afterAll(() => cluster?.close());

  /** Reports what was lost, whatever else fails. */
  const whileOrdersCome = async (fault: (orders: OrderStream) => Promise<void>): Promise<OrderStream> => {
    onTestFailed(() => cluster.keepLogs(logs).then(() => console.log(`logs are in ${logs}`)));
    const traffic = new Traffic(cluster.ftgo, cast);
    const { orders } = traffic;
    const failed = await during(orders, fault).then(
      () => [],
      (error: Error) => [error.message],
    );
    await traffic.stop();
    const found = await check(cluster, orders.accepted, { stalledAfterMs });
    const violations = [...failed, ...unexpected(orders.failures), ...found.violations];
    expect(problemsOf({ ...found, violations })).toEqual([]);
    return orders;
  };

  /** An order needs no broker to be accepted. */
  const whileAllOrdersAreAccepted = async (fault: (orders: OrderStream) => Promise<void>) => {
    const { failureSummary } = await whileOrdersCome(fault);
    expect(failureSummary).toBe('failures: {}');
  };

  /** What both relays report, by database. */
  const relayed = async (): Promise<Relayed[]> => {
    const bodies = await Promise.all(cluster.urlsOf('outbox-relay').map((url) => call('GET', `${url}/relay`)));
    return bodies.flatMap(({ body }) => body as Relayed[]);
  };
  const count = async (what: 'alarms' | 'backfilled') => (await relayed()).reduce((sum, status) => sum + status[what], 0);
  const databases = () => Object.keys(cluster.system.databases);

  const untilRelaysLead = () =>
    eventually(async () => {
      const leading = (await relayed()).filter(({ state }) => state === 'leading').map(({ database }) => database);
      expect(leading.toSorted()).toEqual(databases().toSorted());
    }, foundWithin);

  const failOver = async (orders: OrderStream) => {
    await cluster.postgres.failOver();
    await Promise.all([untilRelaysLead(), orders.more(1, foundWithin.timeoutMs)]);
    await orders.more(20);
  };

  it('when the broker that leads a partition is killed', () =>
    whileAllOrdersAreAccepted(async (orders) => {
      const [leader = 0] = await cluster.kafka.leaderFirst(ledgerTopic.topic);
      await cluster.kafka.kill(leader);
      await orders.more(40);
      await cluster.kafka.start(leader);
      await cluster.kafka.untilInSync();
    }));

  it('when the brokers are restarted one after the other', () =>
    whileAllOrdersAreAccepted(async (orders) => {
      for (const node of await cluster.kafka.leaderFirst(ledgerTopic.topic)) {
        await cluster.kafka.stop(node);
        await orders.more(10);
        await cluster.kafka.start(node);
        await cluster.kafka.untilInSync();
      }
    }));

  it('when a broker loses its disk, and later the broker that has replaced it is killed', () =>
    whileAllOrdersAreAccepted(async (orders) => {
      const [leader = 0, next = 0] = await cluster.kafka.leaderFirst(ledgerTopic.topic);
      await cluster.kafka.kill(leader);
      cluster.kafka.loseDisk(leader);
      await orders.more(10);
      await cluster.kafka.start(leader);
      await cluster.kafka.untilInSync();
      // What it has copied counts: it is one of the two brokers that must have a message.
      await cluster.kafka.kill(next);
      await orders.more(20);
      await cluster.kafka.start(next);
      await cluster.kafka.untilInSync();
    }));

  it('when the primary is killed and a standby with copies of the slots is promoted: the relay continues from the log', () =>
    whileOrdersCome(async (orders) => {
      await cluster.postgres.untilSlotsAreCopied(databases());
      const [alarms, backfilled] = [await count('alarms'), await count('backfilled')];
      await failOver(orders);
      expect([await count('alarms'), await count('backfilled')]).toEqual([alarms, backfilled]);
    }));

  it('when the primary is killed and a standby without slots is promoted: the relay publishes from the tables, with an alert', () =>
    whileOrdersCome(async (orders) => {
      await cluster.postgres.addStandby({ copiesSlots: false });
      const alarms = await count('alarms');
      await orders.more(20);
      await failOver(orders);
      expect(await count('alarms')).toBe(alarms + databases().length);
    }));
});
