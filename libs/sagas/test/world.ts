import { setTimeout as delay } from 'node:timers/promises';
import { type Handler, MessageConsumer, messagingSchema, Outbox, PgSessions, type SessionSource, Transactions } from '@ftgo/messaging';
import type { Broker } from '@ftgo/messaging/broker';
import { TransactionClient } from '@ftgo/messaging/postgres';
import { testDatabase } from '@ftgo/testing';
import pg from 'pg';
import {
  answeringOnce,
  PgAnswers,
  participantSchema,
  SagaDeadlines,
  type SagaDefinition,
  SagaOperations,
  Sagas,
  sagaRetentionSchema,
  sagaSchema,
  sagaStarterSchema,
} from '../src/index.js';
import { Effects, effectTable } from './effects.js';
import { HandBroker, recordOf, type Sent } from './hand-broker.js';
import { placeOrderSaga, refusalType, replies, revisePaymentSaga } from './shop.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

export interface WorldOptions {
  readonly sagas?: ReadonlyArray<SagaDefinition<unknown>>;
  readonly stepDeadlineMs?: number;
  readonly stuckAfter?: number;
  /** Wraps the connection between the services and their database. */
  readonly through?: (sessions: SessionSource) => SessionSource;
}

/** A service that runs sagas and its participants, on one database; the test delivers the messages. */
export class SagaWorld {
  readonly effects = new Effects();
  readonly transactions: Transactions;
  readonly outbox: Outbox;
  readonly answers: PgAnswers;
  sagas!: Sagas;
  operations!: SagaOperations;
  private readonly toParticipants = new HandBroker();
  private toSagas = new HandBroker();
  private readonly consumers: MessageConsumer[] = [];
  private delivered = 0n;
  private partition = 0;

  private constructor(
    readonly pool: pg.Pool,
    private readonly drop: () => Promise<void>,
    through: (sessions: SessionSource) => SessionSource,
  ) {
    this.transactions = new Transactions(through(new PgSessions(pool)));
    this.outbox = new Outbox(this.transactions);
    this.answers = new PgAnswers(this.transactions);
    this.effects.transactions = this.transactions;
  }

  static async open(options: WorldOptions = {}): Promise<SagaWorld> {
    const database = await testDatabase({ template: { name: 'sagas', prepare } });
    const pool = new pg.Pool({ connectionString: database.url, max: 8, pipeline: true, Client: TransactionClient } as pg.PoolConfig);
    pool.on('error', () => undefined);
    const world = new SagaWorld(pool, () => database.drop(), options.through ?? ((sessions) => sessions));
    await world.startParticipants();
    await world.deploy(options);
    return world;
  }

  /** Starts the service with these definitions, in place of the previous ones. */
  async deploy({ sagas = [placeOrderSaga, revisePaymentSaga], ...timing }: WorldOptions): Promise<void> {
    this.sagas = new Sagas({
      ...timing,
      service: 'shop-service',
      sagas,
      transactions: this.transactions,
      outbox: this.outbox,
      refusal: refusalType,
      resolve: () => this.effects.orders as never,
    });
    this.operations = new SagaOperations(this.sagas, this.transactions);
    this.toSagas = new HandBroker();
    await this.consume('shop-service', this.toSagas, this.sagas.replyHandlers());
  }

  /** Deadlines that the test runs round by round, or starts. */
  deadlines(caughtUp: () => boolean = () => true, pollMs = 20): SagaDeadlines {
    return new SagaDeadlines({ sagas: this.sagas, transactions: this.transactions, caughtUp, pollMs });
  }

  start<State extends object>(saga: SagaDefinition<State>, state: State): Promise<string> {
    return this.transactions.run(() => this.sagas.start(saga, state));
  }

