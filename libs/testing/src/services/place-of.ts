import { randomUUID } from 'node:crypto';
import { type Broker, header } from '@ftgo/messaging/broker';

/** Where a message is, as operators enter it: `ftgo.order.events/0/42`. Waits until it is there; closes the broker's client. */
export async function placeOf(broker: Broker, topics: readonly string[], messageId: string): Promise<string> {
  const found = Promise.withResolvers<string>();
  const subscription = await broker.subscribe({
    group: `test-${randomUUID()}`,
    topics,
    handler: async ({ records }) => {
      for (const { topic, partition, position, headers } of records)
        if (String(headers.get(header.id)) === messageId) found.resolve(`${topic}/${partition}/${position}`);
    },
  });
  const place = await found.promise;
  await subscription.close();
  await broker.close();
  return place;
}
