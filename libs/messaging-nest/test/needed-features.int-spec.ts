import { Outbox, replay, Transactions } from '@ftgo/messaging';
import { type Broker, type BrokerFeatures, FeaturesMissing, memoryBroker } from '@ftgo/messaging/broker';
import { messagingDatabase, priceEvents, refusal } from '@ftgo/testing/messaging';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessagingModule } from '../src/index.js';

let database: Awaited<ReturnType<typeof messagingDatabase>>;
beforeAll(async () => {
  database = await messagingDatabase();
});
afterAll(() => database.close());

/** A broker that lacks features of the one in memory. */
function brokerWithout(...lacking: (keyof BrokerFeatures)[]): Broker {
  const broker = memoryBroker();
  return Object.assign(broker, { features: { ...broker.features, ...Object.fromEntries(lacking.map((feature) => [feature, false])) } });
}

async function application(broker: Broker, isReplayed: boolean) {
  const { transactions } = database;
  @Module({
    providers: [
      { provide: Transactions, useValue: transactions },
      { provide: Outbox, useValue: new Outbox(transactions) },
    ],
    exports: [Transactions, Outbox],
  })
  class Database {}
  const messaging = MessagingModule.forRootAsync({
    useFactory: () => ({ service: 'stock', broker, refusal, replyChannels: [], topics: [], isReplayed }),
  });
  return Test.createTestingModule({ imports: [{ module: Database, global: true }, messaging] }).compile();
}

describe('an application', () => {
  it('does not start on a broker that lacks what it needs, and names all of it', async () => {
    const module = await application(brokerWithout('orderedPerKey', 'publishSubscribe'), false);
    const refused = await module.init().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FeaturesMissing);
    expect((refused as Error).message).toBe(
      'stock cannot use the broker memory: it needs messages with the same key to arrive in the order in which they were sent (orderedPerKey), ' +
        'and every consumer group to get every message (publishSubscribe); configure another broker',
    );
    await module.close();
  });

  it('needs messages to be retained only if its views are rebuilt from them', async () => {
    const starts = await application(brokerWithout('retained'), false);
    await starts.init();
    await starts.close();
    const rebuilt = await application(brokerWithout('retained'), true);
    await expect(rebuilt.init()).rejects.toThrow(
      'stock cannot use the broker memory: it needs messages to be retained after they are handled',
    );
    await rebuilt.close();
  });
});

it('cannot start a replay if messages are not retained', async () => {
  const { transactions } = database;
  const options = { transactions, handlers: [], service: 'stock', topic: priceEvents.topic };
  const logger = { log: () => undefined, warn: () => undefined, error: () => undefined };
  await expect(replay({ ...options, broker: brokerWithout('retained'), logger })).rejects.toThrow(
    'a replay of shop.price.events for stock cannot use the broker memory',
  );
});
