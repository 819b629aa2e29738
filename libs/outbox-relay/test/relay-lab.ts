import { randomUUID } from 'node:crypto';
import { messagingSchema } from '@ftgo/messaging';
import type { Broker, ReceivedRecord } from '@ftgo/messaging/broker';
import { type BrokerAt, openBrokerAt, type TestDatabase, testBroker, testDatabase, uniqueName } from '@ftgo/testing';
import { Client } from 'pg';
import { DatabaseRelay, type DatabaseRelayOptions, type RelayStatus, type SourceKind } from '../src/index.js';

/** Columns of an outbox row that a test sets; the others have default values. */
export interface Row {
  readonly key: string;
  readonly n: number;
  readonly payload?: Buffer;
  readonly topic?: string;
  readonly columns?: Readonly<Record<string, unknown>>;
}

export interface LogLine {
  readonly level: 'log' | 'warn' | 'error';
  readonly message: string;
  readonly details: Record<string, unknown> | undefined;
}

/** A database with an outbox, a topic, and the records that arrive there. */
export class RelayLab {
  readonly received: ReceivedRecord[] = [];
  readonly log: LogLine[] = [];
  /** The different numbers that have arrived. */
  readonly distinct = new Set<number>();
  readonly topic = uniqueName('topic');
  private readonly relays: DatabaseRelay[] = [];
  private readonly brokers: Broker[] = [];
  private readonly clients: Client[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly brokerAt: BrokerAt,
    /** The default source of its relays. */
    readonly source: SourceKind,
  ) {}

  static async open(options: { broker?: BrokerAt; database?: TestDatabase; source?: SourceKind } = {}): Promise<RelayLab> {
    const broker = options.broker ?? (await testBroker());
    const lab = new RelayLab(options.database ?? (await messagingDatabase()), broker, options.source ?? 'wal');
    await lab.newBroker().ensureTopics([{ topic: lab.topic, partitions: 6 }]);
    return lab;
  }

  newBroker(): Broker {
    const broker = openBrokerAt(this.brokerAt, uniqueName('lab'));
    this.brokers.push(broker);
    return broker;
  }

  /** Collects everything that arrives, from the beginning of the topic. */
  async listen(): Promise<void> {
    await this.newBroker().subscribe({
      group: uniqueName('lab'),
      topics: [this.topic],
      maxBatch: 1000,
      handler: async ({ records }) => {
        this.received.push(...records);
        for (const record of records) this.distinct.add(numberOf(record));
      },
    });
  }

  relay(options: Partial<DatabaseRelayOptions> = {}): DatabaseRelay {
    const write = (level: LogLine['level']) => (message: string, details?: Record<string, unknown>) =>
      void this.log.push({ level, message, details });
    const logger = { log: write('log'), warn: write('warn'), error: write('error') };
    const { source } = this;
    const relay = new DatabaseRelay({
      url: this.database.relayUrl,
      broker: options.broker ?? this.newBroker(),
      logger,
      source,
      ...options,
    });
    this.relays.push(relay);
    relay.start();
    return relay;
  }

  get statuses(): RelayStatus[] {
    return this.relays.map(({ status }) => status);
  }

  async client(url = this.database.url): Promise<Client> {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    this.clients.push(client);
    return client;
  }

  async insert(client: Client, rows: readonly Row[]): Promise<void> {
    const records = rows.map(({ key, n, payload, topic = this.topic, columns }) => ({
      ...defaults(key, n),
      topic,
      payload: payload ?? Buffer.from(String(n)),
      ...columns,
    }));
    const names = Object.keys(records[0] as object);
    const values = records.map((_, i) => `(${names.map((_name, j) => `$${i * names.length + j + 1}`).join(', ')})`);
    await client.query(
      `INSERT INTO outbox (${names.join(', ')}) VALUES ${values.join(', ')}`,
      records.flatMap((record) => Object.values(record)),
    );
  }

  /** The numbers that arrived, in the order of their first arrival. */
  get numbers(): number[] {
    return [...new Set(this.received.map(numberOf))];
  }

  /** Numbers that overtook an earlier one of their key, by first arrival. */
  get disorder(): number[] {
    const seen = new Set<number>();
    const last = new Map<string, number>();
    return this.received.flatMap((record) => {
      const n = numberOf(record);
      if (seen.has(n)) return [];
      seen.add(n);
      const key = String(record.key);
      const overtook = (last.get(key) ?? -1) > n;
      last.set(key, n);
      return overtook ? [n] : [];
    });
  }

  get repetitions(): number {
    return this.received.length - this.numbers.length;
  }

  alarms(): string[] {
    return this.log.filter(({ level }) => level === 'error').map(({ details }) => String(details?.['reason']));
  }

  async close(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.stop()));
    await Promise.all(this.clients.map((client) => client.end().catch(() => undefined)));
    await Promise.all(this.brokers.map((broker) => broker.close()));
    await this.database.drop().catch(() => undefined);
  }
}

export const numberOf = ({ headers }: ReceivedRecord): number => Number(headers.get('ce_sequence'));

const defaults = (key: string, n: number) => ({
  id: randomUUID(),
  topic: '',
  partition_key: key,
  type: 'shop.v1.OrderPlaced',
  source: `/shop/orders/${key}`,
  subject: key,
  sequence: String(n).padStart(20, '0'),
  time: new Date(),
  correlation_id: randomUUID(),
  causation_id: randomUUID(),
  content_type: 'application/json',
  data_schema: 'shop/v1',
});

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** A database with the tables of messaging, readable for the relay. */
export const messagingDatabase = (
  server?: Parameters<typeof testDatabase>[0] extends infer O | undefined ? (O extends { server?: infer S } ? S : never) : never,
) =>
  testDatabase({
    ...(server ? { server } : {}),
    template: {
      name: 'messaging_relay',
      prepare: async (url) => {
        const client = new Client({ connectionString: url });
        await client.connect();
        for (const statement of messagingSchema('ftgo_relay')) await client.query(statement);
        await client.end();
      },
    },
  });
