import { type OutgoingRecord, type Pipeline, partitionOf, RecordRejected, type RecordView, TopicMissing } from '@ftgo/messaging/broker';
import type { Message, Producer, TopicMessages } from 'kafkajs';
import { failureOf } from '../access.js';
import { code, isPermanent } from '../codes.js';
import type { ProducerListener } from '../publisher.js';
import { newClient } from './client.js';
import type { Control } from './control.js';
import { codeOf } from './errors.js';
import type { Settings } from './options.js';

interface Waiting {
  readonly record: OutgoingRecord;
  readonly number: number;
  readonly bytes: number;
}

/** A request stays below the brokers' default limit (1 MiB), even if all of it is for one partition. */
const batchBytes = 512 * 1024;
/** How often the topics are checked while records are sent. */
const topicCheckMs = 5_000;

/**
 * An idempotent producer that keeps the order: one batch is in flight, for all partitions together. It ends with its first
 * error, because kafkajs's knowledge of sequences is then in doubt: if a batch may have been written, the next one could be
 * taken for a retry. Create a new producer.
 */
export class KafkaJsProducer implements Pipeline {
  pendingBytes = 0;
  readonly sent = { requests: 0, records: 0, milliseconds: 0 };
  private readonly waiting: Waiting[] = [];
  private isSending = false;
  private hasEnded = false;

  private constructor(
    private readonly settings: Settings,
    private readonly control: Control,
    private readonly listener: ProducerListener,
    private producer: Producer,
  ) {}

  static async open(settings: Settings, control: Control, listener: ProducerListener): Promise<KafkaJsProducer> {
    return new KafkaJsProducer(settings, control, listener, await connected(settings));
  }

  push(view: RecordView, number: number): void {
    if (this.hasEnded) return;
    const record = view.copy();
    const bytes = bytesOf(record);
    this.waiting.push({ record, number, bytes });
    this.pendingBytes += bytes;
  }

  flush(): void {
    if (this.hasEnded || this.isSending || this.waiting.length === 0) return;
    this.isSending = true;
    void this.sendAll();
  }

  close(): void {
    this.hasEnded = true;
    this.producer.disconnect().catch(() => undefined);
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0 && !this.hasEnded) {
      const batch = this.takeBatch();
      try {
        await this.send(batch);
      } catch (error) {
        await this.recover(batch, error);
      }
    }
    this.isSending = false;
  }

  /** A record larger than a batch is sent alone, so that the record that a broker rejects is known. */
  private takeBatch(): Waiting[] {
    let count = 0;
    for (let bytes = 0; count < this.waiting.length; count++) {
      bytes += (this.waiting[count] as Waiting).bytes;
      if (bytes > batchBytes && count > 0) break;
    }
    return this.waiting.splice(0, count);
  }

  private async send(batch: readonly Waiting[]): Promise<void> {
    const sentAt = performance.now();
    await this.producer.sendBatch({ topicMessages: byTopic(batch), acks: -1 });
    this.sent.requests++;
    this.sent.records += batch.length;
    this.sent.milliseconds += performance.now() - sentAt;
    this.settled(batch);
    if (!this.hasEnded) this.listener.acknowledged((batch.at(-1) as Waiting).number);
  }

  private settled(batch: readonly Waiting[]): void {
    for (const { bytes } of batch) this.pendingBytes -= bytes;
  }

  private async recover(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (this.hasEnded) return;
    if (!isPermanent(codeOf(error) ?? code.none)) return this.fail(batch, error);
    try {
      await this.restart();
    } catch (again) {
      return this.fail(batch, again);
    }
    if (batch.length === 1) this.reject(batch[0] as Waiting, error);
    else await this.sendEach(batch);
  }

  /** One of them is rejected. The records before it may already have been written, and are then written twice. */
  private async sendEach(batch: readonly Waiting[]): Promise<void> {
    for (const one of batch) {
      if (this.hasEnded) return;
      try {
        await this.send([one]);
      } catch (error) {
        await this.recover([one], error);
      }
    }
  }

  private async restart(): Promise<void> {
    this.producer.disconnect().catch(() => undefined);
    this.producer = await connected(this.settings);
    if (this.hasEnded) this.close();
  }

  private reject(one: Waiting, error: unknown): void {
    this.settled([one]);
    const { record, number } = one;
    const why = error instanceof Error ? error.message : String(error);
    if (!this.hasEnded)
      this.listener.rejected(new RecordRejected(`Kafka rejects a record of ${record.topic}: ${why}`, record, { cause: error }), [number]);
  }

  private async fail(batch: readonly Waiting[], error: unknown): Promise<void> {
    const reason = await this.reasonOf(batch, error);
    if (this.hasEnded) return;
    this.close();
    this.listener.failed(reason);
  }

  private async reasonOf(batch: readonly Waiting[], error: unknown) {
    const failure = failureOf('Kafka did not accept records', error, this.settings.access);
    if (codeOf(error) !== code.unknownTopicOrPartition) return failure;
    const [topic] = await this.control.missing([...new Set(batch.map(({ record }) => record.topic))]).catch(() => []);
    return topic === undefined ? failure : new TopicMissing(topic, { cause: error });
  }
}

async function connected(settings: Settings): Promise<Producer> {
  const producer = newClient(settings).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    metadataMaxAge: topicCheckMs,
    createPartitioner:
      () =>
      ({ partitionMetadata, message }) =>
        partitionOf(partitionMetadata.length, message.key as Buffer),
  });
  try {
    await producer.connect();
    return producer;
  } catch (error) {
    producer.disconnect().catch(() => undefined);
    throw failureOf('cannot connect to Kafka', error, settings.access);
  }
}

const byTopic = (batch: readonly Waiting[]): TopicMessages[] =>
  [...Map.groupBy(batch, ({ record }) => record.topic)].map(([topic, of]) => ({
    topic,
    messages: of.map(({ record }) => messageOf(record)),
  }));

function messageOf({ key, value, headers }: OutgoingRecord): Message {
  const named: Record<string, Buffer[]> = {};
  for (const [name, content] of headers) (named[name.toString()] ??= []).push(content);
  return { key, value, headers: named };
}

const bytesOf = ({ key, value, headers }: OutgoingRecord): number =>
  headers.reduce((sum, [name, content]) => sum + name.length + content.length, key.length + value.length);
