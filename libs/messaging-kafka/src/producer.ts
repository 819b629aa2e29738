import { wallClockMs } from '@ftgo/kernel';
import { BrokerUnavailable, type Pipeline, partitionOf, RecordRejected, RecordView } from '@ftgo/messaging/broker';
import { initProducerIdV4 } from '@platformatic/kafka';
import { isDenied } from './access.js';
import { decodeOwn } from './batch-reader.js';
import { BatchWriter, type ProducerIdentity } from './batch-writer.js';
import { BufferPool } from './buffer-pool.js';
import type { Cluster, Topic } from './cluster.js';
import { code, isPermanent, isTooLarge } from './codes.js';
import { codesOf, describe } from './errors.js';
import type { Link } from './link.js';
import { type PartitionAnswer, produce } from './produce.js';
import type { ProducerListener } from './publisher.js';

/** A batch of this size is sent alone; it stays below the brokers' default limit (1 MiB). */
const batchBytes = 64 * 1024;
/** Kafka closes the connection on a request above 100 MiB. */
const largestRecord = 64 * 1024 * 1024;

/** How often the topics are checked while a producer is open. */
const topicCheckMs = 5_000;

interface PlacedTopic {
  readonly id: string;
  readonly lanes: Lane[];
}

/** The records of one partition: one batch in flight, the others waiting in order. */
class Lane {
  readonly waiting: BatchWriter[] = [];
  onItsWay: BatchWriter | undefined;
  sequence = 0;

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly leader: number,
  ) {}

  get firstNumber(): number | undefined {
    return (this.onItsWay ?? this.waiting[0])?.numbers[0];
  }
}

/**
 * An idempotent producer that keeps the order: one batch per partition is in flight, for several partitions at the same time.
 * It ends with its first error, because the state that makes it idempotent is then in doubt; create a new one.
 */
export class Producer implements Pipeline {
  pendingBytes = 0;
  readonly sent = { requests: 0, records: 0, milliseconds: 0 };
  private readonly topics = new Map<string, PlacedTopic>();
  /** Pushed before the partitions of their topic were known. */
  private readonly unplaced = new Map<string, { readonly record: RecordView; readonly number: number }[]>();
  private readonly lanes: Lane[] = [];
  private readonly ready = new Set<Lane>();
  private readonly links = new Map<number, Link>();
  private readonly pool = new BufferPool(batchBytes);
  private readonly topicTimer: NodeJS.Timeout;
  private ended = false;
  private pushed = 0;
  private reported = 0;

  private constructor(
    private readonly cluster: Cluster,
    private readonly identity: ProducerIdentity,
    private readonly listener: ProducerListener,
  ) {
    this.topicTimer = setInterval(() => void this.checkTopics(), topicCheckMs);
    this.topicTimer.unref();
  }

  static async open(cluster: Cluster, listener: ProducerListener): Promise<Producer> {
    try {
      const { producerId, producerEpoch } = await whileLoading(() =>
        cluster.anyLink((link) => link.request(initProducerIdV4.api, null, 60_000)),
      );
      return new Producer(cluster, { id: producerId, epoch: producerEpoch }, listener);
    } catch (error) {
      throw cluster.failure('Kafka returned no producer id', error);
    }
  }

  push(record: RecordView, number: number): void {
    if (this.ended) return;
    this.pushed = number;
    const topic = this.topics.get(record.topic);
    if (topic) this.place(topic.lanes, record, number);
    else this.setAside(record, number);
  }

  flush(): void {
    if (this.ended || this.ready.size === 0) return;
    const byLeader = Map.groupBy(this.ready, ({ leader }) => leader);
    this.ready.clear();
    for (const [leader, lanes] of byLeader) void this.send(leader, lanes);
  }

  close(): void {
    this.ended = true;
    clearInterval(this.topicTimer);
    for (const link of this.links.values()) this.cluster.release(link);
    this.links.clear();
  }

  private place(lanes: Lane[], record: RecordView, number: number): void {
    const { source, start, end } = record.key;
    const lane = lanes[partitionOf(lanes.length, source, start, end)] as Lane;
    const open = lane.waiting.at(-1);
    const before = open?.size ?? 0;
    if (open?.append(record, number)) {
      this.pendingBytes += open.size - before;
    } else {
      const needed = BatchWriter.sizeFor(record);
      if (needed > largestRecord) return this.rejectUnsent(record, number);
      const batch = new BatchWriter(this.pool.take(needed, lane.onItsWay !== undefined));
      batch.append(record, number);
      lane.waiting.push(batch);
      this.pendingBytes += batch.size;
    }
    if (!lane.onItsWay) this.ready.add(lane);
  }

  private rejectUnsent(record: RecordView, number: number): void {
    this.listener.rejected(new RecordRejected('the record is larger than any broker accepts', record.copy()), [number]);
  }

  private setAside(record: RecordView, number: number): void {
    const copy = new RecordView().set(record.copy());
    // Copied, since the caller's view will show another record by the time the topic is known.
    const { topic: name } = copy;
    this.pendingBytes += BatchWriter.sizeFor(copy);
    const waiting = this.unplaced.get(name);
    if (waiting) waiting.push({ record: copy, number });
    else {
      this.unplaced.set(name, [{ record: copy, number }]);
      this.cluster.existing(name).then(
        (topic) => this.placeUnplaced(name, topic),
        (error: unknown) => this.cannotPlace(copy, error),
      );
    }
  }

