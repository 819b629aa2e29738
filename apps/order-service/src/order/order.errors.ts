import type { OrderId, RestaurantId } from '@ftgo/ftgo';
import { DomainError, type Money } from '@ftgo/kernel';

export class OrderNotFound extends DomainError {
  constructor(id: OrderId) {
    super('ORDER_NOT_FOUND', 'not-found', `there is no order ${id}`, { orderId: id });
  }
}

export class RestaurantNotKnown extends DomainError {
  constructor(id: RestaurantId) {
    super('RESTAURANT_NOT_KNOWN', 'rule-broken', `there is no restaurant ${id} to order from`, { restaurantId: id });
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
      `the order comes to ${total.toString()}, the restaurant takes orders from ${minimum.toString()}`,
      {
        minimum: minimum.toString(),
        total: total.toString(),
      },
    );
  }
}

export class LineNotInOrder extends DomainError {
  constructor(menuItemId: string) {
    super('LINE_NOT_IN_ORDER', 'rule-broken', `the order has no line ${quoted(menuItemId)} to remove`, { menuItemId });
  }
}

export class OrderWithoutLines extends DomainError {
  constructor() {
    super('ORDER_WITHOUT_LINES', 'rule-broken', 'the revision would leave no line in the order; cancel the order instead');
  }
}

export class TooManyLines extends DomainError {
  constructor(limit: number) {
    super('TOO_MANY_LINES', 'rule-broken', `an order has at most ${limit} lines`, { limit });
  }
}

export class InvalidOrderLine extends DomainError {
  constructor(problem: string) {
    super('INVALID_ORDER_LINE', 'invalid', problem);
  }
}

const quoted = (menuItemId: string) => `"${menuItemId}"`;
