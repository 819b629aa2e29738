import { Outbox, Transactions } from '@ftgo/messaging';
import { BrokerUnavailable, memoryBroker } from '@ftgo/messaging/broker';
import { messagingDatabase, PriceChanged, priceEvents, refusal, stockCommands, stockReplies } from '@ftgo/testing/messaging';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HandlesEvent, MessagingModule, MessagingRuntime } from '../src/index.js';

let database: Awaited<ReturnType<typeof messagingDatabase>>;
beforeAll(async () => {
  database = await messagingDatabase();
});
afterAll(() => database.close());

@Injectable()
class Prices {
  @HandlesEvent(PriceChanged)
  note(): Promise<void> {
    return Promise.resolve();
  }
}

async function application(topicsAre: 'create' | 'declared', broker = memoryBroker(), client = broker.client()) {
  const { transactions } = database;
  @Module({
    providers: [
      { provide: Transactions, useValue: transactions },
      { provide: Outbox, useValue: new Outbox(transactions) },
    ],
    exports: [Transactions, Outbox],
  })
  class Database {}
  const topics = [
    { topic: stockCommands.topic, partitions: 6, retentionMs: 604_800_000 },
    { topic: stockReplies.topic, partitions: 6 },
  ];
  const messaging = MessagingModule.forRootAsync({
    useFactory: () => ({ service: 'stock', broker: client, refusal, replyChannels: [], topics, topicsAre }),
  });
  const module = await Test.createTestingModule({
    imports: [{ module: Database, global: true }, messaging],
    providers: [Prices],
  }).compile();
  return { broker, module, app: module.get(MessagingRuntime) };
}

const needed = [stockCommands.topic, stockReplies.topic, priceEvents.topic];
const declare = (broker: ReturnType<typeof memoryBroker>, topics: string[]) =>
  broker.ensureTopics(topics.map((topic) => ({ topic, partitions: 1 })));

describe('if topics are declared, an application', () => {
  it('without some of them does not start, names them all, and creates none', async () => {
    const { broker, module } = await application('declared');
    await declare(broker, [stockReplies.topic]);
    await expect(module.init()).rejects.toThrow(
      'these topics do not exist, and declared topics are not created at startup; create them in the broker:\n' +
        `  ${priceEvents.topic}\n  ${stockCommands.topic} (partitions=6, retention.ms=604800000)`,
    );
    expect(await broker.missingTopics(needed)).toEqual([stockCommands.topic, priceEvents.topic]);
    await module.close().catch(() => undefined);
  });

  it('with all of them consumes', async () => {
    const { broker, module, app } = await application('declared');
    await declare(broker, needed);
    await module.init();
    await expect.poll(() => app.ready).toBe(true);
    await module.close();
  });

  it('starts although the broker does not respond, which is retried later', async () => {
    const broker = memoryBroker();
    await declare(broker, needed);
    const client = broker.client();
    const answer = client.missingTopics.bind(client);
    let isDown = true;
    client.missingTopics = (topics) => (isDown ? Promise.reject(new BrokerUnavailable('connection refused')) : answer(topics));
    const { module, app } = await application('declared', broker, client);
    await module.init();
    expect(app.ready).toBe(false);
    isDown = false;
    await expect.poll(() => app.ready, { timeout: 5_000 }).toBe(true);
    await module.close();
  });
});

it('without declared topics, an application creates the topics it owns and waits for those of others', async () => {
  const { broker, module, app } = await application('create');
  await module.init();
  await expect.poll(() => broker.missingTopics(needed)).toEqual([priceEvents.topic]);
  expect(app.ready).toBe(false);
  await declare(broker, [priceEvents.topic]);
  await expect.poll(() => app.ready, { timeout: 5_000 }).toBe(true);
  await module.close();
});
