import { ticketId } from '@ftgo/ftgo';
import { IllegalTransition } from '@ftgo/kernel';
import { describe, expect, it } from 'vitest';
import { ajanta, inHalfAnHour, naan, now, TicketMother, vindaloo } from '../../test/ticket.mother.js';
import { MenuItemNotOffered, ReadyByInThePast, TicketNotCancellable, TicketNotRevisable } from './ticket.errors.js';
import { Ticket, type TicketEvent } from './ticket.js';
import { type TicketState, ticketStates, ticketTransitions } from './ticket-state.js';

interface Action {
  readonly act: (ticket: Ticket) => TicketEvent[];
  /** The states that allow it, each with the state that it leads to. */
  readonly leads: Partial<Record<TicketState, TicketState>>;
  readonly publishes?: TicketEvent;
  /** The state from which it publishes nothing. */
  readonly silentlyFrom?: TicketState;
  readonly refusal?: new (...args: never[]) => Error;
}

const actions: Record<string, Action> = {
  'be confirmed': {
    act: (ticket) => ticket.confirmCreate(),
    leads: { CREATE_PENDING: 'AWAITING_ACCEPTANCE' },
    publishes: { kind: 'TicketCreated' },
  },
  'be withdrawn': { act: (ticket) => ticket.cancelCreate(), leads: { CREATE_PENDING: 'CREATION_CANCELLED' } },
  'be accepted': {
    act: (ticket) => ticket.accept(inHalfAnHour, now),
    leads: { AWAITING_ACCEPTANCE: 'ACCEPTED' },
    publishes: { kind: 'TicketAccepted', readyBy: inHalfAnHour },
  },
  'be prepared': {
    act: (ticket) => ticket.preparing(now),
    leads: { ACCEPTED: 'PREPARING' },
    publishes: { kind: 'TicketPreparationStarted' },
  },
  'become ready': {
    act: (ticket) => ticket.readyForPickup(now),
    leads: { PREPARING: 'READY_FOR_PICKUP' },
    publishes: { kind: 'TicketPreparationCompleted' },
  },
  'be picked up': {
    act: (ticket) => ticket.pickedUp(now),
    leads: { READY_FOR_PICKUP: 'PICKED_UP' },
    publishes: { kind: 'TicketPickedUp' },
  },
  'be handed over to a courier': {
    act: (ticket) => ticket.handedOver(now),
    leads: { READY_FOR_PICKUP: 'PICKED_UP', PICKED_UP: 'PICKED_UP' },
    publishes: { kind: 'TicketPickedUp' },
    silentlyFrom: 'PICKED_UP',
  },
  'begin a cancellation': {
    act: (ticket) => ticket.beginCancel(),
    leads: { AWAITING_ACCEPTANCE: 'CANCEL_PENDING', ACCEPTED: 'CANCEL_PENDING' },
    refusal: TicketNotCancellable,
  },
  'resume after an undone cancel': { act: (ticket) => ticket.undoCancel(), leads: { CANCEL_PENDING: 'AWAITING_ACCEPTANCE' } },
  'be cancelled': {
    act: (ticket) => ticket.confirmCancel(now),
    leads: { CANCEL_PENDING: 'CANCELLED' },
    publishes: { kind: 'TicketCancelled' },
  },
  'begin a revision': {
    act: (ticket) => ticket.beginRevise([naan]),
    leads: { AWAITING_ACCEPTANCE: 'REVISION_PENDING', ACCEPTED: 'REVISION_PENDING' },
    refusal: TicketNotRevisable,
  },
  'resume after an undone revision': { act: (ticket) => ticket.undoRevise(), leads: { REVISION_PENDING: 'AWAITING_ACCEPTANCE' } },
  'be revised': {
    act: (ticket) => ticket.confirmRevise(),
    leads: { REVISION_PENDING: 'AWAITING_ACCEPTANCE' },
    publishes: { kind: 'TicketRevised', lineItems: [naan] },
  },
};

