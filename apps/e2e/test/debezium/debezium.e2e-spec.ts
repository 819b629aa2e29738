// The journey of an order with Debezium in place of the relay, by configuration alone.

import { findApps } from '@ftgo/runner/workspace';
import { createTopic, eventually, fetchDebezium, noDebezium, noKafka, type RunningDebezium, startDebezium } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Ftgo } from '../ftgo.js';

const why = noKafka ?? noDebezium;
const because = why ? ` (${why})` : '';
const stepDeadlineMs = 8_000;

describe.skipIf(why)(`with Debezium in place of the relay${because}`, () => {
  let ftgo: Ftgo;
  let debezium: RunningDebezium;

  beforeAll(async () => {
    expect(fetchDebezium()).toBeUndefined();
    const apps = findApps()
      .map(({ name }) => name)
      .filter((name) => name !== 'outbox-relay');
    const env = { FTGO_OUTBOX_PUBLISHER: 'debezium', FTGO_SAGA_STEP_DEADLINE_MS: String(stepDeadlineMs) };
    ftgo = await Ftgo.start({ apps, env });
    const { broker, databases } = ftgo.system;
    if (broker.kind !== 'kafka') throw new Error('Debezium publishes to Kafka');
    for (const database of ftgo.databases.names) {
      await ftgo.databases.rows(database, `SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [`${database}_outbox`]);
      await createTopic(broker, `debezium-heartbeat.${database}`);
    }
    debezium = await startDebezium({ kafkaBrokers: broker.brokers, urls: Object.values(databases) });
  }, 240_000);
  afterAll(async () => {
    await ftgo?.close();
    await debezium?.kill();
  });

  afterEach(({ task }) => {
    if (task.result?.state === 'fail') console.error(debezium.log().slice(-4_000));
  });

  test('an order is approved', async () => {
    const [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer(), ftgo.aRestaurant()]);
    await ftgo.untilApproved([await ftgo.placeOrder({ consumerId, restaurantId })]);
  }, 120_000);

  test('an order is rejected at its deadline while a participant is down', async () => {
    const [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer(), ftgo.aRestaurant()]);
    await ftgo.system.stop('consumer-service');
    const order = await ftgo.placeOrder({ consumerId, restaurantId }, 'order-service');
    await eventually(
      async () => {
        const rows = await ftgo.databases.rows('ftgo_order', `SELECT FROM saga_history WHERE event = 'no-answer'`);
        expect(rows.length).toBeGreaterThan(0);
      },
      { timeoutMs: 60_000 },
    );
    await ftgo.untilRejected([order]);
    await ftgo.system.start('consumer-service');
  }, 120_000);

  test('published messages are known to be published, so that retention can drop them', async () => {
    await eventually(
      async () => {
        const unproved = await ftgo.databases.number(
          'ftgo_order',
          `SELECT count(*) AS n FROM outbox WHERE NOT EXISTS (SELECT FROM relay_checkpoint WHERE proof IS NOT NULL AND pg_visible_in_snapshot(xid, snapshot))`,
        );
        expect(unproved).toBe(0);
      },
      { timeoutMs: 30_000 },
    );
    expect(await ftgo.health('order-service')).toMatchObject({ status: 'up' });
  }, 60_000);
});
