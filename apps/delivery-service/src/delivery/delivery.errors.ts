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
    super('TICKET_NOT_READY', 'conflict', `delivery ${id} cannot be picked up: its ticket is not known to be ready yet; try again`, {
      deliveryId: id,
      ticket: progress,
    });
  }
}

export class DeliveryNotSchedulable extends DomainError {
  constructor(id: DeliveryId) {
    super('DELIVERY_NOT_SCHEDULABLE', 'conflict', `delivery ${id} cannot be scheduled: its ticket is not accepted yet`, { deliveryId: id });
  }
}
