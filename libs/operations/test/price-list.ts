import { randomUUID } from 'node:crypto';
import { type IncomingMessage, messagingSchema } from '@ftgo/messaging';
import { header, type MemoryBroker, memoryBroker } from '@ftgo/messaging/broker';
import { HandlesEvent, MessagingModule } from '@ftgo/messaging-nest';
import { createService, DatabaseModule, type NestFastifyApplication } from '@ftgo/platform';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { PriceChanged, priceChanged, priceEvents, refusal } from '@ftgo/testing/messaging';
import { placeOf } from '@ftgo/testing/services';
import { Injectable, Module } from '@nestjs/common';
import pg from 'pg';
import { OperationsModule, TopicReplica } from '../src/index.js';

/** What the handler of the service did, and which prices it cannot handle. */
@Injectable()
class PriceHandlers {
  readonly handled: number[] = [];
  readonly poison = new Set<number>();
  /** Prices that only a replay can handle. */
  readonly poisonUnlessReplayed = new Set<number>();
  /** A replay of a price, or its first handling, waits for this. */
  readonly gates = new Map<number, Promise<void>>();
  readonly liveGates = new Map<number, Promise<void>>();

  @HandlesEvent(PriceChanged)
  async notePrice({ cents }: PriceChanged, { isReplayed }: IncomingMessage): Promise<void> {
    await (isReplayed ? this.gates : this.liveGates).get(cents);
    if (this.poison.has(cents) || (!isReplayed && this.poisonUnlessReplayed.has(cents))) throw new Error(`cannot handle ${cents}`);
    this.handled.push(cents);
  }
}

@Module({})
class PriceListModule {}

const moduleOf = (prices: PriceHandlers, { url, broker, isOpen }: { url: string; broker: MemoryBroker; isOpen?: boolean | undefined }) => ({
  module: PriceListModule,
  imports: [
    DatabaseModule.forRoot({ url, entities: [], applicationName: 'price-list' }),
    MessagingModule.forRootAsync({
      useFactory: () => ({ service: 'price-list', broker: broker.client(), refusal, replyChannels: [], topics: [] }),
    }),
    OperationsModule.forRoot({ isOpen }),
  ],
  providers: [
    { provide: PriceHandlers, useValue: prices },
    { provide: TopicReplica, useValue: new TopicReplica({ name: 'prices', topic: priceEvents.topic, gaps: () => 3 }) },
  ],
});

/** A service that handles the prices of one item, in order. */
export class PriceList {
  readonly prices = new PriceHandlers();

  private constructor(
    private readonly database: TestDatabase,
    private readonly broker: MemoryBroker,
    private running: NestFastifyApplication | undefined,
  ) {}

  static async start(): Promise<PriceList> {
    const database = await testDatabase({
      template: { name: 'operations', prepare: (url) => withStatements(url, messagingSchema('ftgo_relay')) },
    });
    const broker = memoryBroker();
    await broker.ensureTopics([{ topic: priceEvents.topic, partitions: 2 }]);
    const priceList = new PriceList(database, broker, undefined);
    await priceList.restart();
    return priceList;
  }

  get handled(): readonly number[] {
    return this.prices.handled;
  }

  get poison(): Set<number> {
    return this.prices.poison;
  }

  get app(): NestFastifyApplication {
    if (!this.running) throw new Error('the service is not running');
    return this.running;
  }

  async restart(isOpen?: boolean): Promise<void> {
    await this.running?.close();
    const module = moduleOf(this.prices, { url: this.database.url, broker: this.broker, isOpen });
    this.running = await createService(module, { name: 'price-list', logLevel: 'silent' });
    await this.running.init();
  }

  /** Prices of one item, in this order. */
  publish(...cents: readonly number[]): Promise<void> {
    return this.publishOf('pen', cents);
  }

  /** `pen` and `cap` are in different partitions. */
  async publishOf(item: 'pen' | 'cap', cents: readonly number[], extra: Record<string, string> = {}): Promise<void> {
    await this.broker.publish(
      cents.map((each) => {
        const { topic, value, headers } = priceChanged({ item, cents: each }, extra);
        return {
          topic,
          key: Buffer.from(item),
          value: value as Buffer,
          headers: [...headers].map(([name, bytes]) => [Buffer.from(name), bytes] as const),
        };
      }),
    );
  }

  /** A price of a pen from someone else; resolves to its place. */
  async forge(cents: number, messageId = randomUUID()): Promise<string> {
    await this.publishOf('pen', [cents], { [header.id]: messageId });
    return placeOf(this.broker.client(), [priceEvents.topic], messageId);
  }

  async close(): Promise<void> {
    await this.running?.close();
    await this.broker.close();
    await this.database.drop();
  }
}

/** Runs statements on a database. */
export async function withStatements(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
