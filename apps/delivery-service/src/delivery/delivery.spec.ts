import { IllegalTransition } from '@ftgo/kernel';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ajantaAddress, DeliveryMother, deliveryTime, homeAddress, john, mary, now, order, readyBy } from '../../test/delivery.mother.js';
import { DeliveryNotSchedulable, TicketNotReady } from './delivery.errors.js';
import type { Delivery, DeliveryEvent } from './delivery.js';
import { type DeliveryState, deliveryStates } from './delivery-state.js';

interface Action {
  readonly act: (delivery: Delivery) => DeliveryEvent[];
  /** The states that allow it, each with the one it leads to. */
  readonly leads: Partial<Record<DeliveryState, DeliveryState>>;
}

const requests: Record<string, Action> = {
  'be scheduled': { act: (delivery) => delivery.schedule(mary, ajantaAddress, now), leads: { PENDING: 'SCHEDULED' } },
  'be given to another courier': { act: (delivery) => delivery.reschedule(john, now), leads: { SCHEDULED: 'SCHEDULED' } },
  'wait for a courier again': { act: (delivery) => delivery.unschedule(), leads: { SCHEDULED: 'PENDING' } },
  'be picked up': { act: (delivery) => delivery.pickUp(now), leads: { SCHEDULED: 'PICKED_UP' } },
  'be dropped off': { act: (delivery) => delivery.dropOff(now), leads: { PICKED_UP: 'DELIVERED' } },
};

const notes: Record<string, Action> = {
  'hears of its order': { act: (delivery) => delivery.noteOrderCreated(order, now), leads: { EXPECTED: 'PENDING' } },
  'is called off': { act: (delivery) => delivery.callOff(now), leads: { PENDING: 'CANCELLED', SCHEDULED: 'CANCELLED' } },
  'hears that its ticket is ready': { act: (delivery) => delivery.noteTicket('READY_FOR_PICKUP'), leads: {} },
};

const withTicketReady = (state: DeliveryState): Delivery => {
  const delivery = DeliveryMother.in(state);
  delivery.noteTicket('READY_FOR_PICKUP');
  return delivery;
};

describe.each(Object.entries(requests))('a delivery can %s', (_, { act, leads }) => {
  it.each(Object.entries(leads) as [DeliveryState, DeliveryState][])('when %s: it is %s then', (from, to) => {
    const delivery = withTicketReady(from);
    expect(act(delivery)).toHaveLength(1);
    expect(delivery.state).toBe(to);
  });

  it.each(deliveryStates.filter((state) => !(state in leads)))('but not when %s', (state) => {
    const delivery = withTicketReady(state);
    expect(() => act(delivery)).toThrow(IllegalTransition);
    expect(delivery.state).toBe(state);
  });
});

describe.each(Object.entries(notes))('a delivery that %s', (_, { act, leads }) => {
  it.each(deliveryStates.map((state) => [state, leads[state] ?? state] as const))(
    'while %s is %s then, and is not disturbed',
    (from, to) => {
      const delivery = withTicketReady(from);
      act(delivery);
      expect(delivery.state).toBe(to);
      expect(act(delivery)).toEqual([]);
      expect(delivery.state).toBe(to);
    },
  );
});

