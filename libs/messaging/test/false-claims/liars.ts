// Brokers that each make one false claim, and an honest one. The conformance suite runs on all of them.
import { vi } from 'vitest';
import { type BrokerFeatures, type MemoryBroker, memoryBroker } from '../../src/broker/index.js';
import { brokerConformance } from '../../src/testing/index.js';

/** Makes an honest client break one promise. */
type Lie = (client: MemoryBroker) => void;

const mixesKeys: Lie = (client) => {
  const publish = client.publish.bind(client);
  client.publish = (records) => publish(records.toReversed());
};

const sharesMessagesOut: Lie = (client) => {
  const subscribe = client.subscribe.bind(client);
  client.subscribe = (options) => subscribe({ ...options, group: 'one for all' });
};

/** Starts a group with what is published after its creation. */
const forgets = (): Lie => {
  const groups = new Set<string>();
  return (client) => {
    const subscribe = client.subscribe.bind(client);
    client.subscribe = async (options) => {
      if (!groups.has(options.group)) {
        const old = await subscribe({ ...options, handler: () => Promise.resolve() });
        await vi.waitUntil(() => old.caughtUp());
        await old.close();
      }
      groups.add(options.group);
      return subscribe(options);
    };
  };
};

/** Only the first reader gets messages. */
const servesOneReader = (): Lie => {
  let isServed = false;
  return (client) => {
    const follow = client.follow.bind(client);
    client.follow = (options) => {
      const handler = isServed ? () => undefined : options.handler;
      isServed = true;
      return follow({ ...options, handler });
    };
  };
};

const hasOnePartition: Lie = (client) => {
  const ensureTopics = client.ensureTopics.bind(client);
  client.ensureTopics = (topics) => ensureTopics(topics.map((topic) => ({ ...topic, partitions: 1 })));
};

const claims =
  (claimed: Partial<BrokerFeatures>): Lie =>
  (client) =>
    void Object.assign(client, { features: { ...client.features, ...claimed } });

const brokers: Record<string, Lie> = {
  honest: () => undefined,
  orderedPerKey: mixesKeys,
  publishSubscribe: sharesMessagesOut,
  retained: forgets(),
  following: servesOneReader(),
  partitioned: hasOnePartition,
  survivesRecreation: claims({ survivesRecreation: true }),
};

for (const [name, lie] of Object.entries(brokers))
  brokerConformance(name, () => {
    const broker = memoryBroker({ drainTimeoutMs: 200 });
    const client = () => {
      const made = broker.client();
      lie(made);
      return made;
    };
    return Promise.resolve({ client });
  });
