import { type Broker, BrokerUnavailable } from '@ftgo/messaging/broker';
import { becauseNoKafka, eventually, type FaultProxy, noKafka, type OwnKafka, startKafkaBehindProxy, uniqueName } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clients, everyClient } from './clients.js';

// Everything awaited here is detected within 15 s; a busy machine may take longer.
const patient = { timeoutMs: 50_000 };

describe.skipIf(noKafka).each(everyClient)(
  `Kafka by the %s client, behind connections that fall silent, without a FIN or an RST${becauseNoKafka}`,
  (name) => {
    let kafka: OwnKafka;
    let proxy: FaultProxy;
    const open: Broker[] = [];
    beforeAll(async () => {
      ({ kafka, proxy } = await startKafkaBehindProxy());
    });
    afterEach(async () => {
      proxy.cut();
      await Promise.all(open.splice(0).map((broker) => broker.close()));
    });
    afterAll(async () => {
      proxy.close();
      await kafka.kill();
    });

    const connect = (): Broker => {
      const broker = clients[name]({ brokers: [kafka.brokers], clientId: uniqueName('client') });
      open.push(broker);
      return broker;
    };
    const made = async (broker: Broker): Promise<string> => {
      const topic = uniqueName('topic');
      await broker.ensureTopics([{ topic, partitions: 2 }]);
      return topic;
    };
    const record = (topic: string, value: string) => ({ topic, key: Buffer.from('k'), value: Buffer.from(value), headers: [] });

    it('is consumed again through new connections', async () => {
      const broker = connect();
      const topic = await made(broker);
      const got: string[] = [];
      const consumer = connect();
      const subscription = await consumer.subscribe({
        group: uniqueName('group'),
        topics: [topic],
        handler: async ({ records }) => void got.push(...records.map(({ value }) => String(value))),
      });
      await broker.publish([record(topic, '1')]);
      await eventually(() => expect(got).toEqual(['1']));
      proxy.silence();
      const published = eventually(() => connect().publish([record(topic, '2')]), patient);
      await eventually(() => expect(subscription.connected).toBe(false), patient);
      await published;
      await eventually(() => expect(new Set(got)).toEqual(new Set(['1', '2'])), patient);
      await eventually(() => expect(subscription.connected && subscription.caughtUp()).toBe(true), patient);
    });

    it('fails what is being published, and accepts the next publication', async () => {
      const broker = connect();
      const topic = await made(broker);
      await broker.publish([record(topic, '1')]);
      proxy.silence();
      await expect(broker.publish([record(topic, '2')])).rejects.toBeInstanceOf(BrokerUnavailable);
      await eventually(() => broker.publish([record(topic, '3')]), patient);
    });

    it('is reported as unavailable while connections are accepted but get no response', async () => {
      await proxy.admit('silent');
      const broker = connect();
      await expect(broker.missingTopics(['any'])).rejects.toBeInstanceOf(BrokerUnavailable);
      await proxy.admit('forward');
      expect(await broker.missingTopics(['any'])).toEqual(['any']);
    });
  },
);
