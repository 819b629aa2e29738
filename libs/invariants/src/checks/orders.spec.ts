import { describe, expect, it } from 'vitest';
import type { AboutOrder } from '../facts.js';
import { orderFindings, workOn } from './orders.js';

const lines = [{ menuItemId: '1', quantity: 5 }];

/** An approved order whose delivery waits for its ticket. */
const approved: Required<AboutOrder> = {
  id: 17,
  order: { state: 'APPROVED', consumerId: 7, restaurantId: 3, total: 6_170, lines, version: 2 },
  sagas: [],
  ticket: { state: 'AWAITING_ACCEPTANCE', restaurantId: 3, lines, version: 1 },
  authorization: { state: 'AUTHORIZED', amount: 6_170, accountId: 7 },
  delivery: { state: 'PENDING', ticketProgress: 'UNKNOWN', restaurantId: 3, version: 0 },
  view: {
    status: 'APPROVED',
    deliveryStatus: 'PENDING',
    consumerId: 7,
    restaurantId: 3,
    total: 6_170,
    lines,
    events: { order: 2, ticket: 1, delivery: 0, account: 1 },
    authorization: { state: 'AUTHORIZED', amount: 6_170 },
  },
  notifications: ['APPROVED'],
};
const saga = {
  id: 's',
  saga: 'create-order',
  status: 'RUNNING' as const,
  step: 'create ticket',
  overdueSeconds: -100,
  isClockRunning: true,
};
const everyone = ['order', 'kitchen', 'delivery', 'accounting', 'order-history', 'consumer'].map((name) => `${name}-service`);

const { order, ticket, authorization, delivery, view } = approved;
const rejected: AboutOrder = {
  id: 17,
  order: { ...order, state: 'REJECTED' },
  sagas: [],
  delivery: { ...delivery, state: 'CANCELLED', version: 1 },
  view: {
    ...view,
    status: 'REJECTED',
    deliveryStatus: 'CANCELLED',
    events: { order: 2, ticket: 0, delivery: 1, account: 0 },
    authorization: undefined,
  },
  notifications: ['REJECTED'],
};
const pending: AboutOrder = { id: 17, order: { ...order, state: 'APPROVAL_PENDING', version: 1 }, sagas: [saga] };

const findings = (fact: AboutOrder, services: readonly string[] = everyone) =>
  orderFindings(fact, { services: new Set(services), isConsumer: (id) => id === 7 }).map(({ invariant, what }) => `${invariant}: ${what}`);

