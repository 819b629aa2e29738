import { setTimeout as pause } from 'node:timers/promises';
import { bulkhead } from 'cockatiel';
import { v7 as uuidv7 } from 'uuid';
import type { Broker, ReceivedRecord, RecordBatch } from '../broker/broker.js';
import { demandFeatures } from '../broker/demand-features.js';
import { inboxId } from '../inbox/inbox.js';
import type { MessagingLogger } from '../telemetry/logger.js';
import type { Transactions } from '../transaction/transactions.js';
import { Decoder } from './decoder.js';
import { classify } from './errors.js';
import type { Handler, Middleware } from './handler.js';
import { type Handle, inContext, through } from './pipeline.js';

export interface ReplayOptions {
  readonly broker: Broker;
  readonly transactions: Transactions;
  /** The application whose handlers these are. */
  readonly service: string;
  readonly handlers: readonly Handler[];
  readonly middleware?: readonly Middleware[];
  /** A topic of events. */
  readonly topic: string;
  readonly logger: MessagingLogger;
  /** Whether a record is left out, because an operator has struck it out; default: none is. */
  readonly isStruck?: ((record: ReceivedRecord) => boolean) | undefined;
  /** Ends the replay early; it then rejects. */
  readonly signal?: AbortSignal | undefined;
  /** Called in the transaction that applies these messages, by their ids as in the inbox and in dead letters. */
  readonly onApplied?: ((messageIds: readonly string[]) => Promise<void>) | undefined;
  /** Called after each batch with the counts so far. */
  readonly onProgress?: ((report: ReplayReport) => void) | undefined;
}

/** The counts of a replay. */
export interface ReplayReport {
  readonly handled: number;
  /** Messages that could not be decoded or applied; the consumers of the topic dead-letter them. */
  readonly skipped: number;
}

const pollMs = 50;
const maxBatch = 100;
/** Few, so that requests and messages find free connections. */
const transactionsAtOnce = 2;

/** Passes events to their handlers again, without an inbox, a span or a log line. Handlers see `isReplayed`. */
export class Replayer {
  private readonly decoder: Decoder;
  private readonly handle: Handle;

  constructor(
    handlers: readonly Handler[],
    middleware: readonly Middleware[] = [],
    private readonly isStruck: (record: ReceivedRecord) => boolean = () => false,
  ) {
    this.decoder = new Decoder(handlers.filter(({ kind }) => kind === 'event'));
    this.handle = through([inContext, ...middleware], async (message, handler) => {
      if (handler.kind === 'event') await handler.handle(message);
      return undefined;
    });
  }

  get topics(): string[] {
    return this.decoder.topics;
  }

  readonly largestRecordBytes = (topic: string): number => this.decoder.largestRecordBytes(topic);

  /** Handles a record in the open transaction; resolves to false if its type has no handler, or if it is struck out. Throws Undecodable. */
  async replay(record: ReceivedRecord): Promise<boolean> {
    if (this.isStruck(record)) return false;
    const decoded = this.decoder.decode(record);
    if (!decoded) return false;
    await this.handle({ ...decoded.message, isReplayed: true }, decoded.handler);
    return true;
  }
}

/**
 * Passes all events of a topic to their handlers again, from the first one, while the topic is consumed as usual: in a separate
 * consumer group and without an inbox. By `isReplayed` and the event's sequence, handlers recognise old events. Resolves when
 * everything has been read.
 */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { broker, service, topic, handlers, middleware, isStruck, logger, signal, onProgress } = options;
  demandFeatures(broker, `a replay of ${topic} for ${service}`, ['orderedPerKey', 'retained']);
  const about = handlers.filter((handler) => handler.kind === 'event' && handler.type.channel.topic === topic);
  if (about.length === 0) throw new Error(`${service} has no handler for the events of ${topic}`);
  const replayer = new Replayer(about, middleware, isStruck);
  const report = { handled: 0, skipped: 0 };
  const turns = bulkhead(transactionsAtOnce, Number.MAX_SAFE_INTEGER);
  const handler = async (batch: RecordBatch) => {
    try {
      const { handled, skipped } = await turns.execute(() => applied(replayer, options, batch));
      report.handled += handled;
      report.skipped += skipped;
      onProgress?.({ ...report });
    } catch (error) {
      logger.warn('replay of a batch failed; retrying', { topic, partition: batch.partition, reason: String(error) });
      throw error;
    }
  };
  const group = `${service}.replay-${uuidv7()}`;
  const { largestRecordBytes } = replayer;
  const subscription = await broker.subscribe({ group, topics: [topic], maxBatch, largestRecordBytes, handler });
  try {
    while (subscription.assigned.length === 0 || !subscription.caughtUp()) await pause(pollMs, undefined, { signal });
    return report;
  } finally {
    await subscription.close();
  }
}

async function applied(
  replayer: Replayer,
  { transactions, logger, onApplied }: ReplayOptions,
  { records }: RecordBatch,
): Promise<ReplayReport> {
  const appliedIds: string[] = [];
  let skipped = 0;
  await transactions.run(async (transaction) => {
    for (const record of records) {
      try {
        if (await transaction.savepoint(() => replayer.replay(record))) appliedIds.push(inboxId(record));
      } catch (error) {
        if (classify(error) !== 'fault') throw error;
        skipped++;
        const { topic, partition, position } = record;
        logger.warn('message skipped in the replay', { topic, partition, position, reason: String(error) });
      }
    }
    await onApplied?.(appliedIds);
  });
  return { handled: appliedIds.length, skipped };
}
