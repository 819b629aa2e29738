import type { Broker } from '@ftgo/messaging/broker';
import { becauseNoKafka, eventually, noKafka, testKafka, uniqueName } from '@ftgo/testing';
import { Producer } from '@platformatic/kafka';
import { afterEach, describe, expect, it } from 'vitest';
import { clients, everyClient } from './clients.js';

describe.skipIf(noKafka).each(everyClient)(
  `records that another producer wrote in a Kafka transaction, read by the %s client,${becauseNoKafka}`,
  (name) => {
    const open: Broker[] = [];
    afterEach(() => Promise.all(open.splice(0).map((broker) => broker.close())));

    it('are handled, whether it was committed or aborted, but its markers are not', async () => {
      const { brokers } = await testKafka();
      const topic = uniqueName('topic');
      const broker = clients[name]({ brokers: brokers.split(','), clientId: uniqueName('client'), drainTimeoutMs: 500 });
      open.push(broker);
      await broker.ensureTopics([{ topic, partitions: 1 }]);
      const handled: string[] = [];
      const subscription = await broker.subscribe({
        group: uniqueName('group'),
        topics: [topic],
        handler: async ({ records }) => void handled.push(...records.map(({ value }) => String(value))),
      });
      const producer = new Producer({
        clientId: 'other',
        bootstrapBrokers: brokers.split(','),
        transactionalId: uniqueName('transaction'),
        idempotent: true,
        retries: 50,
        retryDelay: 20,
      });
      for (const outcome of ['committed', 'aborted'] as const) {
        const transaction = await producer.beginTransaction();
        await transaction.send({ messages: [{ topic, key: Buffer.from('a'), value: Buffer.from(outcome) }] });
        if (outcome === 'committed') await transaction.commit();
        else await transaction.abort();
      }
      await producer.close();
      await eventually(() => expect(handled).toEqual(['committed', 'aborted']));
      await eventually(() => expect(subscription.caughtUp()).toBe(true));
    });
  },
);
