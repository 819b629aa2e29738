import { setTimeout as pause } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { Broker, ReceivedRecord, RecordBatch } from '../broker/broker.js';
import type { MessagingLogger } from '../telemetry/logger.js';
import type { Transaction, Transactions } from '../transaction/transactions.js';
import { Dispatcher, type DispatcherOptions } from './dispatcher.js';
import { classify } from './errors.js';
import type { Handler } from './handler.js';
import { largestRecordsOf } from './largest-records.js';

export interface ReplayOptions extends Pick<DispatcherOptions, 'handlers' | 'outbox' | 'refusal'> {
  readonly broker: Broker;
  readonly transactions: Transactions;
  /** The application whose handlers these are. */
  readonly service: string;
  /** A topic of events. */
  readonly topic: string;
  readonly logger: MessagingLogger;
}

export interface ReplayReport {
  readonly handled: number;
  /** Messages that could not be read or applied; whoever consumes the topic holds them as dead. */
  readonly skipped: number;
}

const lookMs = 50;
const maxBatch = 100;

/**
 * Brings all events of a topic to their handlers once more, from the first one, beside whoever consumes it: in a consumer
 * group of its own and without an inbox. Handlers tell by `isReplayed`, and by the event's sequence, what is old. Resolves
 * when everything has been read.
 */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { broker, service, topic, handlers, outbox, refusal, logger } = options;
  const about = handlers.filter((handler) => handler.kind === 'event' && handler.type.channel.topic === topic);
  if (about.length === 0) throw new Error(`${service} handles no event of ${topic}`);
  const dispatcher = new Dispatcher({ handlers: about, outbox, refusal, commandMiddleware: [], replyChannels: [], source: `/${service}` });
  const report = { handled: 0, skipped: 0 };
  const handler = async (batch: RecordBatch) => {
    try {
      const { handled, skipped } = await applied(dispatcher, options, batch);
      report.handled += handled;
      report.skipped += skipped;
    } catch (error) {
      logger.warn('part of the topic comes again', { topic, partition: batch.partition, reason: String(error) });
      throw error;
    }
  };
  const group = `${service}.replay-${uuidv7()}`;
  const largestRecordBytes = largestRecordsOf(about);
  const subscription = await broker.subscribe({ group, topics: [topic], maxBatch, largestRecordBytes, handler });
  try {
    while (subscription.assigned.length === 0 || !subscription.caughtUp()) await pause(lookMs);
    return report;
  } finally {
    await subscription.close();
  }
}

async function applied(dispatcher: Dispatcher, { transactions, logger }: ReplayOptions, { records }: RecordBatch): Promise<ReplayReport> {
  let [handled, skipped] = [0, 0];
  await transactions.run(async (transaction) => {
    for (const record of records) {
      try {
        if (await dispatch(dispatcher, transaction, record)) handled++;
      } catch (error) {
        if (classify(error) !== 'fault') throw error;
        skipped++;
        const { topic, partition, position } = record;
        logger.warn('a message is left out', { topic, partition, position, reason: String(error) });
      }
    }
  });
  return { handled, skipped };
}

async function dispatch(dispatcher: Dispatcher, transaction: Transaction, record: ReceivedRecord): Promise<Handler | undefined> {
  const found = dispatcher.decode(record);
  if (!found) return undefined;
  const message = { ...found.message, isReplayed: true };
  await transaction.savepoint(() => dispatcher.handle(transaction, { ...found, message }));
  return found.handler;
}