describe.each(Object.entries(actions))('a ticket can %s', (_, { act, leads, publishes, silentlyFrom, refusal = IllegalTransition }) => {
  it.each(Object.entries(leads) as [TicketState, TicketState][])('from %s, and becomes %s', (from, to) => {
    const ticket = TicketMother.in(from);
    expect(act(ticket)).toEqual(publishes && from !== silentlyFrom ? [publishes] : []);
    expect(ticket.state).toBe(to);
  });

  it.each(ticketStates.filter((state) => !(state in leads)))('but not from %s', (state) => {
    const ticket = TicketMother.in(state);
    expect(() => act(ticket)).toThrow(refusal);
    expect(() => act(ticket)).toThrow(/^ticket: | ticket 17 /);
    expect(ticket.state).toBe(state);
  });
});

describe('a new ticket', () => {
  it('is rejected for items that the restaurant does not offer; the error names all of them', () => {
    const lines = ['7', '1', '8'].map((menuItemId) => ({ menuItemId, name: '?', quantity: 1 }));
    expect(() => Ticket.create(ticketId(17), lines, ajanta, now)).toThrow(new MenuItemNotOffered('Ajanta', ['7', '8']));
  });

  it('is published only when it is confirmed', () => {
    expect(TicketMother.in('CREATE_PENDING').cancelCreate()).toEqual([]);
    expect(TicketMother.in('CREATE_PENDING').confirmCreate()).toEqual([{ kind: 'TicketCreated' }]);
  });
});

describe('a ticket in the kitchen', () => {
  it('has a time at which it will be ready', () => {
    const ticket = TicketMother.in('AWAITING_ACCEPTANCE');
    expect(ticket.accept(inHalfAnHour, now)).toEqual([{ kind: 'TicketAccepted', readyBy: inHalfAnHour }]);
    expect(ticket).toMatchObject({ readyBy: inHalfAnHour, acceptedAt: now });
  });

  it('rejects a ready time in the past', () => {
    const ticket = TicketMother.in('AWAITING_ACCEPTANCE');
    expect(() => ticket.accept(now, now)).toThrow(ReadyByInThePast);
    expect(ticket.state).toBe('AWAITING_ACCEPTANCE');
  });

  it('publishes each step and records its time', () => {
    const ticket = TicketMother.accepted();
    const published = [ticket.preparing(now), ticket.readyForPickup(now), ticket.pickedUp(now)].flat();
    expect(published.map(({ kind }) => kind)).toEqual(['TicketPreparationStarted', 'TicketPreparationCompleted', 'TicketPickedUp']);
    expect(ticket).toMatchObject({ preparingAt: now, readyForPickupAt: now, pickedUpAt: now, cancelledAt: null });
    const cancelled = TicketMother.in('CANCEL_PENDING');
    cancelled.confirmCancel(now);
    expect(cancelled).toMatchObject({ cancelledAt: now, acceptedAt: null });
  });
});

describe('a ticket already handed over by the restaurant', () => {
  it('stays unchanged when the courier reports the pickup too', () => {
    const ticket = TicketMother.in('PICKED_UP');
    expect(ticket.handedOver(inHalfAnHour)).toEqual([]);
    expect(ticket.pickedUpAt).toEqual(now);
  });
});

describe('an accepted ticket', () => {
  it('is accepted again when a cancellation or a revision is undone', () => {
    const ticket = TicketMother.accepted();
    ticket.beginCancel();
    ticket.undoCancel();
    expect(ticket.state).toBe('ACCEPTED');
    ticket.beginRevise([naan]);
    ticket.undoRevise();
    expect(ticket.state).toBe('ACCEPTED');
    expect(ticket.lineItems).toEqual([vindaloo]);
  });

  it('keeps its lines until its revision is confirmed', () => {
    const ticket = TicketMother.accepted();
    ticket.beginRevise([naan]);
    expect(ticket.lineItems).toEqual([vindaloo]);
    expect(ticket.confirmRevise()).toEqual([{ kind: 'TicketRevised', lineItems: [naan] }]);
    expect(ticket).toMatchObject({ state: 'ACCEPTED', lineItems: [naan] });
  });
});

it('in the state table, a lock that is released leads to the first state in which it can be taken', () => {
  const next = (state: TicketState, action: string) => ticketTransitions.next(state, action, 1);
  expect([next('CANCEL_PENDING', 'undoCancel'), next('REVISION_PENDING', 'undoRevise'), next('REVISION_PENDING', 'confirmRevise')]).toEqual(
    Array.from({ length: 3 }, () => 'AWAITING_ACCEPTANCE'),
  );
});
