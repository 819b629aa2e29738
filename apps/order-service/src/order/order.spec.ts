import { IllegalTransition, Money } from '@ftgo/kernel';
import { describe, expect, it } from 'vitest';
import { anOrder, now, OrderMother, refusal } from '../../test/order.mother.js';
import { ajanta, naan, vindaloo } from '../../test/restaurant.mother.js';
import {
  InvalidOrderLine,
  LineNotInOrder,
  MenuItemNotOffered,
  OrderMinimumNotMet,
  OrderWithoutLines,
  TooManyLines,
} from './order.errors.js';
import { Order, type OrderEvent } from './order.js';
import type { OrderState } from './order-state.js';

const states: OrderState[] = ['APPROVAL_PENDING', 'APPROVED', 'REJECTED', 'CANCEL_PENDING', 'CANCELLED', 'REVISION_PENDING'];

interface Action {
  readonly from: OrderState;
  readonly to: OrderState;
  readonly event: OrderEvent['kind'];
  readonly act: (order: Order) => OrderEvent[];
}

/** Each action with the one state that allows it, the state that it leads to, and what it publishes. */
const actions: Record<string, Action> = {
  approved: { from: 'APPROVAL_PENDING', to: 'APPROVED', event: 'OrderAuthorized', act: (order) => order.approve() },
  rejected: { from: 'APPROVAL_PENDING', to: 'REJECTED', event: 'OrderRejected', act: (order) => order.reject(refusal) },
  cancelled: { from: 'APPROVED', to: 'CANCEL_PENDING', event: 'OrderCancelRequested', act: (order) => order.beginCancel() },
  'returned to APPROVED after a rejected cancel': {
    from: 'CANCEL_PENDING',
    to: 'APPROVED',
    event: 'OrderCancelRejected',
    act: (order) => order.undoCancel(refusal, now),
  },
  'confirmed as cancelled': {
    from: 'CANCEL_PENDING',
    to: 'CANCELLED',
    event: 'OrderCancelled',
    act: (order) => order.confirmCancel(),
  },
  revised: {
    from: 'APPROVED',
    to: 'REVISION_PENDING',
    event: 'OrderRevisionProposed',
    act: (order) => order.beginRevision([{ menuItemId: naan, quantity: 1 }], ajanta()),
  },
  'returned to APPROVED after a rejected revision': {
    from: 'REVISION_PENDING',
    to: 'APPROVED',
    event: 'OrderRevisionRejected',
    act: (order) => order.rejectRevision(refusal, now),
  },
  'confirmed as revised': {
    from: 'REVISION_PENDING',
    to: 'APPROVED',
    event: 'OrderRevised',
    act: (order) => order.confirmRevision(),
  },
};

describe.each(Object.entries(actions))('an order can be %s', (_, { from, to, event, act }) => {
  it(`from ${from}, becomes ${to}, and publishes ${event}`, () => {
    const order = OrderMother.in(from);
    expect(act(order)).toMatchObject([{ kind: event }]);
    expect(order.state).toBe(to);
  });

  it.each(states.filter((state) => state !== from))('but not from %s', (state) => {
    const order = OrderMother.in(state);
    expect(() => act(order)).toThrow(IllegalTransition);
    expect(() => act(order)).toThrow(/^cannot [\w ]+ order /);
    expect(order.state).toBe(state);
  });
});

describe('a new order', () => {
  it('waits for approval, priced from the menu', () => {
    const [order, events] = Order.create(anOrder({ quantity: 5 }), ajanta());
    expect(order.state).toBe('APPROVAL_PENDING');
    expect(order.total).toEqual(Money.of('61.70'));
    expect(order.lineItems).toEqual([{ menuItemId: vindaloo, name: 'Chicken Vindaloo', price: Money.of('12.34'), quantity: 5 }]);
    expect(events).toEqual([{ kind: 'OrderCreated', restaurantName: 'Ajanta' }]);
  });

  it('is rejected for items that are not on the menu; the error names all of them', () => {
    const lineItems = ['7', vindaloo, '8'].map((menuItemId) => ({ menuItemId, quantity: 1 }));
    expect(() => Order.create(anOrder({ lineItems }), ajanta())).toThrow(new MenuItemNotOffered('Ajanta', ['7', '8']));
  });

  it('matches menu items by id in either Unicode normalization form, even in menus older than that rule', () => {
    const forms = ['caf\u00E9', 'cafe\u0301'];
    for (const [onMenu, asked] of [forms, forms.toReversed()] as [string, string][]) {
      const menu = { ...ajanta(), items: [{ id: onMenu, name: 'Café', price: Money.of('12.34') }] };
      const [order] = Order.create(anOrder({ lineItems: [{ menuItemId: asked, quantity: 5 }] }), menu);
      expect(order.total).toEqual(Money.of('61.70'));
      order.approve();
      const [proposed] = order.beginRevision([{ menuItemId: onMenu, quantity: 1 }], menu);
      expect(proposed).toMatchObject({ lineItems: [{ quantity: 1 }], orderTotal: Money.of('12.34') });
    }
    const twice = forms.map((menuItemId) => ({ menuItemId, quantity: 1 }));
    expect(() => Order.create(anOrder({ lineItems: twice }), ajanta())).toThrow(InvalidOrderLine);
  });

  it('is rejected below the order minimum of the restaurant and accepted at it', () => {
    expect(() => Order.create(anOrder({ quantity: 1 }), ajanta({ orderMinimum: '12.35' }))).toThrow(OrderMinimumNotMet);
    expect(() => Order.create(anOrder({ quantity: 1 }), ajanta({ orderMinimum: '12.34' }))).not.toThrow();
  });

  it.each([
    ['no lines', [], 'an order must have at least one line'],
    ['a quantity of 0', [{ menuItemId: vindaloo, quantity: 0 }], "invalid quantity 0 of '1': expected an integer of at least 1"],
    ['a fractional quantity', [{ menuItemId: vindaloo, quantity: 0.5 }], "invalid quantity 0.5 of '1': expected an integer of at least 1"],
    ['an item twice', [1, 2].map((quantity) => ({ menuItemId: vindaloo, quantity })), 'each menu item may occur in only one line'],
    ['101 lines', Array.from({ length: 101 }, (_, i) => ({ menuItemId: String(i), quantity: 1 })), 'an order can have at most 100 lines'],
  ])('is rejected with %s', (_, lineItems, problem) => {
    expect(() => Order.create(anOrder({ lineItems }), ajanta())).toThrow(new InvalidOrderLine(problem));
  });
});

