import { RecordView } from '@ftgo/messaging/broker';
import { eventually, type FaultProxy, faultProxy, uniqueName } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OwnBroker, record } from './own-broker.js';

/** Statements time out after 10 s. */
const patience = { timeoutMs: 25_000 };

describe('a connection to PostgreSQL that falls silent', { timeout: 90_000 }, () => {
  let own: OwnBroker;
  let proxy: FaultProxy;
  let topic: string;
  beforeAll(async () => {
    own = await OwnBroker.open();
  });
  beforeEach(async () => {
    proxy = await faultProxy({ to: own.database.url });
    topic = uniqueName('topic');
    await own.client().ensureTopics([{ topic, partitions: 1 }]);
  });
  afterEach(async () => {
    await own.closeClients();
    proxy.close();
  });
  afterAll(() => own.end());

  const clientBehindProxy = () => own.client({ url: proxy.url(own.database.url) });

  it('ends a pipeline, and another one continues', async () => {
    const broker = clientBehindProxy();
    const failure = Promise.withResolvers<Error>();
    const pipeline = await broker.pipeline({ acknowledged: () => undefined, failed: failure.resolve });
    proxy.silence();
    pipeline.push(new RecordView().set(record(topic, 'a', '1')), 1);
    pipeline.flush();
    expect((await failure.promise).name).toBe('BrokerUnavailable');
    const acknowledged = Promise.withResolvers<number>();
    const next = await broker.pipeline({ acknowledged: acknowledged.resolve, failed: acknowledged.reject });
    next.push(new RecordView().set(record(topic, 'a', '2')), 7);
    next.flush();
    expect(await acknowledged.promise).toBe(7);
  });

  it('fails what is being published, and is replaced for the next publication', async () => {
    const broker = clientBehindProxy();
    await broker.publish([record(topic, 'a', '1')]);
    proxy.silence();
    await expect(broker.publish([record(topic, 'a', '2')])).rejects.toMatchObject({ name: 'BrokerUnavailable' });
    await broker.publish([record(topic, 'a', '3')]);
  });

  it('is replaced by its subscription, which misses nothing', async () => {
    const got: string[] = [];
    const subscription = await clientBehindProxy().subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records }) => void got.push(...records.map(({ value }) => String(value))),
    });
    const publisher = own.client();
    await publisher.publish([record(topic, 'a', '1')]);
    await eventually(() => expect(got).toEqual(['1']));
    await eventually(() => expect(subscription.caughtUp()).toBe(true));
    proxy.silence();
    await publisher.publish([record(topic, 'a', '2')]);
    await eventually(() => expect(subscription.connected).toBe(false), patience);
    await eventually(() => expect(got.at(-1)).toBe('2'), patience);
    expect([...new Set(got)]).toEqual(['1', '2']);
  });

  it('does not keep its broker from closing', async () => {
    const broker = clientBehindProxy();
    const subscription = await broker.subscribe({ group: uniqueName('group'), topics: [topic], handler: async () => undefined });
    await eventually(() => expect(subscription.connected).toBe(true));
    await broker.publish([record(topic, 'a', '1')]);
    await proxy.admit('silent');
    proxy.silence();
    const startedAt = performance.now();
    await broker.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