describe('an order', () => {
  it.each([approved, rejected, pending])('agrees with what others know: $order.state', (fact) => {
    expect(findings(fact)).toEqual([]);
  });

  it('is in flight while a saga works on it', () => {
    expect(workOn(pending)).toEqual({ about: 'order 17', what: 'is APPROVAL_PENDING: saga create-order is at "create ticket"' });
    expect(workOn(approved)).toBeUndefined();
  });

  it.each<[string, AboutOrder]>([
    ['orders end: is APPROVAL_PENDING, but no create-order saga is working on it', { ...pending, sagas: [] }],
    ['orders end: is APPROVED, but saga create-order is working on it', { ...approved, sagas: [saga] }],
    ['orders end: does not exist, but a saga is working on it', { id: 17, sagas: [saga] }],
    [
      'orders end: saga create-order is STUCK at "create ticket": no reply',
      { ...pending, sagas: [{ ...saga, status: 'STUCK', problem: 'no reply' }] },
    ],
    [
      'orders end: saga create-order is RUNNING at "create ticket" without a deadline',
      { ...pending, sagas: [{ ...saga, overdueSeconds: undefined }] },
    ],
    [
      'orders end: saga create-order is RUNNING at "create ticket", whose deadline passed 90 s ago',
      { ...pending, sagas: [{ ...saga, overdueSeconds: 90 }] },
    ],
    [
      'orders end: saga create-order has ended as COMPLETED, but still has a deadline',
      { ...approved, sagas: [{ ...saga, status: 'COMPLETED' }] },
    ],
    ['orders end: is APPROVED after 3 events; expected an even number', { ...approved, order: { ...order, version: 3 } }],
    ['tickets agree: is APPROVED, but its ticket is missing', { ...approved, ticket: undefined }],
    ['tickets agree: is APPROVED, but its ticket is CANCEL_PENDING', { ...approved, ticket: { ...ticket, state: 'CANCEL_PENDING' } }],
    [
      'tickets agree: is REJECTED, but its ticket is CREATE_PENDING',
      { ...rejected, ticket: { ...ticket, state: 'CREATE_PENDING', version: 0 } },
    ],
    [
      'tickets agree: lines: 5 × 1; in its ticket: 4 × 1',
      { ...approved, ticket: { ...ticket, lines: [{ menuItemId: '1', quantity: 4 }] } },
    ],
    ['tickets agree: does not exist, but has a ticket, which is ACCEPTED', { id: 17, ticket: { ...ticket, state: 'ACCEPTED' } }],
    [
      'authorisations agree: is APPROVED with a total of 61.70 for consumer 7, but nothing is authorised',
      { ...approved, authorization: { ...authorization, state: 'REVERSED' } },
    ],
    [
      'authorisations agree: is APPROVED with a total of 61.70 for consumer 7, but 61.70 is authorised on account 8',
      { ...approved, authorization: { ...authorization, accountId: 8 } },
    ],
    ['authorisations agree: is REJECTED, but 61.70 is AUTHORIZED', { ...rejected, authorization }],
    ['deliveries agree: is APPROVED, but its delivery is missing', { ...approved, delivery: undefined }],
    ['deliveries agree: is REJECTED, but its delivery is PENDING', { ...rejected, delivery }],
    [
      'deliveries agree: its ticket is PREPARING, but its delivery knows it as UNKNOWN',
      { ...approved, ticket: { ...ticket, state: 'PREPARING' } },
    ],
    [
      'deliveries agree: its delivery is PICKED_UP, but its ticket is AWAITING_ACCEPTANCE',
      { ...approved, delivery: { ...delivery, state: 'PICKED_UP' } },
    ],
    [
      'deliveries agree: was delivered, but its authorisation is AUTHORIZED',
      { ...approved, delivery: { ...delivery, state: 'DELIVERED' } },
    ],
    [
      'deliveries agree: its authorisation is captured, but its delivery is PENDING',
      { ...approved, authorization: { ...authorization, state: 'CAPTURED' } },
    ],
    ['history agrees: is APPROVED, but has no history', { ...approved, view: undefined }],
    ['history agrees: state: APPROVED; in its history: CANCELLED', { ...approved, view: { ...view, status: 'CANCELLED' } }],
    ['history agrees: total: 61.70; in its history: 61.69', { ...approved, view: { ...view, total: 6_169 } }],
    ['history agrees: number of events: 2; in its history: 1', { ...approved, view: { ...view, events: { ...view.events, order: 1 } } }],
    [
      'history agrees: number of events of the ticket: 1; in its history: 2',
      { ...approved, view: { ...view, events: { ...view.events, ticket: 2 } } },
    ],
    [
      'history agrees: authorisation: AUTHORIZED 61.70; in its history: AUTHORIZED 61.69',
      { ...approved, view: { ...view, authorization: { state: 'AUTHORIZED', amount: 6_169 } } },
    ],
    ['consumers are notified: is APPROVED after 2 events, but its consumer was notified of nothing', { ...approved, notifications: [] }],
    [
      'consumers are notified: is APPROVED after 2 events, but its consumer was notified of APPROVED, APPROVED',
      { ...approved, notifications: ['APPROVED', 'APPROVED'] },
    ],
  ])('%s', (expected, fact) => {
    expect(findings(fact)).toContain(expected);
  });

  it('of an unknown consumer needs no notification', () => {
    expect(
      findings({ ...rejected, order: { ...order, state: 'REJECTED', consumerId: 8 }, notifications: undefined, view: undefined }),
    ).toEqual(['history agrees: is REJECTED, but has no history']);
  });

  it('whose saga is past its deadline waits during an outage', () => {
    expect(findings({ ...pending, sagas: [{ ...saga, overdueSeconds: 90, isClockRunning: false }] })).toEqual([]);
  });

  it('is not compared with a service whose facts are unknown', () => {
    const others = everyone.filter((service) => service !== 'kitchen-service');
    expect(findings({ ...approved, ticket: undefined }, others)).toEqual([]);
  });
});
