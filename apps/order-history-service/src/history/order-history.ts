import { type OrderId, orderId } from '@ftgo/ftgo';
import {
  actorOf,
  type Collector,
  type IncomingMessage,
  type MessageContext,
  messageContext,
  rejectLeap,
  rejectReissue,
  type Transaction,
  Transactions,
} from '@ftgo/messaging';
import { Metrics } from '@ftgo/platform';
import { Injectable, Logger } from '@nestjs/common';
import { apply, type HistoryEvent, isAfterGap, type OrderFacts, type OrderView, type Source } from './order-view.js';
import { OrderViewRepository, type TimelineEntry } from './order-view.repository.js';
import { TimelinePublisher } from './timeline.publisher.js';

/** The sources whose gaps can be detected: see isAfterGap. */
const sourcesInOrder = ['order', 'ticket', 'delivery'] as const satisfies readonly Source[];

interface ReceivedEvent extends HistoryEvent {
  readonly message: IncomingMessage;
  /** The context in which the message is handled; what is published because of the message belongs to it. */
  readonly context: MessageContext;
}

/**
 * Microservices Patterns, chapter 7: a view maintained from the events of other services. The events of a batch are
 * collected and written together: one lock, one read and one write per order.
 */
@Injectable()
export class OrderHistory implements Collector<ReceivedEvent> {
  private readonly log = new Logger(OrderHistory.name);
  private readonly missed;
  private gapsNoticed = 0;

  constructor(
    private readonly transactions: Transactions,
    private readonly views: OrderViewRepository,
    private readonly timeline: TimelinePublisher,
    metrics: Metrics,
  ) {
    this.missed = metrics.counter(
      'history_gaps_total',
      'Events about an order that were missing when a later one from the same source arrived',
      ['source'],
    );
    // Export the series from the start: Prometheus sees no increase in a series that begins with 1.
    for (const source of sourcesInOrder) this.missed.inc({ source }, 0);
  }

  /** The number of gaps since the process started. */
  get gaps(): number {
    return this.gapsNoticed;
  }

  /** Notes an event of an order, its ticket or its delivery, which share an id. */
  note(source: Exclude<Source, 'account'>, message: IncomingMessage, facts: OrderFacts = {}): void {
    this.noteAbout(orderId(Number(message.subject)), source, message, facts);
  }

  /** Notes an event of any aggregate about the order. */
  noteAbout(order: OrderId, source: Source, message: IncomingMessage, facts: OrderFacts = {}): void {
    const { sequence, type, time } = message;
    if (sequence === undefined) throw new Error(`cannot apply ${type} of ${message.source} to the view: the event has no sequence`);
    const event = type.slice(type.lastIndexOf('.') + 1);
    const context = messageContext.current();
    const received = { orderId: order, source, sequence, event, at: time, facts, message, context };
    this.transactions.current('recording an event').collect(this, received);
  }

  async flush(events: readonly ReceivedEvent[], transaction: Transaction): Promise<void> {
    const ids = [...new Set(events.map((event) => event.orderId))];
    const views = await this.views.lock(transaction, ids);
    const changed = new Map<OrderId, OrderView>();
    const entries: TimelineEntry[] = [];
    for (const event of events) {
      const before = changed.get(event.orderId) ?? views.get(event.orderId);
      if (!before) throw new Error(`the view of order ${event.orderId} is not locked`);
      const after = apply(before, event);
      if (!after) {
        rejectReissue(event.message, await this.views.lastSent(transaction, event.orderId, event.message.source));
        continue;
      }
      this.noteGap(before, event);
      // The sequence of an account also counts its events about other orders.
      if (event.source !== 'account') rejectLeap(event.message, before.seen[event.source] ?? 0);
      changed.set(event.orderId, after);
      const entry = entryOf(event, after.timelineLength);
      entries.push(entry);
      messageContext.run(event.context, () => this.timeline.publish(entry, transaction));
    }
    if (entries.length > 0) await this.views.save(transaction, [...changed.values()], entries);
  }

  private noteGap(view: OrderView, event: ReceivedEvent): void {
    if (!isAfterGap(view, event)) return;
    const { orderId: id, source, sequence } = event;
    this.missed.inc({ source });
    this.gapsNoticed++;
    this.log.warn({ orderId: id, source, before: view.seen[source] ?? 0, sequence }, 'event about the order is missing');
  }
}

const entryOf = ({ orderId: id, sequence, event, at, message }: ReceivedEvent, n: number): TimelineEntry => ({
  orderId: id,
  n,
  event,
  publisher: message.source,
  sequence,
  at,
  eventId: message.id,
  details: withoutPersonalData(message.payload as object),
  actor: actorOf(message) ?? null,
});

/** Events that were published before addresses were withheld have one. */
function withoutPersonalData(payload: object): object {
  const { deliveryAddress: _, ...details } = payload as { deliveryAddress?: object };
  return details;
}
