import type { ConsumerId, OrderId, RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';

/** The aggregates with events about an order; each has its own sequence. */
export type Source = 'order' | 'ticket' | 'delivery' | 'account';

export const orderStatuses = ['APPROVAL_PENDING', 'APPROVED', 'REJECTED', 'CANCEL_PENDING', 'CANCELLED', 'REVISION_PENDING'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export type DeliveryStatus = 'PENDING' | 'SCHEDULED' | 'PICKED_UP' | 'DELIVERED' | 'CANCELLED';

/** A line with the name and the price at the time of ordering. */
export interface OrderLine {
  readonly menuItemId: string;
  readonly name: string;
  readonly price: Money;
  readonly quantity: number;
}

/** What events contribute to an order. What only Order knows is undefined until its first event. */
export interface OrderFacts {
  readonly consumerId?: ConsumerId | undefined;
  readonly restaurantId?: RestaurantId | undefined;
  readonly restaurantName?: string | undefined;
  readonly status?: OrderStatus | undefined;
  readonly orderTotal?: Money | undefined;
  readonly lineItems?: readonly OrderLine[] | undefined;
  readonly deliveryStatus?: DeliveryStatus | undefined;
  readonly createdAt?: Date | undefined;
}

export interface OrderView extends OrderFacts {
  readonly orderId: OrderId;
  /** When each kind of event last happened. */
  readonly transitions: Readonly<Record<string, Date>>;
  /** The sequence of the last event of each source. */
  readonly seen: Readonly<Partial<Record<Source, number>>>;
  readonly timelineLength: number;
}

/** An event about an order. */
export interface HistoryEvent {
  readonly orderId: OrderId;
  readonly source: Source;
  readonly sequence: number;
  /** The event's name in the contract: `TicketAccepted`. */
  readonly event: string;
  readonly at: Date;
  /** The changes to the view, apart from the time of the transition. */
  readonly facts: OrderFacts;
}

/**
 * The view after the event; undefined if the view already contains it or a later one of its source. Sources contribute
 * disjoint facts, so the order in which they arrive makes no difference.
 */
export function apply(view: OrderView, { source, sequence, event, at, facts }: HistoryEvent): OrderView | undefined {
  if (sequence <= (view.seen[source] ?? 0)) return undefined;
  return {
    ...view,
    ...facts,
    transitions: { ...view.transitions, [event]: at },
    seen: { ...view.seen, [source]: sequence },
    timelineLength: view.timelineLength + 1,
  };
}

/** Whether events of the same source are missing before this one. An account has events about other orders in between. */
export const isAfterGap = (view: OrderView, { source, sequence }: HistoryEvent): boolean =>
  source !== 'account' && sequence > (view.seen[source] ?? 0) + 1;
