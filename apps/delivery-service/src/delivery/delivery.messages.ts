import { DeliveryCancelled, DeliveryDelivered, DeliveryPickedUp, DeliveryScheduled, DeliveryUnscheduled } from '@ftgo/contracts/delivery';
import { withheldAddress } from '@ftgo/ftgo';
import { type OccurredEvent, occurred } from '@ftgo/messaging';
import type { DeliveryEvent } from './delivery.js';

/** The message that publishes an event. */
export function toMessage(event: DeliveryEvent): OccurredEvent {
  switch (event.kind) {
    case 'DeliveryScheduled':
      return occurred(DeliveryScheduled, { ...event, deliveryAddress: withheldAddress });
    case 'DeliveryUnscheduled':
      return occurred(DeliveryUnscheduled, { courierId: event.courierId });
    case 'DeliveryPickedUp':
      return occurred(DeliveryPickedUp, { courierId: event.courierId });
    case 'DeliveryDelivered':
      return occurred(DeliveryDelivered, { courierId: event.courierId });
    case 'DeliveryCancelled':
      return occurred(DeliveryCancelled, { courierId: event.courierId });
    default:
      return event satisfies never;
  }
}
