import { messagingSchema } from '@ftgo/messaging';
import { outboxPublication } from '@ftgo/messaging/outbox-table';
import { proofOf, readFacts } from '@ftgo/outbox-relay';
import { kafkaSettingsFor } from '@ftgo/runner/kafka';
import { adminUser } from '@ftgo/runner/kafka-access';
import {
  kafkaClientOf,
  type OwnKafka,
  type SecuredKafka,
  startKafka,
  startPostgres,
  startSecuredKafka,
  type TestDatabase,
  testDatabase,
} from '@ftgo/testing';
import { Admin } from '@platformatic/kafka';
import { Client } from 'pg';
import { listenerOn } from '../proc.js';

export const topic = 'orders.events';
const partitions = 6;
const poller = 'outbox_poll';

/** Postgres, Kafka, a database with an outbox, and the topic. */
export class Stack {
  private constructor(
    readonly database: TestDatabase,
    readonly kafka: OwnKafka | SecuredKafka,
    readonly client: Client,
    readonly admin: Admin,
    readonly pids: { readonly postgres: number | undefined; readonly kafka: number | undefined },
  ) {}

  /** `isSecured`: Kafka is reached only over TLS, by known users. */
  static async start(options: { readonly withExtensions: boolean; readonly isSecured?: boolean }): Promise<Stack> {
    const [postgres, kafka] = await Promise.all([startPostgres(), options.isSecured ? startSecuredKafka() : startKafka()]);
    await tune(postgres.adminUrl);
    await postgres.stop();
    await postgres.start();
    const database = await testDatabase({ server: postgres });
    const client = new Client({ connectionString: database.adminUrl });
    await client.connect();
    const owner = new Client({ connectionString: database.url });
    await owner.connect();
    for (const statement of [...messagingSchema('ftgo_relay'), ...benchmarkSchema(options.withExtensions)]) await owner.query(statement);
    await owner.end();
    const admin = new Admin({ clientId: 'benchmark', ...kafkaClientOf(brokerOf(kafka)) });
    await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
    const pids = { postgres: listenerOn(Number(new URL(postgres.adminUrl).port)), kafka: listenerOn(Number(kafka.brokers.split(':')[1])) };
    return new Stack(database, kafka, client, admin, pids);
  }

  get broker(): KafkaAddress {
    return brokerOf(this.kafka);
  }

  /** The environment of a process that connects to Kafka. */
  get kafkaEnvironment(): Record<string, string> {
    const { brokers, securityFolder } = this.broker;
    return { FTGO_KAFKA_BROKERS: brokers, ...(securityFolder ? kafkaSettingsFor(securityFolder, adminUser) : {}) };
  }

  /** Writes rows, each in a separate transaction. */
  async fill(table: 'outbox' | 'outbox_poll', rows: number): Promise<void> {
    await this.client.query('SET synchronous_commit = off');
    await this.client.query(`CALL fill('${table}', ${rows})`);
    await this.client.query('CHECKPOINT');
  }

