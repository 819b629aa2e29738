import { setTimeout as pause } from 'node:timers/promises';
import { classify, inboxId, Replayer, type Transactions } from '@ftgo/messaging';
import { type Broker, demandFeatures, type ReceivedRecord, type RecordBatch } from '@ftgo/messaging/broker';
import type { StruckMessage } from '@ftgo/messaging/operations';
import { type Rebuild, type RebuildResult, Replica } from '@ftgo/operations';
import { Logger } from '@nestjs/common';
import type { TimelinePublisher } from '../history/timeline.publisher.js';
import { NotCaughtUp, type ShadowTables } from './shadow-tables.js';
import { Turns } from './turns.js';

export interface OrderViewReplicaOptions {
  readonly transactions: Transactions;
  readonly shadow: ShadowTables;
  readonly timeline: TimelinePublisher;
  readonly gaps: () => number;
  /** How often the swap may fail because the rebuilt view lags behind the served one after everything was read. */
  readonly attempts: number;
}

/** Reads the topics, and knows the order of positions. */
interface Reading {
  readonly service: string;
  readonly events: Replayer;
  readonly broker: Pick<Broker, 'comparePositions'>;
}

/** Few, so that requests and messages find free connections. */
const transactionsAtOnce = 2;
const maxBatch = 500;
const pollMs = 200;
const progressMs = 1_000;

/**
 * Rebuilds the view from the first event while the service continues to serve and to consume: a separate consumer group
 * reads everything into separate tables, which replace the served ones once they have caught up. There is no inbox: the
 * position is stored with the rows, in the same transaction.
 */
export class OrderViewReplica extends Replica {
  override readonly name = 'orders';
  private readonly log = new Logger(OrderViewReplica.name);
  private skipped = 0;

  constructor(private readonly options: OrderViewReplicaOptions) {
    super();
  }

  override get gaps(): number {
    return this.options.gaps();
  }

  /** Otherwise the rebuilt view would lag behind the served one forever. */
  override forget(struck: readonly StruckMessage[]): Promise<void> {
    return this.options.shadow.forget(struck);
  }

  override async rebuild(rebuild: Rebuild): Promise<RebuildResult> {
    const { service, broker, handlers, middleware, isStruck } = rebuild;
    const { shadow } = this.options;
    demandFeatures(broker, `a rebuild of ${service}`, ['orderedPerKey', 'retained']);
    this.skipped = 0;
    const events = new Replayer(handlers, middleware, isStruck);
    const generation = await shadow.make();
    const reading: Reading = { service, events, broker };
    const turns = new Turns(transactionsAtOnce);
    const handler = (batch: RecordBatch) => turns.take(() => this.apply(reading, batch));
    const subscription = await broker.subscribe({ group: `${service}.v${generation}`, topics: events.topics, maxBatch, handler });
    try {
      const handled = await this.untilSwapped(() => subscription.assigned.length > 0 && subscription.caughtUp(), turns, rebuild);
      await shadow.analyze();
      return { handled, skipped: this.skipped, detail: `generation ${generation} of the view is served`, topics: events.topics };
    } finally {
      turns.end();
      await subscription.close();
    }
  }

  private async untilSwapped(caughtUp: () => boolean, turns: Turns, { signal, onProgress, supersede }: Rebuild): Promise<number> {
    let reportedAt = 0;
    for (let failures = 0; ; await pause(pollMs, undefined, { signal })) {
      const isDone = caughtUp();
      if (!isDone && performance.now() - reportedAt < progressMs) continue;
      const { rebuilt, served } = await this.options.shadow.progress();
      onProgress({ handled: rebuilt, skipped: this.skipped, detail: `the served view has ${served}` });
      reportedAt = performance.now();
      if (!isDone) continue;
      try {
        await this.options.shadow.keepNumbers();
        await this.options.shadow.swap(supersede, () => turns.pause());
        return rebuilt;
      } catch (error) {
        const isTemporary = error instanceof NotCaughtUp || classify(error) === 'transient';
        if (!isTemporary || ++failures >= this.options.attempts) throw error;
        this.log.warn({ reason: (error as Error).message }, 'the rebuilt view is not served yet');
        turns.resume();
      }
    }
  }

  /** An error of the database shows up at the commit of a whole batch: then each message gets its own transaction. */
  private async apply(reading: Reading, batch: RecordBatch): Promise<void> {
    try {
      await this.applyTogether(reading, batch);
    } catch (error) {
      if (classify(error) !== 'fault') throw error;
      for (const record of batch.records) await this.applyAlone(reading, batch, record);
    }
  }

  private async applyAlone(reading: Reading, batch: RecordBatch, record: ReceivedRecord): Promise<void> {
    try {
      await this.applyTogether(reading, { ...batch, records: [record] });
    } catch (error) {
      if (classify(error) !== 'fault') throw error;
      this.warn(record, error);
      await this.options.transactions.run((transaction) => this.options.shadow.setLastPosition(transaction, record));
      this.skipped++;
    }
  }

  private async applyTogether({ service, events, broker }: Reading, { topic, partition, records }: RecordBatch): Promise<void> {
    let skipped = 0;
    await this.options.transactions.run(async (transaction) => {
      this.options.timeline.silence(transaction);
      await this.options.shadow.use(transaction);
      const last = await this.options.shadow.lastPosition(transaction, topic, partition);
      const unread = records.filter(({ position }) => last === undefined || broker.comparePositions(position, last) > 0);
      const applied: string[] = [];
      for (const record of unread) if (await this.applied(events, record)) applied.push(inboxId(record));
      skipped = unread.length - applied.length;
      await this.options.shadow.noteApplied(transaction, service, applied);
      const newest = unread.at(-1);
      if (newest) await this.options.shadow.setLastPosition(transaction, newest);
    });
    this.skipped += skipped;
  }

  /** False for a message that cannot be read or applied: the service has dead-lettered it too. */
  private async applied(events: Replayer, record: ReceivedRecord): Promise<boolean> {
    try {
      await events.replay(record);
      return true;
    } catch (error) {
      if (classify(error) !== 'fault') throw error;
      this.warn(record, error);
      return false;
    }
  }

  private warn({ topic, partition, position }: ReceivedRecord, error: unknown): void {
    this.log.warn({ topic, partition, position, err: error }, 'message skipped in the rebuilt view');
  }
}
