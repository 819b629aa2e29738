import type { TimelineEntryDetails } from '@ftgo/contracts/orderhistory';
import type { OrderId } from '@ftgo/ftgo';
import type { DeliveryStatus, OrderStatus } from './order-view.js';

/** The part of an entry that is stored. */
export interface StoredEntry {
  readonly orderId: OrderId;
  readonly n: number;
  readonly event: string;
  readonly at: Date;
  /** The payload of the event, without personal data. */
  readonly details: unknown;
  /** Who caused the event; null if that is unknown. */
  readonly actor: string | null;
}

/** An entry as clients see it, whether it is replayed or live: the event, and the new state of what it is about. */
export function shownEntry({ orderId, n, event, at, details, actor }: StoredEntry): TimelineEntryDetails {
  const { readyBy, courierId } = details as { readyBy?: Date | string; courierId?: number };
  const [order, ticket, delivery] = [orderStates[event], ticketStates[event], deliveryStates[event]];
  return {
    orderId,
    n,
    at,
    type: event,
    ...(actor === null ? {} : { actor }),
    ...(order ? { order: { state: order } } : {}),
    ...(ticket ? { ticket: { state: ticket, ...(readyBy === undefined ? {} : { readyBy: new Date(readyBy) }) } } : {}),
    ...(delivery ? { delivery: { state: delivery, ...(courierId === undefined ? {} : { courierId }) } } : {}),
  };
}

const orderStates: Readonly<Record<string, OrderStatus>> = {
  OrderCreated: 'APPROVAL_PENDING',
  OrderAuthorized: 'APPROVED',
  OrderRejected: 'REJECTED',
  OrderCancelRequested: 'CANCEL_PENDING',
  OrderCancelRejected: 'APPROVED',
  OrderCancelled: 'CANCELLED',
  OrderRevisionProposed: 'REVISION_PENDING',
  OrderRevised: 'APPROVED',
  OrderRevisionRejected: 'APPROVED',
};

/** TicketRevised does not change the state. */
const ticketStates: Readonly<Record<string, string>> = {
  TicketCreated: 'AWAITING_ACCEPTANCE',
  TicketAccepted: 'ACCEPTED',
  TicketPreparationStarted: 'PREPARING',
  TicketPreparationCompleted: 'READY_FOR_PICKUP',
  TicketPickedUp: 'PICKED_UP',
  TicketCancelled: 'CANCELLED',
};

const deliveryStates: Readonly<Record<string, DeliveryStatus>> = {
  DeliveryScheduled: 'SCHEDULED',
  DeliveryUnscheduled: 'PENDING',
  DeliveryPickedUp: 'PICKED_UP',
  DeliveryDelivered: 'DELIVERED',
  DeliveryCancelled: 'CANCELLED',
};
