import { channels, courierPositions, createOrderReplies, services, topicsSentBy } from '@ftgo/contracts/channels';
import { AccessDenied, type Broker, type Following, type Subscription } from '@ftgo/messaging/broker';
import { appUsers } from '@ftgo/runner/kafka-access';
import { eventually, noSecuredKafka, type SecuredKafka, startSecuredKafka, uniqueName } from '@ftgo/testing';
import { eventRecord, playedRecord } from '@ftgo/testing/services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const topics = [...channels, courierPositions].map(({ topic }) => topic);
const followed = ['ftgo.orderhistory.events', courierPositions.topic];
const relayOf = (service: string): string => `${service}-relay`;
const why = noSecuredKafka();

const recordFor = (topic: string) => ({ topic, key: Buffer.from('1'), value: Buffer.from('forged'), headers: [] });

const menuAt = (minorUnits: string) => ({ menu: { menuItems: [{ id: '1', name: 'Naan', price: { currencyCode: 'USD', minorUnits } }] } });
const menuRevised = { publisher: 'restaurant', type: 'RestaurantMenuRevised', id: 1 } as const;
/** Perfect ones: only Kafka can know that they are not from their source. */
const forgeries = [
  [
    'a reply that approves an order on a disabled account',
    playedRecord(createOrderReplies.topic, '019a1b2c-3d4e-7f50-8123-456789abcdef', '{"authorizationId":"1"}', {
      ce_type: 'ftgo.accounting.v1.AuthorizeCardReply',
      ce_source: '/accounting-service',
      ce_sagaid: '019a1b2c-3d4e-7f50-8123-456789abcdef',
      ce_sagastep: 'authorize card',
      ce_outcome: 'success',
    }),
  ],
  ['an event with a price of 0.01', eventRecord({ ...menuRevised, sequence: 2, payload: menuAt('1') })],
  ['a sequence of 2^53 − 1', eventRecord({ ...menuRevised, sequence: Number.MAX_SAFE_INTEGER, payload: menuAt('1234') })],
] as const;

/** The topics on which a user has a permission, according to the generated file. */
const permitted = (user: string, operation: string): string[] =>
  (appUsers().find(({ name }) => name === user)?.acls ?? [])
    .filter(({ resource, operations }) => resource.type === 'topic' && operations.includes(operation))
    .map(({ resource }) => resource.name);

describe.skipIf(why)(`a Kafka with the permissions that the contracts give${why ? ` (${why})` : ''}`, () => {
  let kafka: SecuredKafka;
  let admin: Broker;
  const clients = new Map<string, Broker>();
  const as = async (user: string): Promise<Broker> => {
    const client = clients.get(user) ?? (await kafka.client(user));
    clients.set(user, client);
    return client;
  };
  const write = async (user: string, topic: string): Promise<unknown> => {
    return (await as(user)).publish([recordFor(topic)]).then(
      () => 'written',
      (error: unknown) => error,
    );
  };
  /** Reads in a group until a record arrives, or until it is known why that fails. */
  const read = async (user: string, topic: string, group: string): Promise<string> => {
    let received = 0;
    const handler = async () => void received++;
    const subscription = await (await as(user)).subscribe({ group, topics: [topic], handler });
    await admin.publish([recordFor(topic)]);
    return outcomeOf(subscription, () => received > 0);
  };
  /** The same without a group. */
  const follow = async (user: string, topic: string): Promise<string> => {
    let received = 0;
    const following = (await as(user)).follow({ topics: [topic], handler: () => void received++ });
    void following.started.then(() => admin.publish([recordFor(topic)]));
    return outcomeOf(following, () => received > 0);
  };

  beforeAll(async () => {
    kafka = await startSecuredKafka();
    admin = await kafka.client();
    await kafka.rotatePassword('rogue', uniqueName('password'));
    for (const service of services) {
      const own = permitted(service, 'Create').map((topic) => ({ topic, partitions: 1 }));
      await (await as(service)).ensureTopics(own);
    }
  });
  afterAll(async () => {
    await Promise.all([admin, ...clients.values()].map((client) => client.close()));
  });

  it('has every topic, created by its owner', async () => {
    expect(await admin.missingTopics(topics)).toEqual([]);
  });

  it.each(topics)('lets a user without permissions neither write nor read %s, with a group or without', async (topic) => {
    expect(await write('rogue', topic)).toBeInstanceOf(AccessDenied);
    expect(await read('rogue', topic, 'rogue')).toContain('denies access to user rogue');
    expect(await follow('rogue', topic)).toContain('denies access to user rogue');
    const own = (await as('rogue')).ensureTopics([{ topic: uniqueName('topic'), partitions: 1 }]);
    await expect(own).rejects.toBeInstanceOf(AccessDenied);
  });

  it.each(forgeries)('denies the forgeries of a rogue producer, and of the relay of another service: %s', async (_what, forgery) => {
    for (const user of ['rogue', relayOf('order-history-service')])
      await expect((await as(user)).publish([forgery])).rejects.toBeInstanceOf(AccessDenied);
  });

  it.each(services)('lets %s read its topics in its group, and write no events, not even its own', async (service) => {
    for (const topic of permitted(service, 'Read')) expect(await read(service, topic, service)).toBe('reads');
    for (const topic of topics) {
      // Positions are not stored, so no relay publishes them.
      const isOwnPosition = topic === courierPositions.topic && service === 'delivery-service';
      expect([topic, await write(service, topic)]).toEqual([topic, isOwnPosition ? 'written' : expect.any(AccessDenied)]);
    }
    for (const topic of topics.filter((each) => !permitted(service, 'Read').includes(each)))
      expect(await follow(service, topic)).toContain(`denies access to user ${service}`);
  });

  it.each(services)('lets no service but %s join its group', async (service) => {
    for (const other of services.filter((each) => each !== service)) {
      const [topic = ''] = permitted(other, 'Read');
      expect(await read(other, topic, service)).toContain(`denies access to user ${other}`);
    }
  });

  it.each(services)('lets the relay of %s write what the service sends, and nothing else, and read nothing', async (service) => {
    const sent = topicsSentBy(service);
    for (const topic of topics) {
      const expected = sent.has(topic) ? 'written' : expect.any(AccessDenied);
      expect([topic, await write(relayOf(service), topic)]).toEqual([topic, expected]);
    }
    const [topic = ''] = sent.keys();
    expect(await follow(relayOf(service), topic)).toContain('denies access');
    expect(await read(relayOf(service), topic, service)).toContain('denies access');
  });

  it('lets the gateway follow timelines and positions without a group, and nothing else', async () => {
    for (const topic of topics) {
      const expected = followed.includes(topic) ? 'reads' : expect.stringContaining('denies access to user api-gateway');
      expect([topic, await follow('api-gateway', topic)]).toEqual([topic, expected]);
      expect(await write('api-gateway', topic)).toBeInstanceOf(AccessDenied);
    }
    expect(await read('api-gateway', 'ftgo.orderhistory.events', 'api-gateway')).toContain('denies access');
  });
});

async function outcomeOf(reader: Subscription | Following, reads: () => boolean): Promise<string> {
  try {
    return await eventually(() => {
      if (reader.problem !== undefined) return reader.problem;
      if (reads()) return 'reads';
      throw new Error('neither reading nor denied');
    });
  } finally {
    await reader.close();
  }
}
