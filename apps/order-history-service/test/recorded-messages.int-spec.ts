import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MemoryBroker, memoryBroker } from '@ftgo/messaging/broker';
import { repository } from '@ftgo/runner/workspace';
import { eventually } from '@ftgo/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OrderHistoryServiceUnderTest, startOrderHistoryService } from './order-history-service.js';
import { event, topics } from './played-events.js';

/** What a system of an earlier version sent, and showed. */
interface Recording {
  readonly messages: ReadonlyArray<{ topic: string; key: string; value: string; headers: Record<string, string> }>;
  readonly consumerId: number;
  readonly orders: ReadonlyArray<{ readonly orderId: string; readonly status: string }>;
}

const folder = join(repository, 'definitions', 'recorded');
const versions = globSync('*.json', { cwd: folder }).map((file) => file.slice(0, -'.json'.length));

describe.each(versions)('the messages that were recorded at version %s', (version) => {
  const { messages, consumerId, orders } = JSON.parse(readFileSync(join(folder, `${version}.json`), 'utf8')) as Recording;
  let broker: MemoryBroker;
  let history: OrderHistoryServiceUnderTest;

  beforeEach(async () => {
    broker = memoryBroker();
    await broker.ensureTopics(topics.map((topic) => ({ topic, partitions: 6 })));
    history = await startOrderHistoryService(broker, broker.client());
    const records = messages
      .filter(({ topic }) => topics.includes(topic as (typeof topics)[number]))
      .map(({ topic, key, value, headers }) => ({
        topic,
        key: Buffer.from(key),
        value: Buffer.from(value),
        headers: Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)] as const),
      }));
    await broker.client().publish(records);
  });
  afterEach(() => history.close());

  const shown = async () => (await history.get(`/orders?consumerId=${consumerId}`)).body;
  const orderThatIs = (status: string) => Number(orders.find((order) => order.status === status)?.orderId);

  it('produce the history that the system of that version showed', async () => {
    expect(orders.map(({ status }) => status).toSorted()).toEqual(['APPROVED', 'CANCELLED', 'REJECTED']);
    await eventually(async () => expect(await shown()).toMatchObject({ orders }));
    expect(await history.database.query('SELECT * FROM dead_letter')).toEqual([]);
    expect(await history.database.query(`SELECT FROM order_timeline WHERE details ? 'deliveryAddress'`)).toEqual([]);
  });

  it('can be followed by current messages about the same orders', async () => {
    const id = orderThatIs('REJECTED');
    await eventually(async () => expect(await shown()).toMatchObject({ orders }));
    await history.publish(event('delivery', id, 99, 'DeliveryCancelled', { courierId: '9000000001' }));
    const released = async (orderId: number) =>
      (await history.timeline(orderId)).filter((entry) => entry.event === 'DeliveryCancelled').map(({ details }) => details);
    await eventually(async () => expect((await released(id)).at(-1)).toEqual({ courierId: 9_000_000_001 }));
    expect(await released(orderThatIs('CANCELLED'))).toEqual([{}]);
  });
});
