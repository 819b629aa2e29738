import type { DeliveryId } from '@ftgo/ftgo';
import { DomainError } from '@ftgo/kernel';
import type { TicketProgress } from './delivery-state.js';

export class DeliveryNotFound extends DomainError {
  constructor(id: DeliveryId) {
    super('DELIVERY_NOT_FOUND', 'not-found', `delivery ${id} not found`, { deliveryId: id });
  }
}

export class TicketNotReady extends DomainError {
  constructor(id: DeliveryId, progress: TicketProgress) {
    super('TICKET_NOT_READY', 'conflict', `cannot pick up delivery ${id}: its ticket is not known to be ready yet; retry later`, {
      deliveryId: id,
      ticket: progress,
    });
  }
}

export class DeliveryNotSchedulable extends DomainError {
  constructor(id: DeliveryId) {
    super('DELIVERY_NOT_SCHEDULABLE', 'conflict', `cannot schedule delivery ${id}: its ticket is not accepted yet`, { deliveryId: id });
  }
}
