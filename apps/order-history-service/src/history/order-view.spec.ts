import { consumerId, orderId, restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply, type HistoryEvent, isAfterGap, type OrderFacts, type OrderView, type Source } from './order-view.js';

const unknown: OrderView = { orderId: orderId(17), transitions: {}, seen: {}, timelineLength: 0 };

const vindaloo = { menuItemId: '1', name: 'Chicken Vindaloo', price: Money.of('12.34'), quantity: 5 };
const placed: OrderFacts = {
  consumerId: consumerId(7),
  restaurantId: restaurantId(1),
  restaurantName: 'Ajanta',
  lineItems: [vindaloo],
  orderTotal: Money.of('61.70'),
  status: 'APPROVAL_PENDING',
  createdAt: new Date('2026-11-30T18:00:00Z'),
};

const stream = (source: Source, first: number, ...events: ReadonlyArray<readonly [event: string, facts?: OrderFacts]>): HistoryEvent[] =>
  events.map(([event, facts = {}], i) => {
    const sequence = first + i;
    return { orderId: orderId(17), source, sequence, event, at: new Date(Date.UTC(2026, 10, 30, 18, sequence)), facts };
  });

/** The events of an order that was revised, delivered, and asked to be cancelled twice. */
const sources = [
  stream(
    'order',
    1,
    ['OrderCreated', placed],
    ['OrderAuthorized', { status: 'APPROVED' }],
    ['OrderRevisionProposed', { status: 'REVISION_PENDING' }],
    ['OrderRevised', { status: 'APPROVED', orderTotal: Money.of('12.34'), lineItems: [{ ...vindaloo, quantity: 1 }] }],
    ['OrderCancelRequested', { status: 'CANCEL_PENDING' }],
    ['OrderCancelRejected', { status: 'APPROVED' }],
    ['OrderCancelRequested', { status: 'CANCEL_PENDING' }],
    ['OrderCancelRejected', { status: 'APPROVED' }],
  ),
  stream('ticket', 1, ['TicketCreated'], ['TicketRevised'], ['TicketAccepted'], ['TicketPickedUp']),
  stream('delivery', 1, ['DeliveryScheduled', { deliveryStatus: 'SCHEDULED' }], ['DeliveryDelivered', { deliveryStatus: 'DELIVERED' }]),
  stream('account', 41, ['CardAuthorized'], ['AuthorizationRevised'], ['AuthorizationCaptured']),
];

const inOneRow = sources.flat();
const after = (events: readonly HistoryEvent[]) => events.reduce((view, event) => apply(view, event) ?? view, unknown);

/** The source of each next event, until every source is exhausted; sometimes a source repeats an event. */
const interleavings = fc
  .tuple(
    fc.shuffledSubarray(
      sources.flatMap((events, source) => events.map(() => source)),
      { minLength: inOneRow.length },
    ),
    fc.infiniteStream(fc.option(fc.nat())),
  )
  .map(([turns, repeats]) => {
    const streams = sources.map((events) => events.values());
    const received: HistoryEvent[] = [];
    for (const turn of turns) {
      received.push(streams[turn]?.next().value as HistoryEvent);
      const repeat = repeats.next().value;
      if (repeat !== null && repeat !== undefined) received.push(received[repeat % received.length] as HistoryEvent);
    }
    return received;
  });

describe('the view of an order', () => {
  it('shows the latest event of each source', () => {
    expect(after(inOneRow)).toMatchObject({
      restaurantName: 'Ajanta',
      status: 'APPROVED',
      orderTotal: Money.of('12.34'),
      lineItems: [{ name: 'Chicken Vindaloo', quantity: 1 }],
      deliveryStatus: 'DELIVERED',
      seen: { order: 8, ticket: 4, delivery: 2, account: 43 },
      timelineLength: 17,
    });
  });

  it('is the same however its sources interleave and repeat events', () => {
    fc.assert(
      fc.property(interleavings, (events) => {
        expect(after(events)).toEqual(after(inOneRow));
      }),
    );
  });

  it('has each event once', () => {
    fc.assert(
      fc.property(interleavings, (events) => {
        let view = unknown;
        const received: string[] = [];
        for (const event of events) {
          const next = apply(view, event);
          if (!next) continue;
          received.push(`${event.source} ${event.sequence}`);
          expect(next.timelineLength).toBe(received.length);
          view = next;
        }
        expect(received.toSorted()).toEqual(inOneRow.map((event) => `${event.source} ${event.sequence}`).toSorted());
      }),
    );
  });

  it('does not regress when an older event is redelivered', () => {
    const view = after(inOneRow);
    for (const event of inOneRow) expect(apply(view, event)).toBeUndefined();
  });

  it('shows the last time of each transition', () => {
    expect(after(inOneRow).transitions['OrderCancelRequested']).toEqual(new Date('2026-11-30T18:07:00Z'));
  });

  it('detects a missing event, except between those of an account, which has other orders too', () => {
    const [created, , proposed] = inOneRow as [HistoryEvent, HistoryEvent, HistoryEvent];
    expect([isAfterGap(unknown, created), isAfterGap(unknown, proposed)]).toEqual([false, true]);
    expect(isAfterGap(unknown, inOneRow.at(-1) as HistoryEvent)).toBe(false);
  });
});
