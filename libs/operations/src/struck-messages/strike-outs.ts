import { randomUUID } from 'node:crypto';
import { DomainError } from '@ftgo/kernel';
import { inboxId } from '@ftgo/messaging';
import type { ReceivedRecord } from '@ftgo/messaging/broker';
import { DeadLetterActions, type Operator, type StruckMessage, StruckMessageActions, StruckMessages } from '@ftgo/messaging/operations';
import { MessagingRuntime } from '@ftgo/messaging-nest';
import { DependencyUnavailable } from '@ftgo/platform';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { type Place, textOfPlace } from '../facts/messages/message-problem.js';
import { scanTopics } from '../facts/messages/topic-scan.js';

/** There is no message at this place, or not one of events that this service reads. */
export class MessageNotFound extends DomainError {
  constructor(place: Place, reason: string) {
    super('MESSAGE_NOT_FOUND', 'not-found', `message ${textOfPlace(place)} not found: ${reason}`);
  }
}

/** Below the time that a client waits for an act. */
const mostMs = 25_000;

/** Lets operators strike out events that this service should never have accepted. */
@Injectable()
export class StrikeOuts implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(
    private readonly messaging: MessagingRuntime,
    private readonly actions: StruckMessageActions,
    private readonly struck: StruckMessages,
    private readonly letters: DeadLetterActions,
  ) {}

  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  list(): Promise<StruckMessage[]> {
    return this.struck.list();
  }

  /** Resolves to these messages; those that were struck out before stay as they are. Throws MessageNotFound. */
  async strikeOut(places: readonly Place[], operator: Operator, reason: string): Promise<StruckMessage[]> {
    const records = await this.recordsAt(places);
    const ids = records.map(inboxId);
    const { transactions, service } = this.messaging.replayed;
    await transactions.run(async () => {
      await this.actions.strikeOut(records, operator, reason);
      await this.letters.discardSuperseded(service, ids, operator, `struck out: ${reason}`);
    });
    this.messaging.consumer?.deadLettersChanged();
    return (await this.list()).filter(({ id }) => ids.includes(id));
  }

  private async recordsAt(places: readonly Place[]): Promise<ReceivedRecord[]> {
    const { broker, service, handlers } = this.messaging.replayed;
    const read = new Set(handlers.flatMap((handler) => (handler.kind === 'event' ? [handler.type.channel.topic] : [])));
    const foreign = places.find(({ topic }) => !read.has(topic));
    const expected = read.size > 0 ? `; expected a place in ${[...read].join(', ')}` : '';
    if (foreign) throw new MessageNotFound(foreign, `${service} handles no events of ${foreign.topic}${expected}`);
    const wanted = new Set(places.map(textOfPlace));
    const found = new Map<string, ReceivedRecord>();
    const take = async (records: readonly ReceivedRecord[]) => {
      for (const record of records) if (wanted.has(textOfPlace(record))) found.set(textOfPlace(record), record);
    };
    const topics = [...new Set(places.map(({ topic }) => topic))];
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(mostMs)]);
    const scan = { broker, group: `${service}.strike-out-${randomUUID()}`, topics, take, signal, isDone: () => found.size === wanted.size };
    await scanTopics(scan).catch((error: unknown) => {
      throw signal.aborted ? new DependencyUnavailable('broker', { cause: error }) : error;
    });
    const missing = places.find((place) => !found.has(textOfPlace(place)));
    if (missing) throw new MessageNotFound(missing, 'the topic has no record there');
    return [...found.values()];
  }
}
