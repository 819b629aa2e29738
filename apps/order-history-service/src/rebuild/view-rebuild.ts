import { setTimeout as pause } from 'node:timers/promises';
import { classify, Replayer, Transactions } from '@ftgo/messaging';
import type { Broker, ReceivedRecord, RecordBatch } from '@ftgo/messaging/broker';
import { HandlerExplorer } from '@ftgo/messaging-nest';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotCaughtUp, ShadowTables } from './shadow-tables.js';

export interface RebuildTask {
  readonly service: string;
  readonly broker: Broker;
  readonly print: (line: string) => void;
  readonly attempts: number;
}

export interface RebuildReport {
  readonly generation: number;
  /** Number of events in the timelines. */
  readonly events: number;
  /** Number of messages that could not be read or applied; the service has dead-lettered them. */
  readonly skipped: number;
}

/** Reads the topics, and knows the order of positions. */
interface Reading {
  readonly events: Replayer;
  readonly broker: Pick<Broker, 'comparePositions'>;
}

/** An arbitrary number that all rebuilds of a database share. */
const rebuildLock = 4_703_462;
const maxBatch = 500;
const pollMs = 200;
const progressMs = 1_000;

/**
 * Rebuilds the view from the first event while the service continues to serve and to consume: a separate consumer group
 * reads everything into separate tables, which replace the served ones once they have caught up. There is no inbox: the
 * position is stored with the rows, in the same transaction.
 */
@Injectable()
export class ViewRebuild {
  private readonly log = new Logger(ViewRebuild.name);
  private skipped = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly explorer: HandlerExplorer,
    private readonly shadow: ShadowTables,
  ) {}

  async run(task: RebuildTask): Promise<RebuildReport> {
    const guard = this.dataSource.createQueryRunner();
    try {
      // The lock lasts as long as this transaction: a session lock would not survive a connection pooler.
      await guard.startTransaction();
      await guard.query('SET LOCAL idle_in_transaction_session_timeout = 0');
      const [lock] = (await guard.query('SELECT pg_try_advisory_xact_lock($1) AS taken', [rebuildLock])) as Array<{ taken: boolean }>;
      if (!lock?.taken) throw new Error('cannot rebuild the view: another rebuild is running');
      return await this.rebuild(task);
    } finally {
      await guard.rollbackTransaction().catch(() => undefined);
      await guard.release();
    }
  }

  private async rebuild({ service, broker, print, attempts }: RebuildTask): Promise<RebuildReport> {
    const events = new Replayer(this.explorer.handlers(), this.explorer.middleware());
    const generation = await this.shadow.make();
    const group = `${service}.v${generation}`;
    const reading: Reading = { events, broker };
    const handler = (batch: RecordBatch) => this.apply(reading, batch);
    const subscription = await broker.subscribe({ group, topics: events.topics, maxBatch, handler });
    try {
      const rebuilt = await this.untilSwapped(() => subscription.assigned.length > 0 && subscription.caughtUp(), print, attempts);
      await this.shadow.analyze();
      return { generation, events: rebuilt, skipped: this.skipped };
    } finally {
      await subscription.close();
    }
  }

  private async untilSwapped(caughtUp: () => boolean, print: (line: string) => void, attempts: number): Promise<number> {
    let printedAt = 0;
    for (let failures = 0; ; await pause(pollMs)) {
      const isDone = caughtUp();
      if (!isDone && performance.now() - printedAt < progressMs) continue;
      const { rebuilt, served } = await this.shadow.progress();
      print(`${rebuilt} events rebuilt; the served view has ${served}`);
      printedAt = performance.now();
      if (!isDone) continue;
      try {
        await this.shadow.keepNumbers();
        await this.shadow.swap();
        return rebuilt;
      } catch (error) {
        const isTemporary = error instanceof NotCaughtUp || classify(error) === 'transient';
        if (!isTemporary || ++failures >= attempts) throw error;
        print(`not swapped yet: ${(error as Error).message}`);
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
      await this.transactions.run((transaction) => this.shadow.setLastPosition(transaction, record));
      this.skipped++;
    }
  }

  private async applyTogether({ events, broker }: Reading, { topic, partition, records }: RecordBatch): Promise<void> {
    let skipped = 0;
    await this.transactions.run(async (transaction) => {
      const last = await this.shadow.lastPosition(transaction, topic, partition);
      const unread = records.filter(({ position }) => last === undefined || broker.comparePositions(position, last) > 0);
      for (const record of unread) if (!(await this.applied(events, record))) skipped++;
      const newest = unread.at(-1);
      if (newest) await this.shadow.setLastPosition(transaction, newest);
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
