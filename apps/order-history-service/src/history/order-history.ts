import { type OrderId, orderId } from '@ftgo/ftgo';
import { type Collector, type IncomingMessage, rejectLeap, type Transaction, Transactions } from '@ftgo/messaging';
import { Metrics } from '@ftgo/platform';
import { Injectable, Logger } from '@nestjs/common';
import { apply, type Happening, isAfterGap, type OrderFacts, type OrderView, type Source } from './order-view.js';
import { OrderViewRepository, type TimelineEntry } from './order-view.repository.js';

/** Of which a gap is seen: see isAfterGap. */
const sourcesInOrder = ['order', 'ticket', 'delivery'] as const satisfies readonly Source[];

interface HeardEvent extends Happening {
  readonly message: IncomingMessage;
}

/**
 * Microservices Patterns, chapter 7: a view that is kept up to date by the events of others. What the events of a batch
 * tell is collected and written together: one lock, one read and one write of each order.
 */
@Injectable()
export class OrderHistory implements Collector<HeardEvent> {
  private readonly log = new Logger(OrderHistory.name);
  private readonly gaps;

  constructor(
    private readonly transactions: Transactions,
    private readonly views: OrderViewRepository,
    metrics: Metrics,
  ) {
    this.gaps = metrics.counter('history_gaps_total', 'Events about an order that had not come when a later one of their source did', [
      'source',
    ]);
    // Told before there is any: of a series that begins with 1, Prometheus sees no increase.
    for (const source of sourcesInOrder) this.gaps.inc({ source }, 0);
  }

  /** An order, its ticket or its delivery, which share an id, tells of itself. */
  note(source: Exclude<Source, 'account'>, message: IncomingMessage, facts: OrderFacts = {}): void {
    this.noteAbout(orderId(Number(message.subject)), source, message, facts);
  }

  /** Someone tells of an order. */
  noteAbout(order: OrderId, source: Source, message: IncomingMessage, facts: OrderFacts = {}): void {
    const { sequence, type, time } = message;
    if (sequence === undefined) throw new Error(`an event of ${message.source} has no sequence: cannot compare it with the view`);
    const event = type.slice(type.lastIndexOf('.') + 1);
    this.transactions.current('noting an event').collect(this, { orderId: order, source, sequence, event, at: time, facts, message });
  }

  async flush(events: readonly HeardEvent[], transaction: Transaction): Promise<void> {
    const ids = [...new Set(events.map((event) => event.orderId))];
    const views = await this.views.lock(transaction, ids);
    const changed = new Map<OrderId, OrderView>();
    const entries: TimelineEntry[] = [];
    for (const event of events) {
      const before = changed.get(event.orderId) ?? views.get(event.orderId);
      if (!before) throw new Error(`the view of order ${event.orderId} is not locked`);
      const after = apply(before, event);
      if (!after) continue;
      this.noteGap(before, event);
      // An account counts what it tells of other orders too.
      if (event.source !== 'account') rejectLeap(event.message, before.seen[event.source] ?? 0);
      changed.set(event.orderId, after);
      entries.push(entryOf(event, after.timelineLength));
    }
    if (entries.length > 0) await this.views.save(transaction, [...changed.values()], entries);
  }

  private noteGap(view: OrderView, event: HeardEvent): void {
    if (!isAfterGap(view, event)) return;
    const { orderId: id, source, sequence } = event;
    this.gaps.inc({ source });
    this.log.warn({ orderId: id, source, before: view.seen[source] ?? 0, sequence }, 'an event about the order is missing');
  }
}

const entryOf = ({ orderId: id, sequence, event, at, message }: HeardEvent, n: number): TimelineEntry => ({
  orderId: id,
  n,
  event,
  toldBy: message.source,
  sequence,
  at,
  eventId: message.id,
  details: message.payload,
});
