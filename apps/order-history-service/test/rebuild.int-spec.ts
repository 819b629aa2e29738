import { type MemoryBroker, memoryBroker } from '@ftgo/messaging/broker';
import { eventually } from '@ftgo/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OrderHistoryServiceUnderTest, startOrderHistoryService } from './order-history-service.js';
import { deliveredOrder, event, orderPlaced, type PlayedEvent, restaurantNamed, topics } from './played-events.js';
import { rebuildView } from './rebuild-view.js';

const consumerId = 7;
const orders = Array.from({ length: 12 }, (_, i) => i + 1);
const eventsPerOrder = 16;

describe('rebuilding the view', () => {
  let broker: MemoryBroker;
  let history: OrderHistoryServiceUnderTest;

  beforeEach(async () => {
    broker = memoryBroker();
    await broker.ensureTopics(topics.map((topic) => ({ topic, partitions: 2 })));
    history = await startOrderHistoryService(broker, broker.client());
    await history.publish(event('restaurant', 1, 1, 'RestaurantCreated', restaurantNamed('Ajanta')), ...orders.flatMap(livesOf));
    await eventually(async () => expect(await publishedAbout(history)).toBe(orders.length * eventsPerOrder));
  });
  afterEach(() => history.close());

  /** All events of one order; each call interleaves the sources differently. */
  const livesOf = (orderId: number): PlayedEvent[] => {
    const { order, ticket, delivery, account } = deliveredOrder({ orderId, consumerId, accountSequence: 3 * orderId - 2 });
    const sources = [order, ticket, delivery, account];
    return sources.flatMap((_, i) => sources[(i + orderId) % sources.length] ?? []);
  };
  const rebuild = (lines: string[] = []) =>
    rebuildView({ databaseUrl: history.databaseUrl, broker: broker.client(), print: (line) => lines.push(line) });
  const all = () => history.get(`/orders?consumerId=${consumerId}`);
  const letters = async () =>
    (await history.database.query<{ status: string }>('SELECT status FROM dead_letter')).map(({ status }) => status);
  const timelines = () => history.database.query('SELECT order_id, n, source, sequence FROM order_timeline ORDER BY order_id, n');

  it('repairs what was wrong in it', async () => {
    const before = await all();
    await history.database.query(
      `UPDATE order_view SET status = 'REJECTED', delivery_status = 'PENDING', line_items = '[]' WHERE order_id < 5`,
    );
    await history.database.query('DELETE FROM order_view WHERE order_id = 6');
    await history.database.query('DELETE FROM order_timeline WHERE order_id = 6');
    expect(await all()).not.toEqual(before);
    expect(await rebuild()).toEqual({
      handled: orders.length * eventsPerOrder,
      skipped: 0,
      detail: 'generation 2 of the view is served',
    });
    expect(await all()).toEqual(before);
    expect(await history.timeline(6)).toHaveLength(eventsPerOrder);
    const [published] = await history.database.query<{ entries: number }>('SELECT count(*) AS entries FROM outbox');
    expect(published?.entries).toBe(orders.length * eventsPerOrder);
  });

  it('keeps the number under which clients have seen each event', async () => {
    const before = await timelines();
    await rebuild();
    expect(await timelines()).toEqual(before);
  });

  it('loses no event published during the rebuild, and consumes afterwards', async () => {
    const before = await all();
    let isRebuilding = true;
    const rebuilding = rebuild().finally(() => (isRebuilding = false));
    let placed = orders.length;
    while (isRebuilding && placed < 300) {
      await history.publish(...livesOf(++placed));
      expect((await all()).status).toBe(200);
    }
    await rebuilding;
    await history.publish(...livesOf(++placed));
    await eventually(async () => expect(await publishedAbout(history)).toBe(placed * eventsPerOrder), { timeoutMs: 30_000 });
    const numbers = await history.database.query(
      `SELECT order_id FROM order_timeline GROUP BY order_id HAVING array_agg(n ORDER BY n) <> ARRAY(SELECT generate_series(1, ${eventsPerOrder}))`,
    );
    expect(numbers).toEqual([]);
    // By the service or, if the rebuild was faster, by the rebuild.
    const published = await history.database.query<{ sequences: number[] }>(
      `SELECT array_agg(sequence::integer ORDER BY position) AS sequences FROM outbox WHERE topic = 'ftgo.orderhistory.events' GROUP BY subject`,
    );
    expect(published).toHaveLength(placed);
    for (const { sequences } of published) expect(sequences).toEqual(Array.from({ length: eventsPerOrder }, (_, i) => i + 1));
    expect((await history.get('/orders/3')).body).toEqual(
      (before.body.orders as Array<{ orderId: string }>).find(({ orderId }) => orderId === '3'),
    );
  });

  it('leaves the schema as migrations expect it, and can be repeated', async () => {
    const schema = () =>
      history.database.query(`SELECT tablename, indexname, indexdef FROM pg_indexes WHERE tablename IN ('order_view', 'order_timeline', 'restaurants')
        UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
          WHERE conrelid IN ('order_view'::regclass, 'order_timeline'::regclass, 'restaurants'::regclass)
        UNION ALL SELECT table_name, column_name, data_type || is_nullable || coalesce(column_default, generation_expression, '')
          FROM information_schema.columns
          WHERE table_schema = 'public' AND table_name IN ('order_view', 'order_timeline', 'restaurants') ORDER BY 1, 2, 3`);
    const before = await schema();
    await rebuild();
    expect(await schema()).toEqual(before);
    expect(await rebuild()).toMatchObject({ detail: 'generation 3 of the view is served' });
    expect(await history.database.query(`SELECT FROM pg_namespace WHERE nspname = 'rebuild'`)).toEqual([]);
  });

  it('prints its progress', async () => {
    const lines: string[] = [];
    await rebuild(lines);
    expect(lines[0]).toMatch(new RegExp(`^\\d+ events applied, 0 skipped; the served view has ${orders.length * eventsPerOrder}$`));
  });

  it('skips what cannot be read, as the service did', async () => {
    await history.publish({ ...event('order', 99, 1, 'OrderCreated'), payload: { consumerId: 'not a number' } });
    await eventually(async () => expect(await history.database.query(`SELECT FROM dead_letter WHERE status = 'dead'`)).toHaveLength(1));
    expect(await rebuild()).toMatchObject({ handled: orders.length * eventsPerOrder, skipped: 1 });
    expect(await letters()).toEqual(['dead']);
  });

  it('discards the dead letters of events that it contains, when it replaces the served view', async () => {
    await history.database.query(`INSERT INTO dead_letter (consumer_group, message_id, topic, partition, position, headers, status)
      SELECT consumer_group, message_id, 'ftgo.order.events', 0, '0', '{}', 'dead' FROM inbox LIMIT 1`);
    await history.database.query(`UPDATE order_view SET seen = '{"order": 1000}' WHERE order_id = 1`);
    await expect(rebuildView({ databaseUrl: history.databaseUrl, broker: broker.client(), attempts: 1 })).rejects.toThrow('lags behind');
    expect(await letters()).toEqual(['dead']);
    await history.database.query(`UPDATE order_view SET seen = '{}' WHERE order_id = 1`);
    await rebuild();
    expect(await letters()).toEqual(['discarded']);
  });

  it('skips what the database rejects, and nothing else of its batch', async () => {
    const before = await all();
    const rejected = orderPlaced({ restaurantName: 'Aja\u0000nta' });
    await history.publish(
      event('order', 98, 1, 'OrderCreated', rejected),
      event('order', 99, 1, 'OrderCreated', orderPlaced({ consumerId: '8' })),
      event('restaurant', 5, 1, 'RestaurantCreated', restaurantNamed('Taj\u0000')),
      event('restaurant', 6, 1, 'RestaurantCreated', restaurantNamed('Taj Mahal')),
    );
    const dead = () => history.database.query(`SELECT FROM dead_letter WHERE status = 'dead'`);
    await eventually(async () => expect(await dead()).toHaveLength(2), { timeoutMs: 30_000 });
    expect(await rebuild()).toMatchObject({ handled: orders.length * eventsPerOrder + 1, skipped: 2 });
    expect(await all()).toEqual(before);
    expect((await history.get('/orders/99')).status).toBe(200);
    expect(await history.database.query('SELECT name FROM restaurants WHERE id > 1')).toEqual([{ name: 'Taj Mahal' }]);
  });

  it('cannot run twice at the same time', async () => {
    const both = await Promise.allSettled([rebuild(), rebuild()]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await publishedAbout(history)).toBe(orders.length * eventsPerOrder);
  });

  it('does not replace a view that is further ahead', async () => {
    await history.database.query(`UPDATE order_view SET seen = '{"order": 1000}' WHERE order_id = 1`);
    const before = await all();
    await expect(rebuildView({ databaseUrl: history.databaseUrl, broker: broker.client(), attempts: 1 })).rejects.toThrow(
      'lags behind the served one for 1 order or restaurant',
    );
    expect(await all()).toEqual(before);
  });
});

async function publishedAbout({ database }: OrderHistoryServiceUnderTest): Promise<number> {
  const [row] = await database.query<{ events: number }>('SELECT count(*) AS events FROM order_timeline');
  return row?.events ?? 0;
}