describe('a delivery', () => {
  it('waits until its ticket is accepted', () => {
    const delivery = DeliveryMother.in('PENDING');
    expect(delivery.isSchedulable).toBe(false);
    expect(() => delivery.schedule(mary, ajantaAddress, now)).toThrow(DeliveryNotSchedulable);
    delivery.noteTicketAccepted(readyBy);
    expect(delivery.isSchedulable).toBe(true);
  });

  it('tells who carries it from where to where, and when', () => {
    expect(DeliveryMother.schedulable().schedule(mary, ajantaAddress, now)).toEqual([
      {
        kind: 'DeliveryScheduled',
        courierId: mary,
        pickupAddress: ajantaAddress,
        pickupTime: readyBy,
        deliveryAddress: homeAddress,
        deliveryTime,
      },
    ]);
  });

  it('is told of as scheduled once more when another courier gets it', () => {
    const delivery = DeliveryMother.in('SCHEDULED');
    const later = new Date(now.getTime() + 60_000);
    expect(delivery.reschedule(john, later)).toMatchObject([
      { kind: 'DeliveryScheduled', courierId: john, pickupAddress: ajantaAddress, deliveryAddress: homeAddress },
    ]);
    expect(delivery).toMatchObject({ courierId: john, scheduledAt: later });
  });

  it('is as if it had never been scheduled when it waits for a courier again', () => {
    const delivery = DeliveryMother.in('SCHEDULED');
    expect(delivery.unschedule()).toEqual([{ kind: 'DeliveryUnscheduled', courierId: mary }]);
    expect(delivery).toMatchObject({ state: 'PENDING', courierId: null, scheduledAt: null, isSchedulable: true });
    expect(delivery.schedule(john, ajantaAddress, now)).toMatchObject([{ kind: 'DeliveryScheduled', courierId: john }]);
  });

  it.each(['ACCEPTED', 'PREPARING'] as const)('cannot be picked up while its ticket is %s', (progress) => {
    const delivery = DeliveryMother.in('SCHEDULED');
    delivery.noteTicket(progress);
    expect(() => delivery.pickUp(now)).toThrow(TicketNotReady);
    expect(delivery.state).toBe('SCHEDULED');
  });

  it.each(['READY_FOR_PICKUP', 'PICKED_UP'] as const)('can be picked up when its ticket is %s', (progress) => {
    const delivery = DeliveryMother.in('SCHEDULED');
    delivery.noteTicket(progress);
    expect(delivery.pickUp(now)).toEqual([{ kind: 'DeliveryPickedUp', courierId: mary }]);
    expect(delivery.dropOff(deliveryTime)).toEqual([{ kind: 'DeliveryDelivered', courierId: mary }]);
    expect(delivery).toMatchObject({ scheduledAt: now, pickedUpAt: now, deliveredAt: deliveryTime, cancelledAt: null });
  });

  it('has no courier any more when it is cancelled', () => {
    const delivery = DeliveryMother.in('SCHEDULED');
    expect(delivery.callOff(now)).toEqual([{ kind: 'DeliveryCancelled' }]);
    expect(delivery).toMatchObject({ state: 'CANCELLED', courierId: null, cancelledAt: now });
  });

  it('is cancelled as soon as its order is known when it was called off before', () => {
    const delivery = DeliveryMother.in('EXPECTED');
    expect(delivery.callOff(now)).toEqual([]);
    expect(delivery.noteOrderCreated(order, now)).toEqual([{ kind: 'DeliveryCancelled' }]);
    expect(delivery.state).toBe('CANCELLED');
  });

  it('does not forget that its ticket is ready when an older event comes late', () => {
    const delivery = DeliveryMother.in('SCHEDULED');
    delivery.noteTicket('READY_FOR_PICKUP');
    delivery.noteTicketAccepted(readyBy);
    expect(delivery.pickUp(now)).toHaveLength(1);
  });
});

/** Everything that may be heard of one order, each with what it needs to be scheduled noted too. */
const heard: Record<string, (delivery: Delivery) => DeliveryEvent[]> = {
  OrderCreated: (delivery) => delivery.noteOrderCreated(order, now),
  TicketAccepted: (delivery) => delivery.noteTicketAccepted(readyBy),
  TicketPreparationStarted: (delivery) => delivery.noteTicket('PREPARING'),
  TicketPreparationCompleted: (delivery) => delivery.noteTicket('READY_FOR_PICKUP'),
  OrderCancelled: (delivery) => delivery.callOff(now),
  TicketCancelled: (delivery) => delivery.callOff(now),
};

/** Hears the events, and is given to a courier as soon as that is possible. */
function outcomeOf(events: readonly string[]) {
  const delivery = DeliveryMother.in('EXPECTED');
  for (const event of events) {
    heard[event]?.(delivery);
    if (delivery.isSchedulable) delivery.schedule(mary, ajantaAddress, now);
  }
  const { state, courierId, readyBy: promised } = delivery;
  return { state, courierId, promised };
}

describe('whatever order the events about an order arrive in, and however often', () => {
  const anyArrival = (events: readonly string[]) =>
    fc
      .tuple(
        fc.shuffledSubarray([...events], { minLength: events.length, maxLength: events.length }),
        fc.array(fc.constantFrom(...events), { maxLength: 4 }),
      )
      .map(([once, again]) => [...once, ...again]);

  it.each([
    ['scheduled', ['OrderCreated', 'TicketAccepted', 'TicketPreparationStarted', 'TicketPreparationCompleted'], 'SCHEDULED', mary],
    ['pending while nobody has accepted', ['OrderCreated'], 'PENDING', null],
    ['cancelled with its order', ['OrderCreated', 'TicketAccepted', 'TicketCancelled', 'OrderCancelled'], 'CANCELLED', null],
    ['cancelled when the order was rejected', ['OrderCreated', 'OrderCancelled'], 'CANCELLED', null],
    ['unknown to others without its order', ['TicketAccepted', 'TicketCancelled'], 'EXPECTED', null],
  ] as const)('the delivery ends %s', (_, events, state, courierId) => {
    fc.assert(
      fc.property(anyArrival(events), (arrived) => {
        expect(outcomeOf(arrived)).toMatchObject({ state, courierId });
      }),
    );
  });
});