it('a new order can have 100 lines', () => {
  const items = Array.from({ length: 100 }, (_, i) => ({ id: String(i), name: `Dish ${i}`, price: Money.of('1.00') }));
  const lineItems = items.map(({ id }) => ({ menuItemId: id, quantity: 1 }));
  expect(Order.create(anOrder({ lineItems }), { ...ajanta(), items })[0].lineItems).toHaveLength(100);
});

describe('a rejected order', () => {
  it('states the reason', () => {
    const order = OrderMother.pending();
    const reason = { code: 'CONSUMER_NOT_FOUND', detail: 'consumer 1 not found' };
    expect(order.reject(reason)).toEqual([{ kind: 'OrderRejected', reason }]);
    expect(order.rejection).toEqual(reason);
  });
});

describe('an order whose cancellation was rejected', () => {
  it('stays approved and states the reason', () => {
    const order = OrderMother.in('CANCEL_PENDING');
    expect(order.undoCancel(refusal, now)).toEqual([{ kind: 'OrderCancelRejected', reason: refusal }]);
    expect(order.lastRefusal).toEqual({ operation: 'cancel', ...refusal, at: now });
  });
});

describe('an order under revision', () => {
  it('keeps its lines and total until the revision is confirmed', () => {
    const order = OrderMother.approved({ quantity: 5 });
    order.beginRevision([{ menuItemId: vindaloo, quantity: 10 }], ajanta());
    expect(order.total).toEqual(Money.of('61.70'));
    expect(order.proposal.total).toEqual(Money.of('123.40'));
    order.confirmRevision();
    expect(order.total).toEqual(Money.of('123.40'));
  });

  it('keeps the lines that the revision omits, adds new items and removes those with quantity 0', () => {
    const order = OrderMother.approved({ quantity: 5 });
    expect(revise(order, { [naan]: 2 })).toEqual({ [vindaloo]: 5, [naan]: 2 });
    expect(revise(order, { [vindaloo]: 0 })).toEqual({ [naan]: 2 });
  });

  it('keeps the price at which a line was ordered', () => {
    const order = OrderMother.approved({ quantity: 5 });
    const dearer = { ...ajanta(), items: [{ id: vindaloo, name: 'Chicken Vindaloo', price: Money.of('20.00') }] };
    order.beginRevision([{ menuItemId: vindaloo, quantity: 1 }], dearer);
    expect(order.proposal.total).toEqual(Money.of('12.34'));
  });

  it('is unchanged after the revision is rejected, and states the reason', () => {
    const order = OrderMother.in('REVISION_PENDING');
    order.rejectRevision(refusal, now);
    expect(order.total).toEqual(Money.of('61.70'));
    expect(order.lastRefusal).toEqual({ operation: 'revise', ...refusal, at: now });
    expect(() => order.proposal).toThrow('no revision in progress');
  });

  it.each([
    ['a total below the minimum', { [vindaloo]: 1 }, OrderMinimumNotMet],
    ['an item that is not on the menu', { '99': 1 }, MenuItemNotOffered],
    ['the removal of a line that it does not have', { [naan]: 0 }, LineNotInOrder],
    ['no lines left', { [vindaloo]: 0 }, OrderWithoutLines],
    ['a negative quantity', { [vindaloo]: -1 }, InvalidOrderLine],
    ['no changes', {}, InvalidOrderLine],
  ])('rejects a revision with %s and stays approved', (_, quantities, error) => {
    const order = OrderMother.approved({ quantity: 5 });
    expect(() => order.beginRevision(lines(quantities), ajanta({ orderMinimum: '20.00' }))).toThrow(error);
    expect(order.state).toBe('APPROVED');
  });

  it('has at most 100 lines in total', () => {
    const items = Array.from({ length: 101 }, (_, i) => ({ id: String(i), name: `Dish ${i}`, price: Money.of('1.00') }));
    const menu = { ...ajanta(), items };
    const lineItems = items.slice(2).map(({ id }) => ({ menuItemId: id, quantity: 1 }));
    const order = () => {
      const [placed] = Order.create(anOrder({ lineItems }), menu);
      placed.approve();
      return placed;
    };
    expect(order().beginRevision([{ menuItemId: '0', quantity: 1 }], menu)).toHaveLength(1);
    const twoMore = ['0', '1'].map((menuItemId) => ({ menuItemId, quantity: 1 }));
    expect(() => order().beginRevision(twoMore, menu)).toThrow(new TooManyLines(100));
  });
});

const lines = (quantities: Record<string, number>) =>
  Object.entries(quantities).map(([menuItemId, quantity]) => ({ menuItemId, quantity }));

function revise(order: Order, quantities: Record<string, number>): Record<string, number> {
  order.beginRevision(lines(quantities), ajanta());
  order.confirmRevision();
  return Object.fromEntries(order.lineItems.map(({ menuItemId, quantity }) => [menuItemId, quantity]));
}
