import { memoryBroker } from '@ftgo/messaging/broker';
import { eventually } from '@ftgo/testing';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OrderHistoryServiceUnderTest, startOrderHistoryService } from './order-history-service.js';
import { deliveredOrder, type PlayedEvent, topics } from './played-events.js';

const ordersAtOnce = 4;
const consumerId = 7;

/** Keeps the order of each source's events. */
function merged(streams: ReadonlyArray<readonly PlayedEvent[]>, turns: readonly number[]): PlayedEvent[] {
  const next = streams.map((events) => events.values());
  return turns.map((stream) => next[stream]?.next().value as PlayedEvent);
}

describe('interleaved events of different services', () => {
  let history: OrderHistoryServiceUnderTest;
  let lastOrder = 0;

  beforeAll(async () => {
    const broker = memoryBroker();
    await broker.ensureTopics(topics.map((topic) => ({ topic, partitions: 2 })));
    history = await startOrderHistoryService(broker, broker.client());
  });
  afterAll(() => history?.close());

  /** Several orders of one consumer, whose account publishes the events about all of them in one stream. */
  const someOrders = () => {
    const lives = Array.from({ length: ordersAtOnce }, () => {
      const orderId = ++lastOrder;
      return { orderId, ...deliveredOrder({ orderId, consumerId, accountSequence: 3 * orderId - 2 }) };
    });
    const account = lives.flatMap((life) => life.account);
    const streams = [...lives.flatMap(({ order, ticket, delivery }) => [order, ticket, delivery]), account];
    return { lives, streams };
  };

  it('produce the same view and a complete timeline, also with duplicates', async () => {
    const { streams: shape } = someOrders();
    const turns = shape.flatMap((events, stream) => events.map(() => stream));
    const property = fc.asyncProperty(fc.shuffledSubarray(turns, { minLength: turns.length }), async (shuffled) => {
      // The orders of all runs differ only in their ids, so every run must have the same result.
      const { lives, streams } = someOrders();
      const events = merged(streams, shuffled);
      const repeated = events.flatMap((happened, i) => (i % 5 === 4 ? [happened, events[i - 3] as PlayedEvent] : [happened]));
      await history.publish(...repeated);
      for (const { orderId, order, ticket, delivery, account } of lives) {
        const expected = [...order, ...ticket, ...delivery, ...account];
        await eventually(async () => expect(await history.timeline(orderId)).toHaveLength(expected.length));
        const timeline = await history.timeline(orderId);
        expect(timeline.map(({ n }) => n)).toEqual(expected.map((_, i) => i + 1));
        for (const stream of [order, ticket, delivery, account]) {
          const source = stream[0]?.source;
          expect(timeline.filter((entry) => entry.source === source).map(({ sequence }) => sequence)).toEqual(
            stream.map(({ sequence }) => sequence),
          );
        }
        expect((await history.get(`/orders/${orderId}`)).body).toEqual({ ...(await viewInOneRow()), orderId: String(orderId) });
      }
    });
    await fc.assert(property, { numRuns: 8, endOnFailure: true });
  });

  let inOneRow: Record<string, unknown> | undefined;
  /** The view when the services' events arrive one service after another. */
  const viewInOneRow = async () => {
    if (inOneRow) return inOneRow;
    const { order, account, ticket, delivery } = deliveredOrder({ orderId: 1_000_000, consumerId: 1_000_000 });
    await history.publish(...order, ...account, ...ticket, ...delivery);
    await eventually(async () => expect(await history.timeline(1_000_000)).toHaveLength(16));
    return (inOneRow = (await history.get('/orders/1000000')).body);
  };
});
