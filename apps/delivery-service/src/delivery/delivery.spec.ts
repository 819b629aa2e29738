import { IllegalTransition } from '@ftgo/kernel';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ajantaAddress, DeliveryMother, deliveryTime, john, mary, now, order, readyBy } from '../../test/delivery.mother.js';
import { DeliveryNotSchedulable, TicketNotReady } from './delivery.errors.js';
import type { Delivery, DeliveryEvent } from './delivery.js';
import { type DeliveryState, deliveryStates } from './delivery-state.js';

interface Action {
  readonly act: (delivery: Delivery) => DeliveryEvent[];
  /** The states that allow it, each with the state that it leads to. */
  readonly leads: Partial<Record<DeliveryState, DeliveryState>>;
}

const requests: Record<string, Action> = {
  'be scheduled': { act: (delivery) => delivery.schedule(mary, ajantaAddress, now), leads: { PENDING: 'SCHEDULED' } },
  'be reassigned': { act: (delivery) => delivery.reschedule(john, now), leads: { SCHEDULED: 'SCHEDULED' } },
  'lose its courier': { act: (delivery) => delivery.unschedule(), leads: { SCHEDULED: 'PENDING' } },
  'be picked up': { act: (delivery) => delivery.pickUp(now), leads: { SCHEDULED: 'PICKED_UP' } },
  'be dropped off': { act: (delivery) => delivery.dropOff(now), leads: { PICKED_UP: 'DELIVERED' } },
};

const notes: Record<string, Action> = {
  'learns of its order': { act: (delivery) => delivery.noteOrderCreated(order, now), leads: { EXPECTED: 'PENDING' } },
  'is cancelled': { act: (delivery) => delivery.callOff(now), leads: { PENDING: 'CANCELLED', SCHEDULED: 'CANCELLED' } },
  'learns that its ticket is ready': { act: (delivery) => delivery.noteTicket('READY_FOR_PICKUP'), leads: {} },
};

const withTicketReady = (state: DeliveryState): Delivery => {
  const delivery = DeliveryMother.in(state);
  delivery.noteTicket('READY_FOR_PICKUP');
  return delivery;
};

describe.each(Object.entries(requests))('a delivery can %s', (_, { act, leads }) => {
  it.each(Object.entries(leads) as [DeliveryState, DeliveryState][])('from %s, and becomes %s', (from, to) => {
    const delivery = withTicketReady(from);
    expect(act(delivery)).toHaveLength(1);
    expect(delivery.state).toBe(to);
  });

  it.each(deliveryStates.filter((state) => !(state in leads)))('but not from %s', (state) => {
    const delivery = withTicketReady(state);
    expect(() => act(delivery)).toThrow(IllegalTransition);
    expect(delivery.state).toBe(state);
  });
});

describe.each(Object.entries(notes))('a delivery that %s', (_, { act, leads }) => {
  it.each(deliveryStates.map((state) => [state, leads[state] ?? state] as const))(
    'goes from %s to %s, and ignores a duplicate',
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

  it('publishes its courier, addresses and times', () => {
    expect(DeliveryMother.schedulable().schedule(mary, ajantaAddress, now)).toEqual([
      {
        kind: 'DeliveryScheduled',
        courierId: mary,
        pickupAddress: ajantaAddress,
        pickupTime: readyBy,
        deliveryTime,
      },
    ]);
  });

  it('publishes that it is scheduled again when it is reassigned', () => {
    const delivery = DeliveryMother.in('SCHEDULED');
    const later = new Date(now.getTime() + 60_000);
    expect(delivery.reschedule(john, later)).toMatchObject([{ kind: 'DeliveryScheduled', courierId: john, pickupAddress: ajantaAddress }]);
    expect(delivery).toMatchObject({ courierId: john, scheduledAt: later });
  });

  it('returns to its unscheduled state when it loses its courier', () => {
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

  it('has no courier after it is cancelled, and reports who was released', () => {
    const delivery = DeliveryMother.in('SCHEDULED');
    expect(delivery.callOff(now)).toEqual([{ kind: 'DeliveryCancelled', courierId: mary }]);
    expect(delivery).toMatchObject({ state: 'CANCELLED', courierId: null, cancelledAt: now });
  });

  it('is cancelled as soon as its order is known if the cancellation arrived first', () => {
    const delivery = DeliveryMother.in('EXPECTED');
    expect(delivery.callOff(now)).toEqual([]);
    expect(delivery.noteOrderCreated(order, now)).toEqual([{ kind: 'DeliveryCancelled' }]);
    expect(delivery.state).toBe('CANCELLED');
  });

  it('remembers that its ticket is ready when an older event arrives late', () => {
    const delivery = DeliveryMother.in('SCHEDULED');
    delivery.noteTicket('READY_FOR_PICKUP');
    delivery.noteTicketAccepted(readyBy);
    expect(delivery.pickUp(now)).toHaveLength(1);
  });
});

/** Every event about one order, each together with what it needs to be scheduled. */
const received: Record<string, (delivery: Delivery) => DeliveryEvent[]> = {
  OrderCreated: (delivery) => delivery.noteOrderCreated(order, now),
  TicketAccepted: (delivery) => delivery.noteTicketAccepted(readyBy),
  TicketPreparationStarted: (delivery) => delivery.noteTicket('PREPARING'),
  TicketPreparationCompleted: (delivery) => delivery.noteTicket('READY_FOR_PICKUP'),
  OrderCancelled: (delivery) => delivery.callOff(now),
  TicketCancelled: (delivery) => delivery.callOff(now),
};

/** Applies the events, and schedules the delivery as soon as possible. */
function outcomeOf(events: readonly string[]) {
  const delivery = DeliveryMother.in('EXPECTED');
  for (const event of events) {
    received[event]?.(delivery);
    if (delivery.isSchedulable) delivery.schedule(mary, ajantaAddress, now);
  }
  const { state, courierId, readyBy: promised } = delivery;
  return { state, courierId, promised };
}

describe('in whatever order and however often the events about an order arrive', () => {
  const anyArrival = (events: readonly string[]) =>
    fc
      .tuple(
        fc.shuffledSubarray([...events], { minLength: events.length, maxLength: events.length }),
        fc.array(fc.constantFrom(...events), { maxLength: 4 }),
      )
      .map(([once, again]) => [...once, ...again]);

  it.each([
    ['scheduled', ['OrderCreated', 'TicketAccepted', 'TicketPreparationStarted', 'TicketPreparationCompleted'], 'SCHEDULED', mary],
    ['pending while the ticket is not accepted', ['OrderCreated'], 'PENDING', null],
    ['cancelled with its order', ['OrderCreated', 'TicketAccepted', 'TicketCancelled', 'OrderCancelled'], 'CANCELLED', null],
    ['cancelled when the order was rejected', ['OrderCreated', 'OrderCancelled'], 'CANCELLED', null],
    ['invisible without its order', ['TicketAccepted', 'TicketCancelled'], 'EXPECTED', null],
  ] as const)('the delivery ends %s', (_, events, state, courierId) => {
    fc.assert(
      fc.property(anyArrival(events), (arrived) => {
        expect(outcomeOf(arrived)).toMatchObject({ state, courierId });
      }),
    );
  });
});
