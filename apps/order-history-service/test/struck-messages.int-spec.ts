import { randomUUID } from 'node:crypto';
import { memoryBroker } from '@ftgo/messaging/broker';
import { eventually } from '@ftgo/testing';
import { placeOf } from '@ftgo/testing/services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OrderHistoryServiceUnderTest, startOrderHistoryService } from './order-history-service.js';
import { event, orderPlaced, restaurantNamed, topics } from './played-events.js';
import { rebuildView } from './rebuild-view.js';

describe('forged events in the order history', () => {
  const broker = memoryBroker();
  let history: OrderHistoryServiceUnderTest;
  beforeAll(async () => {
    await broker.ensureTopics(topics.map((topic) => ({ topic, partitions: 2 })));
    history = await startOrderHistoryService(broker, broker.client());
  });
  afterAll(() => history?.close());

  const order = async (id: number) => (await history.get(`/orders/${id}`)).body;
  const rebuild = () => rebuildView({ databaseUrl: history.databaseUrl, broker: broker.client() });

  it('disappear with a rebuild after they are struck out, even those that hid all later ones', async () => {
    const forged = [
      {
        ...event('order', 1, Number.MAX_SAFE_INTEGER, 'OrderRejected', { reason: { code: 'FORGED', detail: '' } }),
        messageId: randomUUID(),
      },
      { ...event('restaurant', 1, 1_001, 'RestaurantCreated', restaurantNamed('Forged')), messageId: randomUUID() },
    ];
    await history.publish(
      event('restaurant', 1, 1, 'RestaurantCreated', restaurantNamed('Ajanta')),
      event('order', 1, 1, 'OrderCreated', orderPlaced()),
      event('order', 2, 1, 'OrderCreated', orderPlaced()),
    );
    await eventually(async () => expect(await order(1)).toMatchObject({ status: 'APPROVAL_PENDING', restaurantName: 'Ajanta' }));
    await history.publish(...forged);
    await eventually(async () => expect(await order(1)).toMatchObject({ restaurantName: 'Forged' }));
    // A rebuilt view trusts the topic.
    await rebuild();
    expect(await order(1)).toMatchObject({ status: 'REJECTED' });
    await history.publish(event('order', 1, 2, 'OrderAuthorized'), event('order', 2, 2, 'OrderAuthorized'));
    await eventually(async () => expect(await order(2)).toMatchObject({ status: 'APPROVED' }));
    const places = await Promise.all(forged.map(({ messageId }) => placeOf(broker.client(), topics, messageId)));
    const act = { by: 'olga', reason: 'forged', places };
    expect((await history.post('/operations/struck-messages', act)).status).toBe(200);
    await rebuild();
    expect(await order(1)).toMatchObject({ status: 'APPROVED', restaurantName: 'Ajanta' });
    await history.publish(event('order', 1, 3, 'OrderCancelRequested'));
    await eventually(async () => expect(await order(1)).toMatchObject({ status: 'CANCEL_PENDING' }));
    expect((await history.timeline(1)).map(({ n, event: type }) => [n, type])).toEqual([
      [1, 'OrderCreated'],
      [2, 'OrderAuthorized'],
      [3, 'OrderCancelRequested'],
    ]);
  });
});
