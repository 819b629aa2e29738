import { randomUUID } from 'node:crypto';
import { contracts } from '@ftgo/contracts';
import { type CommandExample, commandExamples, type EventExample, eventExamples, type Ids, type Provider } from '@ftgo/contracts/examples';
import { type ContentType, type Handler, jsonContentType } from '@ftgo/messaging';
import { type Broker, type Following, type FollowOptions, type MemoryBroker, memoryBroker } from '@ftgo/messaging/broker';
import { HandlerExplorer } from '@ftgo/messaging-nest';
import type { Database, NestFastifyApplication } from '@ftgo/platform';
import type { GrpcClient } from '@ftgo/rpc';
import type { TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';
import { type Migrations, migratedDatabase } from '../services/migrated-database.js';
import {
  type Api,
  type ServiceConfig,
  type ServiceInProcess,
  type ServiceModule,
  serviceConfig,
  startInProcess,
} from '../services/service-in-process.js';
import { commandRecord, type ExampleRecord, eventRecord } from './records.js';

export interface ServiceUnderContractOptions {
  readonly name: Provider;
  readonly api: Api;
  readonly migrations: Migrations;
  readonly module: (config: ServiceConfig, broker: Broker) => ServiceModule;
  /** The content type in which it sends, as configured; default: JSON. */
  readonly sends?: ContentType;
}

/** A row of the outbox: what the relay would send. */
export interface SentMessage {
  readonly id: string;
  readonly topic: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly partition_key: string;
  readonly sequence: string | null;
  readonly saga_id: string | null;
  readonly saga_step: string | null;
  readonly reply_to: string | null;
  readonly outcome: string | null;
  readonly content_type: ContentType;
  readonly payload: Buffer;
}

/** A service in this process with its own Postgres; the examples simulate the other services, through a broker in memory. */
export class ServiceUnderContract {
  private service!: ServiceInProcess;
  private readonly broker: MemoryBroker = memoryBroker();
  private readonly others = this.broker.client();
  private testDatabase!: TestDatabase;
  private lastId = 1_000;
  private readonly sequences = new Map<string, number>();
  private readonly sagas = new Map<string, string>();

  constructor(readonly options: ServiceUnderContractOptions) {}

  async start(): Promise<void> {
    const { name, api, migrations, module, sends = jsonContentType } = this.options;
    this.testDatabase = await migratedDatabase(name, migrations);
    const declared = Object.values(contracts).flatMap((of) => Object.entries<unknown>(of));
    const topics = declared.flatMap(([key, value]) => (key.endsWith('Topics') ? (value as typeof contracts.order.orderTopics) : []));
    await this.others.ensureTopics(topics.map(({ topic }) => ({ topic, partitions: 1 })));
    this.service = await startInProcess({
      name,
      api,
      module: module({ ...serviceConfig(this.testDatabase.url), contentTypes: { '*': sends } }, this.broker),
    });
  }

  async close(): Promise<void> {
    await this.service?.close();
    await this.others.close();
    await this.testDatabase?.drop();
  }

  get app(): NestFastifyApplication {
    return this.service.app;
  }

  get database(): Database {
    return this.service.database;
  }

  get grpc(): GrpcClient<Api> {
    return this.service.grpc;
  }

  /** An unused id. */
  freshId(): number {
    return ++this.lastId;
  }

  /** The handlers of the service. */
  handlers(): Handler[] {
    return this.app.get(HandlerExplorer).handlers();
  }

  async get(url: string): Promise<Record<string, unknown>> {
    return (await this.service.get(url)).body;
  }

  /** Sends a request that must succeed; returns the body of the response. */
  async post(url: string, payload: object = {}): Promise<Record<string, unknown>> {
    const { status, body } = await this.service.post(url, payload);
    if (status !== 200) throw new Error(`POST ${url} failed with ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** Delivers an event, with the content of the service's own example, and waits until it is handled. */
  hears(name: string, ids: Ids, contentType: ContentType = jsonContentType): Promise<void> {
    return this.hear(this.exampleOf(eventExamples, name, 'consumer'), ids, contentType);
  }

  async hear(example: EventExample, ids: Ids, contentType: ContentType): Promise<void> {
    const source = `${example.source}/${example.about(ids)}`;
    const sequence = (this.sequences.get(source) ?? 0) + 1;
    this.sequences.set(source, sequence);
    await this.handled(eventRecord(example, ids, sequence, contentType));
  }

  /** Delivers a command, with the content of its sender's example, and returns the reply, unless it is one-way. */
  obeys(name: string, ids: Ids): Promise<SentMessage | undefined> {
    return this.obey(this.exampleOf(commandExamples, name, 'provider'), ids, jsonContentType);
  }

  async obey(example: CommandExample, ids: Ids, contentType: ContentType): Promise<SentMessage | undefined> {
    const sagaId = this.sagaOf(example, ids);
    const command = commandRecord(example, ids, sagaId, contentType);
    if (!example.saga) {
      await this.handled(command);
      return undefined;
    }
    await this.send(command);
    return this.sent('saga_id = $1 AND saga_step = $2', [sagaId, example.saga.step]);
  }

  /** Reads what the service publishes without its outbox. */
  follow(options: FollowOptions): Following {
    return this.others.follow(options);
  }

  async send({ record }: ExampleRecord): Promise<void> {
    await this.others.publish([record]);
  }

  /** The last message of the outbox that matches, as soon as there is one. */
  sent(where: string, values: readonly unknown[]): Promise<SentMessage> {
    return eventually(
      async () => {
        const [message] = await this.database.query<SentMessage>(
          `SELECT * FROM (SELECT *, extensions->>'ce_sagaid' AS saga_id, extensions->>'ce_sagastep' AS saga_step,
          extensions->>'ce_replyto' AS reply_to, extensions->>'ce_outcome' AS outcome FROM outbox) AS sent WHERE ${where} ORDER BY position DESC LIMIT 1`,
          [...values],
        );
        if (!message) throw new Error(`${this.options.name} has not sent a message where ${where}: ${JSON.stringify(values)}`);
        return message;
      },
      { timeoutMs: 60_000 },
    );
  }

  /** Commands about one order belong to one saga of a kind: a compensation of a saga that did nothing would do nothing. */
  private sagaOf({ saga }: CommandExample, { order }: Ids): string {
    const key = `${saga?.name} ${order}`;
    const id = this.sagas.get(key) ?? randomUUID();
    this.sagas.set(key, id);
    return id;
  }

  private async handled(message: ExampleRecord): Promise<void> {
    await this.send(message);
    await eventually(
      async () => {
        const rows = await this.database.query('SELECT 1 FROM inbox WHERE message_id = $1', [message.messageId]);
        if (rows.length === 0)
          throw new Error(`${this.options.name} has not handled ${JSON.stringify(message.record.headers.map(String))}`);
      },
      { timeoutMs: 60_000 },
    );
  }

  private exampleOf<Found extends EventExample | CommandExample>(
    examples: readonly Found[],
    name: string,
    role: 'consumer' | 'provider',
  ): Found {
    const found = examples.find((example) => example[role] === this.options.name && example.type.endsWith(`.${name}`));
    if (!found) throw new Error(`no example of ${name} for ${this.options.name}`);
    return found;
  }
}
