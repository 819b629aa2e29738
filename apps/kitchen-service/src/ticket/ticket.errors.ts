import type { RestaurantId, TicketId } from '@ftgo/ftgo';
import { DomainError } from '@ftgo/kernel';
import type { TicketState } from './ticket-state.js';

export class TicketNotFound extends DomainError {
  constructor(id: TicketId) {
    super('TICKET_NOT_FOUND', 'not-found', `ticket ${id} not found`, { ticketId: id });
  }
}

export class RestaurantNotKnown extends DomainError {
  constructor(id: RestaurantId, change: number) {
    super('RESTAURANT_NOT_KNOWN', 'rule-broken', `change ${change} of restaurant ${id} has not reached kitchen-service yet`, {
      restaurantId: id,
      change,
    });
  }
}

export class MenuItemNotOffered extends DomainError {
  constructor(restaurantName: string, menuItemIds: readonly string[]) {
    const named = menuItemIds.map((id) => `'${id}'`).join(', ');
    super('MENU_ITEM_NOT_OFFERED', 'rule-broken', `${restaurantName} does not offer ${named}`, { menuItemIds });
  }
}

export class ReadyByInThePast extends DomainError {
  constructor(readyBy: Date) {
    super('READY_BY_IN_THE_PAST', 'rule-broken', `readyBy must be in the future: ${readyBy.toISOString()} has passed`, { readyBy });
  }
}

export class TicketNotCancellable extends DomainError {
  constructor(id: TicketId, state: TicketState) {
    super('TICKET_NOT_CANCELLABLE', 'conflict', `cannot cancel ticket ${id} in state ${state}`, { ticketId: id, state });
  }
}

export class TicketNotRevisable extends DomainError {
  constructor(id: TicketId, state: TicketState) {
    super('TICKET_NOT_REVISABLE', 'conflict', `cannot revise ticket ${id} in state ${state}`, { ticketId: id, state });
  }
}