  async rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query(sql, values)).rows as Row[];
  }

  /** The messages sent since the last call. */
  async sent(): Promise<Sent[]> {
    const rows = await this.rows<Sent>(
      `SELECT *, extensions->>'ce_sagaid' AS saga_id, extensions->>'ce_sagastep' AS saga_step,
          extensions->>'ce_replyto' AS reply_to, extensions->>'ce_outcome' AS outcome FROM outbox WHERE position > $1 ORDER BY position`,
      [this.delivered.toString()],
    );
    const last = rows.at(-1);
    if (last) this.delivered = BigInt(last.position);
    return rows;
  }

  /** Delivers messages to their consumers, in one batch per channel; concurrent calls are handled concurrently. */
  async deliver(...messages: Sent[]): Promise<void> {
    for (const [topic, group] of Map.groupBy(messages, (message) => message.topic)) {
      const broker = topic === replies.topic ? this.toSagas : this.toParticipants;
      const partition = this.partition++ % 6;
      await broker.bring(group.map((message) => ({ ...recordOf(message), partition })));
    }
  }

  /** Delivers everything until nothing more is sent. */
  async settle(): Promise<void> {
    for (let messages = await this.sent(); messages.length > 0; messages = await this.sent()) await this.deliver(...messages);
  }

  /** Delivers everything except what is to be kept back, which is returned. */
  async settleExcept(heldBack: (message: Sent) => boolean): Promise<Sent[]> {
    const kept: Sent[] = [];
    for (let messages = await this.sent(); messages.length > 0; messages = await this.sent()) {
      kept.push(...messages.filter(heldBack));
      await this.deliver(...messages.filter((message) => !heldBack(message)));
    }
    return kept;
  }

  /** Lets the deadline of a saga's current step pass. */
  async timePasses(sagaId: string): Promise<boolean> {
    await this.rows(`UPDATE saga_clock SET ticked_at = clock_timestamp(), resumed_at = '-infinity'`);
    await this.rows(`UPDATE saga_deadline SET due_at = clock_timestamp() - interval '1 ms' WHERE saga_id = $1`, [sagaId]);
    return this.sagas.timeUp(sagaId);
  }

  async relaySeen(secondsAgo: number): Promise<void> {
    await this.rows(
      `INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, updated_at)
        VALUES ('relay', '0/0', pg_current_snapshot(), 'x', clock_timestamp() - $1 * interval '1 s')
        ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at`,
      [secondsAgo],
    );
  }

  async saga(id: string) {
    return this.operations.show(id);
  }

  async eventsOf(id: string): Promise<string[]> {
    return (await this.operations.show(id)).history.map(({ event, step }) => `${event} ${step}`);
  }

  deadLetters(): Promise<Array<{ status: string; error: string }>> {
    return this.rows('SELECT status, error FROM dead_letter ORDER BY id');
  }

  async close(): Promise<void> {
    for (const consumer of this.consumers) await consumer.close();
    await delay(0);
    await this.pool.end();
    await this.drop();
  }

  private async startParticipants(): Promise<void> {
    await this.consume('participants', this.toParticipants, this.effects.handlers());
  }

  private async consume(group: string, broker: Broker, handlers: Handler[]): Promise<void> {
    const consumer = new MessageConsumer({
      broker,
      group,
      handlers,
      transactions: this.transactions,
      outbox: this.outbox,
      source: `/${group}`,
      refusal: refusalType,
      replyChannels: [replies],
      middleware: [answeringOnce({ answers: this.answers, refusal: refusalType })],
      logger: silent,
    });
    await consumer.start();
    this.consumers.push(consumer);
  }
}

async function prepare(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of [
    ...messagingSchema('ftgo_relay'),
    ...sagaSchema(),
    ...sagaRetentionSchema(),
    ...sagaStarterSchema(),
    ...participantSchema(),
    effectTable,
  ])
    await client.query(statement);
  await client.end();
}

export const effectsOf = async (world: SagaWorld, orderId: number): Promise<Record<string, number>> => {
  const rows = await world.rows<{ name: string; times: number }>('SELECT name, times FROM effect WHERE order_id = $1 AND times <> 0', [
    orderId,
  ]);
  return Object.fromEntries(rows.map(({ name, times }) => [name, times]));
};