  async createSlot(name: string): Promise<void> {
    await this.client.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [name]);
    this.snapshots.set(name, await this.currentSnapshot());
  }

  async copySlot(from: string, to: string): Promise<void> {
    await this.client.query('SELECT pg_copy_logical_replication_slot($1, $2)', [from, to]);
  }

  async dropSlot(name: string): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      try {
        await this.client.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [name]);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Without this, our relay would publish from the table what no checkpoint proves to be published; here only the slot counts. */
  async pretendCheckpoint(slot: string): Promise<void> {
    const proof = proofOf(await readFacts(this.client, outboxPublication));
    await this.client.query(
      `INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, proof)
        SELECT slot_name, confirmed_flush_lsn, pg_current_snapshot(), system_identifier, $2
          FROM pg_control_system(), pg_replication_slots WHERE slot_name = $1
        ON CONFLICT (name) DO UPDATE SET acked_lsn = excluded.acked_lsn, snapshot = excluded.snapshot, proof = excluded.proof`,
      [slot, proof],
    );
  }

  /** For a polling relay: rows committed before that slot was created count as published; without a slot, all current rows. */
  async pretendPublished(name: string, slot?: string): Promise<void> {
    const snapshot = (slot && this.snapshots.get(slot)) ?? (await this.currentSnapshot());
    await this.client.query(
      `INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, proof)
        SELECT $1, '0/0', $2, system_identifier, '{}' FROM pg_control_system()
        ON CONFLICT (name) DO UPDATE SET snapshot = excluded.snapshot, proof = excluded.proof`,
      [name, snapshot],
    );
  }

  private async currentSnapshot(): Promise<string> {
    const { rows } = await this.client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
    return (rows[0] as { snapshot: string }).snapshot;
  }

  async walSenderPid(slot: string): Promise<number | undefined> {
    const { rows } = await this.client.query<{ active_pid: number | null }>(
      'SELECT active_pid FROM pg_replication_slots WHERE slot_name = $1',
      [slot],
    );
    return rows[0]?.active_pid ?? undefined;
  }

  /** The number of records in the topic, in all partitions. */
  async recordsInTopic(): Promise<number> {
    return (await this.ends()).reduce((sum, { offset }) => sum + Number(offset), 0) - this.truncated;
  }

  /** Deletes what earlier runs published. */
  async truncateTopic(): Promise<void> {
    const ends = await this.ends();
    await this.admin.deleteRecords({ topics: [{ name: topic, partitions: ends.map(({ partition, offset }) => ({ partition, offset })) }] });
    this.truncated = ends.reduce((sum, { offset }) => sum + Number(offset), 0);
  }

  get publication(): string {
    return outboxPublication;
  }

  async close(): Promise<void> {
    await this.admin.close();
    await this.client.end();
    await this.database.drop().catch(() => undefined);
  }

  private truncated = 0;
  private readonly snapshots = new Map<string, string>();

  private async ends(): Promise<{ partition: number; offset: bigint }[]> {
    const wanted = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }));
    const [listed] = await this.admin.listOffsets({ topics: [{ name: topic, partitions: wanted }] });
    return (listed?.partitions ?? []).map(({ partitionIndex, offset }) => ({ partition: partitionIndex, offset }));
  }
}

type KafkaAddress = Parameters<typeof kafkaClientOf>[0];

const brokerOf = (kafka: OwnKafka | SecuredKafka): KafkaAddress =>
  'broker' in kafka ? kafka.broker : { kind: 'kafka', brokers: kafka.brokers };

async function tune(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  const settings = {
    shared_buffers: '512MB',
    max_wal_size: '8GB',
    checkpoint_timeout: '30min',
    autovacuum: 'off',
    fsync: 'on',
    full_page_writes: 'on',
  };
  for (const [name, value] of Object.entries(settings)) await client.query(`ALTER SYSTEM SET ${name} = '${value}'`);
  await client.end();
}

const insert = (
  table: string,
  withExtensions: boolean,
) => `INSERT INTO ${table} (id, topic, partition_key, type, source, subject, sequence, time, correlation_id, causation_id, traceparent, content_type, data_schema, payload${withExtensions ? ', extensions' : ''})
      VALUES (gen_random_uuid(), '${topic}', k, 'order.approved.v1', '/orders', k, lpad(i::text, 20, '0'), now(), gen_random_uuid()::text, gen_random_uuid()::text,
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'application/json', 'orders/v1', convert_to(body, 'UTF8')
        ${withExtensions ? `, ('{"ce_sagaid":"' || gen_random_uuid() || '","ce_sagastep":"authorize"}')::json` : ''});`;

/** The naive poller's table, and a filler: one transaction per row, a payload of about 290 bytes, 10,000 keys. */
const benchmarkSchema = (withExtensions: boolean) => [
  `CREATE TABLE ${poller} (LIKE outbox INCLUDING DEFAULTS, seq bigserial PRIMARY KEY, published boolean NOT NULL DEFAULT false)`,
  `ALTER TABLE ${poller} ALTER position DROP NOT NULL`,
  `CREATE INDEX ON ${poller} (seq) WHERE NOT published`,
  `CREATE PROCEDURE fill(tab text, n int) LANGUAGE plpgsql AS $$
  DECLARE
    pad text := repeat('0123456789abcdef', 14); k text; body text;
  BEGIN
    FOR i IN 1..n LOOP
      k := 'order-' || (i::bigint * 7919 % 10000);
      body := '{"orderId":"' || k || '","n":' || i || ',"state":"APPROVED","note":"' || pad || '"}';
      IF tab = 'outbox' THEN ${insert('outbox', withExtensions)}
      ELSE ${insert(poller, false)}
      END IF;
      COMMIT;
    END LOOP;
  END $$`,
];
