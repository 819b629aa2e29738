import type { ConsumerId, OrderId, RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';

/** Whose events tell of an order; each counts its own. */
export type Source = 'order' | 'ticket' | 'delivery' | 'account';

export const orderStatuses = ['APPROVAL_PENDING', 'APPROVED', 'REJECTED', 'CANCEL_PENDING', 'CANCELLED', 'REVISION_PENDING'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export type DeliveryStatus = 'PENDING' | 'SCHEDULED' | 'PICKED_UP' | 'DELIVERED' | 'CANCELLED';

/** A line with the name and the price it was ordered at. */
export interface OrderLine {
  readonly menuItemId: string;
  readonly name: string;
  readonly price: Money;
  readonly quantity: number;
}

/** What events say of an order. All that only Order knows is absent until its first event. */
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
  /** The last event of each source. */
  readonly seen: Readonly<Partial<Record<Source, number>>>;
  readonly timelineLength: number;
}

/** An event about an order. */
export interface Happening {
  readonly orderId: OrderId;
  readonly source: Source;
  readonly sequence: number;
  /** Its name in the contract: `TicketAccepted`. */
  readonly event: string;
  readonly at: Date;
  /** What it changes in the view, besides the time of its transition. */
  readonly facts: OrderFacts;
}

/**
 * The view after the event; undefined when it, or a later one of its source, is in the view already. The sources do not
 * overlap in what they tell, so in which order they are heard makes no difference.
 */
export function apply(view: OrderView, { source, sequence, event, at, facts }: Happening): OrderView | undefined {
  if (sequence <= (view.seen[source] ?? 0)) return undefined;
  return {
    ...view,
    ...facts,
    transitions: { ...view.transitions, [event]: at },
    seen: { ...view.seen, [source]: sequence },
    timelineLength: view.timelineLength + 1,
  };
}

/** Whether events of the same source are missing before this one. An account tells of other orders in between. */
export const isAfterGap = (view: OrderView, { source, sequence }: Happening): boolean =>
  source !== 'account' && sequence > (view.seen[source] ?? 0) + 1;
