import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AccessDenied, type Broker } from '@ftgo/messaging/broker';
import { brokerConformance } from '@ftgo/messaging/testing';
import { eventually, noSecuredKafka, type SecuredKafka, startSecuredKafka, uniqueName } from '@ftgo/testing';
import { Admin } from '@platformatic/kafka';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kafkaJsAccess, nativeAccess } from '../src/access-files.js';
import { kafkaBroker } from '../src/index.js';
import { kafkaJsBroker } from '../src/kafkajs/index.js';
import { type KafkaAccess, openKafka } from '../src/open.js';
import { deleteTopic, everyClient } from './clients.js';

const why = noSecuredKafka();
const relay = 'order-service-relay';

describe.skipIf(why).each(everyClient)(`a secured Kafka, used by the %s client${why ? ` (${why})` : ''}`, (client) => {
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-secured-'));
  let kafka: SecuredKafka;
  const open: Broker[] = [];
  const connect = async (access: KafkaAccess = kafka.access()): Promise<Broker> => {
    const broker = await openKafka({ client, brokers: [kafka.brokers], clientId: uniqueName('client'), access, warn: () => undefined });
    open.push(broker);
    return broker;
  };
  const topicOf = async (broker: Broker): Promise<string> => {
    const topic = uniqueName('topic');
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    return topic;
  };
  const record = (topic: string, value: string) => ({ topic, key: Buffer.from('key'), value: Buffer.from(value), headers: [] });
  const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined).catch((error: unknown) => error);
  const fileWith = (content: string): string => {
    const file = join(folder, uniqueName('file'));
    writeFileSync(file, content);
    return file;
  };
  const withPassword = (password: string): KafkaAccess => {
    const access = kafka.access(relay);
    return { ...access, sasl: { ...access.sasl, passwordFile: fileWith(password) } };
  };

  beforeAll(async () => {
    kafka = await startSecuredKafka();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((broker) => broker.close()));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  brokerConformance(`Kafka by ${client}`, async () => {
    const { tls, sasl } = nativeAccess(kafka.access());
    const admin = new Admin({ clientId: uniqueName('admin'), bootstrapBrokers: [kafka.brokers], tls, sasl });
    return {
      client: () => {
        const options = { brokers: [kafka.brokers], clientId: uniqueName('client'), drainTimeoutMs: 200 };
        return client === 'native'
          ? kafkaBroker({ ...options, ...nativeAccess(kafka.access()) })
          : kafkaJsBroker({ ...options, ...kafkaJsAccess(kafka.access()) });
      },
      deleteTopic: (topic) => deleteTopic(admin, topic),
      end: () => admin.close(),
    };
  });

  it('rejects a wrong password, and names the settings to check', async () => {
    const error = await failureOf((await connect(withPassword('wrong'))).publish([record('any', '1')]));
    expect(error).toBeInstanceOf(AccessDenied);
    expect(String(error)).toContain(
      'Kafka rejects the credentials of user order-service-relay; check FTGO_KAFKA_USERNAME and FTGO_KAFKA_PASSWORD_FILE',
    );
  });

  it('is not trusted without its certificate; the error names the setting to check', async () => {
    const error = await failureOf((await connect({ ...kafka.access(), tlsCaFile: 'system' })).publish([record('any', '1')]));
    expect(error).toBeInstanceOf(AccessDenied);
    expect(String(error)).toMatch(/TLS failed: .*self-signed certificate.*; check FTGO_KAFKA_TLS_CA_FILE/);
  });

  it('reports a password file that has disappeared', async () => {
    const access = withPassword('any');
    rmSync(access.sasl?.passwordFile ?? '');
    const error = await failureOf((await connect(access)).publish([record('any', '1')]));
    expect(String(error)).toContain('named by FTGO_KAFKA_PASSWORD_FILE');
  });

  it('accepts a client when its password file is corrected, without a restart', async () => {
    const access = withPassword('wrong');
    const broker = await connect(access);
    const topic = 'ftgo.consumer.commands';
    await (await connect()).ensureTopics([{ topic, partitions: 1 }]);
    expect(await failureOf(broker.publish([record(topic, '1')]))).toBeInstanceOf(AccessDenied);
    writeFileSync(access.sasl?.passwordFile ?? '', readFileSync(kafka.access(relay).sasl.passwordFile, 'utf8'));
    await eventually(() => broker.publish([record(topic, '1')]));
  });

  it('keeps sending and receiving in order while passwords and the certificate are replaced', async () => {
    const user = 'order-service';
    const admin = await connect();
    const [topic, sent, got] = ['ftgo.order.events', [] as string[], [] as string[]];
    await admin.ensureTopics([{ topic, partitions: 1 }]);
    const handler = async ({ records }: { records: readonly { value: Buffer | undefined }[] }) =>
      void got.push(...records.map(({ value }) => String(value)));
    const reader = await (await connect(kafka.access(user))).subscribe({ group: user, topics: [topic], handler });
    const writer = await connect(kafka.access(`${user}-relay`));
    const stop = new AbortController();
    const sending = (async () => {
      for (let n = 0; !stop.signal.aborted; n++) {
        await eventually(() => writer.publish([record(topic, String(n))]), { timeoutMs: 30_000 });
        sent.push(String(n));
        await pause(5);
      }
    })();
    await eventually(() => expect(got.length).toBeGreaterThan(20));
    for (const each of [user, `${user}-relay`]) await kafka.rotatePassword(each, uniqueName('rotated'));
    // Every connection has to be opened again, with the new password, to another certificate.
    await kafka.replaceCertificate();
    const before = sent.length;
    await eventually(() => expect(sent.length).toBeGreaterThan(before + 20), { timeoutMs: 30_000 });
    stop.abort();
    await sending;
    await eventually(() => expect(new Set(got)).toEqual(new Set(sent)), { timeoutMs: 30_000 });
    expect([...new Set(got)]).toEqual(sent);
    await reader.close();
  });

  it('shows a subscription without permission as a problem, and serves it once it is permitted', async () => {
    await kafka.rotatePassword('stranger', 'secret');
    const admin = await connect();
    const topic = await topicOf(admin);
    const broker = await connect(kafka.access('stranger'));
    let received = 0;
    const handler = async () => void received++;
    const subscription = await broker.subscribe({ group: 'stranger', topics: [topic], handler });
    await eventually(() => expect(subscription.problem).toContain('denies access to user stranger; check FTGO_KAFKA_USERNAME'));
    expect(subscription.connected).toBe(false);
    const error = await failureOf(broker.publish([record(topic, '1')]));
    expect(error).toBeInstanceOf(AccessDenied);
    expect(String(error)).toContain('check FTGO_KAFKA_USERNAME');
    expect(await failureOf(broker.missingTopics([topic]))).toBeInstanceOf(AccessDenied);
    await kafka.permitReading('stranger', topic);
    await admin.publish([record(topic, '1')]);
    await eventually(() => expect([received, subscription.problem, subscription.connected]).toEqual([1, undefined, true]));
  });
});