  private placeUnplaced(name: string, topic: Topic): void {
    if (this.ended) return;
    const lanes = topic.leaders.map((leader, partition) => new Lane(name, partition, leader));
    this.topics.set(name, { id: topic.id, lanes });
    this.lanes.push(...lanes);
    const waiting = this.unplaced.get(name) ?? [];
    this.unplaced.delete(name);
    for (const { record, number } of waiting) {
      this.pendingBytes -= BatchWriter.sizeFor(record);
      this.place(lanes, record, number);
    }
    this.flush();
  }

  private cannotPlace(record: RecordView, error: unknown): void {
    const waiting = this.unplaced.get(record.topic) ?? [];
    if (this.ended) return;
    if (!this.cluster.rejectsTopic(record.topic))
      return this.fail(this.cluster.failure(`cannot send records to topic ${record.topic} yet`, error));
    this.unplaced.delete(record.topic);
    const rejected = new RecordRejected(`topic ${record.topic} rejects records`, record.copy(), { cause: error });
    this.listener.rejected(
      rejected,
      waiting.map(({ number }) => number),
    );
  }

  private async send(leader: number, lanes: Lane[]): Promise<void> {
    const [now, startedAt] = [wallClockMs(), performance.now()];
    const batches = lanes.map((lane) => {
      lane.onItsWay = lane.waiting.shift() as BatchWriter;
      return { topic: lane.topic, partition: lane.partition, bytes: lane.onItsWay.seal(this.identity, lane.sequence, now) };
    });
    try {
      const answers = await produce(this.linkTo(leader), batches);
      if (this.ended) return;
      this.count(lanes, performance.now() - startedAt);
      for (const [i, lane] of lanes.entries()) this.settle(lane, answers[i] as PartitionAnswer);
      if (this.ended) return;
      this.flush();
      this.report();
    } catch (error) {
      this.fail(this.cluster.failure('Kafka did not accept records', error));
    }
  }

  private count(lanes: readonly Lane[], milliseconds: number): void {
    const { sent } = this;
    sent.requests++;
    sent.milliseconds += milliseconds;
    for (const { onItsWay } of lanes) sent.records += onItsWay?.count ?? 0;
  }

  private settle(lane: Lane, { errorCode, message }: PartitionAnswer): void {
    const batch = lane.onItsWay as BatchWriter;
    if (this.ended) return;
    if (errorCode === code.none) {
      lane.sequence = (lane.sequence + batch.count) % 2 ** 31;
      this.drop(lane, batch);
    } else if (isTooLarge(errorCode) && batch.count > 1) {
      this.drop(lane, batch);
      const halves = batch.split();
      lane.waiting.unshift(...halves);
      for (const { size } of halves) this.pendingBytes += size;
    } else if (isPermanent(errorCode)) {
      const [first] = decodeOwn(lane.topic, Buffer.from(batch.storage.subarray(0, batch.size)));
      this.drop(lane, batch);
      this.listener.rejected(new RecordRejected(message ?? describe(errorCode), first as never), batch.numbers);
    } else if (isDenied(errorCode)) {
      return this.fail(this.cluster.notPermitted([lane.topic]));
    } else {
      return this.fail(new BrokerUnavailable(`${lane.topic}/${lane.partition}: ${message ?? describe(errorCode)}`));
    }
    if (lane.waiting.length > 0) this.ready.add(lane);
  }

  private drop(lane: Lane, batch: BatchWriter): void {
    lane.onItsWay = undefined;
    this.pendingBytes -= batch.size;
    this.pool.give(batch.storage);
  }

  /** Within a partition, records are acknowledged in order, so everything below the lowest unacknowledged one is safe. */
  private report(): void {
    let safe = this.pushed;
    for (const lane of this.lanes) {
      const first = lane.firstNumber;
      if (first !== undefined && first <= safe) safe = first - 1;
    }
    for (const [first] of this.unplaced.values()) if (first && first.number <= safe) safe = first.number - 1;
    if (safe <= this.reported) return;
    this.reported = safe;
    this.listener.acknowledged(safe);
  }

  private linkTo(leader: number): Link {
    const existing = this.links.get(leader);
    if (existing) return existing;
    const link = this.cluster.link(leader);
    this.links.set(leader, link);
    return link;
  }

  /** When the number of partitions changes, keys move to other partitions, and any existing partition accepts records. */
  private async checkTopics(): Promise<void> {
    if (this.topics.size === 0) return;
    try {
      await this.cluster.refresh([...this.topics.keys()]);
    } catch {
      return; // Sending will detect it.
    }
    for (const [name, { id, lanes }] of this.topics) {
      const topic = this.cluster.topic(name);
      if (topic?.id !== id) return this.fail(new BrokerUnavailable(`topic ${name} was deleted or created again`));
      if (topic.leaders.length !== lanes.length)
        return this.fail(new BrokerUnavailable(`topic ${name} now has ${topic.leaders.length} partitions`));
    }
  }

  private fail(error: BrokerUnavailable): void {
    if (this.ended) return;
    this.close();
    // Fetches the current leader.
    for (const topic of this.topics.keys()) this.cluster.forget(topic);
    this.listener.failed(error);
  }
}

const loadingTries = 40;
const loadingPauseMs = 25;

/** A broker that has just started reports this for a moment. */
async function whileLoading<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === loadingTries || !codesOf((error as Error).cause).includes(code.coordinatorLoading)) throw error;
      await new Promise((resolve) => setTimeout(resolve, loadingPauseMs));
    }
  }
}
