import type { ConsumerId, OrderId, RestaurantId } from '@ftgo/ftgo';
import { DomainError, type Money } from '@ftgo/kernel';

export class OrderNotFound extends DomainError {
  constructor(id: OrderId) {
    super('ORDER_NOT_FOUND', 'not-found', `order ${id} not found`, { orderId: id });
  }
}

/** The caller may not place orders for this consumer. */
export class ConsumerNotFound extends DomainError {
  constructor(id: ConsumerId) {
    super('CONSUMER_NOT_FOUND', 'not-found', `consumer ${id} not found`, { consumerId: id });
  }
}

export class RestaurantNotKnown extends DomainError {
  constructor(id: RestaurantId) {
    super('RESTAURANT_NOT_KNOWN', 'rule-broken', `restaurant ${id} not found`, { restaurantId: id });
  }
}

export class MenuItemNotOffered extends DomainError {
  constructor(restaurantName: string, menuItemIds: readonly string[]) {
    super('MENU_ITEM_NOT_OFFERED', 'rule-broken', `${restaurantName} does not offer ${menuItemIds.map(quoted).join(', ')}`, {
      menuItemIds,
    });
  }
}

export class OrderMinimumNotMet extends DomainError {
  constructor(minimum: Money, total: Money) {
    super(
      'ORDER_MINIMUM_NOT_MET',
      'rule-broken',
      `order total ${total.toString()} is below the restaurant's minimum of ${minimum.toString()}`,
      {
        minimum: minimum.toString(),
        total: total.toString(),
      },
    );
  }
}

export class LineNotInOrder extends DomainError {
  constructor(menuItemId: string) {
    super('LINE_NOT_IN_ORDER', 'rule-broken', `cannot remove ${quoted(menuItemId)}: the order has no such line`, { menuItemId });
  }
}

export class OrderWithoutLines extends DomainError {
  constructor() {
    super('ORDER_WITHOUT_LINES', 'rule-broken', 'the revision would remove every line of the order; cancel the order instead');
  }
}

export class TooManyLines extends DomainError {
  constructor(limit: number) {
    super('TOO_MANY_LINES', 'rule-broken', `an order can have at most ${limit} lines`, { limit });
  }
}

export class InvalidOrderLine extends DomainError {
  constructor(problem: string) {
    super('INVALID_ORDER_LINE', 'invalid', problem);
  }
}

const quoted = (menuItemId: string) => `'${menuItemId}'`;
