import { type Broker, diagnostics } from '@ftgo/messaging/broker';
import { becauseNoKafka, eventually, noKafka, testKafka, uniqueName } from '@ftgo/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clients, everyClient } from './clients.js';

const hourMs = 3_600_000;

describe.skipIf(noKafka).each(everyClient)(`when the wall clock is set back by an hour, the %s client${becauseNoKafka}`, (name) => {
  const open: Broker[] = [];
  const broker = async () => {
    const { brokers } = await testKafka();
    const made = clients[name]({ brokers: brokers.split(','), clientId: uniqueName('client') });
    open.push(made);
    return made;
  };
  const setBack = () => {
    const real = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => real() - hourMs);
  };
  afterEach(async () => {
    vi.restoreAllMocks();
    await Promise.all(open.splice(0).map((each) => each.close()));
  });

  it('commits offsets as before', async () => {
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    const [producer, consumer] = [await broker(), await broker()];
    await producer.ensureTopics([{ topic, partitions: 1 }]);
    const publish = (count: number) =>
      producer.publish(Array.from({ length: count }, () => ({ topic, key: Buffer.from('k'), value: Buffer.from('v'), headers: [] })));
    let committed = 0n;
    const onCommitted = (message: unknown) => {
      const { group: of, offset } = message as { group: string; offset: bigint };
      if (of === group) committed = offset;
    };
    diagnostics.offsetCommitted.subscribe(onCommitted);
    try {
      await consumer.subscribe({ group, topics: [topic], handler: async () => undefined });
      await publish(20);
      await eventually(() => expect(committed).toBe(20n));
      setBack();
      await publish(20);
      await eventually(() => expect(committed).toBe(40n), { timeoutMs: 30_000 });
    } finally {
      diagnostics.offsetCommitted.unsubscribe(onCommitted);
    }
  });
});
