import { randomUUID } from 'node:crypto';
import { Transactions } from '@ftgo/messaging';
import { header, headerText, type ReceivedRecord } from '@ftgo/messaging/broker';
import { isBelow } from '@ftgo/messaging/contract';
import { OutboxReader } from '@ftgo/messaging/operations';
import { MessagingOptions, MessagingRuntime } from '@ftgo/messaging-nest';
import { DependencyUnavailable } from '@ftgo/platform';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { OperationsSettings } from '../../operations-settings.js';
import { foundRecord, rowOf } from './content.js';
import { InboxCheck } from './inbox-check.js';
import { type MessageProblem, textOfPlace } from './message-problem.js';
import { compareSent, type FoundRecord, type SentRow } from './sent-messages.js';
import { scanTopics, type TopicScan } from './topic-scan.js';

/** What a service finds about its messages. */
export interface MessageReport {
  readonly sent: { readonly retained: number; readonly compared: number; readonly repeated: number; readonly waiting: number };
  readonly received: number;
  readonly problems: readonly MessageProblem[];
  readonly problemCount: number;
}

/** Rows that are compared: they are in memory together. */
const mostCompared = 50_000;
const mostListed = 500;
const mostMs = 300_000;
const dayMs = 86_400_000;
/** The retention keeps handled messages for at least that many days. */
const rememberedDays = 6;

/** The newest rows of the outbox. */
interface Rows {
  readonly rows: ReadonlyMap<string, SentRow>;
  readonly retained: number;
  /** Those that were read, including those that the relay omits. */
  readonly compared: number;
  /** Every record of the service from this time on has a row. */
  readonly since: Date;
}

/**
 * Compares the outbox of this service with the topics on which it sends, and its inbox with those that it reads. Reads every
 * record of these topics, in a consumer group of its own.
 */
@Injectable()
export class MessageAudit implements BeforeApplicationShutdown {
  private readonly outbox: OutboxReader;
  private readonly stopping = new AbortController();
  private running: Promise<MessageReport> | undefined;

  constructor(
    private readonly transactions: Transactions,
    private readonly messaging: MessagingOptions,
    private readonly runtime: MessagingRuntime,
    private readonly settings: OperationsSettings,
  ) {
    this.outbox = new OutboxReader(transactions);
  }

  /** Requests that come while it runs get the same result. */
  run(): Promise<MessageReport> {
    this.running ??= this.audit().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async audit(): Promise<MessageReport> {
    const { rows, retained, compared, since } = await this.readRows();
    const { consumer } = this.runtime;
    const inbox = new InboxCheck({
      transactions: this.transactions,
      group: this.messaging.value.service,
      inboxIdOf: (record) => consumer?.inboxIdOf(record),
      since: daysBefore(new Date(), rememberedDays),
    });
    const found: FoundRecord[] = [];
    let isComplete = true;
    const consumed = new Set(consumer?.topics);
    await this.scan([...new Set([...this.settings.sends.keys(), ...consumed])], async (records) => {
      for (const record of records.filter((each) => this.isOwn(each))) {
        const id = headerText(record, header.id)?.toLowerCase() ?? '';
        if (rows.has(id) || !isBefore(record, since)) found.push(foundRecord(record, id));
        else isComplete = false;
      }
      await inbox.take(records.filter(({ topic }) => consumed.has(topic)));
    });
    const { strangers, problems, ...sent } = compareSent([...rows.values()], found, isComplete);
    const all = [...problems, ...(await inbox.problems()), ...(await this.foreign(strangers, rows))];
    return {
      sent: { retained, compared, ...sent },
      received: inbox.received,
      problems: all.slice(0, mostListed),
      problemCount: all.length,
    };
  }

  private async scan(topics: readonly string[], take: TopicScan['take']): Promise<void> {
    const { broker, service } = this.messaging.value;
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(mostMs)]);
    try {
      await scanTopics({ broker, group: `${service}.invariants-${randomUUID()}`, topics, take, signal });
    } catch (error) {
      throw signal.aborted ? new DependencyUnavailable('broker', { cause: error }) : error;
    }
  }

  private async readRows(): Promise<Rows> {
    const newest = await this.outbox.retained(mostCompared);
    const retained = Math.max(newest.length, newest.length < mostCompared ? 0 : await this.outbox.count());
    const oldest = newest[0]?.createdAt ?? new Date();
    // Partitions of whole days are dropped; a transaction may have begun before its messages.
    const since = new Date((retained > newest.length ? oldest : daysBefore(oldest, 0)).getTime() + 60_000);
    return {
      rows: new Map(newest.filter(({ isSkipped }) => !isSkipped).map((row) => [row.id, rowOf(row)])),
      retained,
      compared: newest.length,
      since,
    };
  }

  /** Where other services send too, a record belongs to the one that its source names. */
  private isOwn(record: ReceivedRecord): boolean {
    const prefix = this.settings.sends.get(record.topic);
    if (prefix === undefined) return false;
    const isShared = this.messaging.value.replyChannels.some(({ topic }) => topic === record.topic);
    return !isShared || isBelow(prefix, headerText(record, header.source) ?? '');
  }

  /** Records without a row, even when the topics have been read: a record may be there before its row can be seen. */
  private async foreign(strangers: readonly FoundRecord[], rows: ReadonlyMap<string, SentRow>): Promise<MessageProblem[]> {
    const unknown = strangers.filter(({ id }) => !rows.has(id));
    if (unknown.length === 0) return [];
    const isUuid = (id: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    const known = await this.outbox.having(unknown.map(({ id }) => id).filter(isUuid));
    return unknown
      .filter(({ id }) => !known.has(id))
      .map(({ id, type, place }) => ({
        kind: 'foreign',
        id: id || 'a record',
        what: `the outbox has no row for this ${type || 'record'} at ${textOfPlace(place)}`,
        place,
      }));
  }
}

const isBefore = (record: ReceivedRecord, time: Date): boolean => new Date(headerText(record, header.time) ?? '') < time;

const daysBefore = (time: Date, days: number): Date => new Date(Math.floor(time.getTime() / dayMs) * dayMs - days * dayMs);
