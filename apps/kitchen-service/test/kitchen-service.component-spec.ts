import { randomUUID } from 'node:crypto';
import { KitchenServiceApi } from '@ftgo/contracts/kitchen';
import { grpcClient } from '@ftgo/rpc';
import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KitchenServiceUnderTest, startKitchenService } from './kitchen-service.js';

const vindaloo = { id: '1', name: 'Chicken Vindaloo', price: { currencyCode: 'USD', minorUnits: '1234' } };
const ajanta = {
  name: 'Ajanta',
  address: { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94611' },
  menu: { menuItems: [vindaloo] },
};
const lineItems = [{ menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 }];

let lastOrder = 0;
const nextOrder = () => ++lastOrder;

describe('kitchen-service', () => {
  let kitchen: KitchenServiceUnderTest;

  beforeAll(async () => {
    kitchen = await startKitchenService({ commandDeferralMs: 1_000 });
    await kitchen.others.restaurantChanged(1, 1, ajanta, 'RestaurantCreated');
    await eventually(async () => expect((await kitchen.get('/restaurants/1')).status).toBe(200));
  });
  afterAll(() => kitchen?.close());

  const create = { step: 'create ticket' };
  const cancel = { step: 'create ticket:undo' };
  const confirm = { step: 'confirm ticket' };

  const createTicket = (id: number, sagaId: string, change: object = {}) =>
    kitchen.others.command(
      'CreateTicket',
      id,
      { orderId: String(id), restaurantId: '1', restaurantSequence: '1', lineItems, ...change },
      { sagaId, ...create },
    );
  const confirmTicket = (id: number, sagaId: string) =>
    kitchen.others.command('ConfirmCreateTicket', id, { ticketId: String(id) }, { sagaId, ...confirm });
  const cancelTicket = (id: number, sagaId: string) =>
    kitchen.others.command('CancelCreateTicket', id, { ticketId: String(id) }, { sagaId, ...cancel });
  const ticket = (id: number) => kitchen.get(`/tickets/${id}`);
  const state = async (id: number) => (await ticket(id)).body.state;

  /** A ticket that awaits acceptance. */
  const confirmedTicket = async (change: object = {}): Promise<number> => {
    const [id, sagaId] = [nextOrder(), randomUUID()];
    await createTicket(id, sagaId, change);
    await kitchen.others.answers(sagaId, create.step);
    await confirmTicket(id, sagaId);
    await kitchen.others.answers(sagaId, confirm.step);
    return id;
  };
  const inHalfAnHour = () => new Date(Date.now() + 1_800_000).toISOString();
  const act = (id: number, action: string, body: object = {}) => kitchen.post(`/tickets/${id}/${action}`, body);

  describe('as a participant of the create order saga', () => {
    it('creates the ticket of an order, and opens it on confirmation', async () => {
      const [id, sagaId] = [nextOrder(), randomUUID()];
      await createTicket(id, sagaId);
      const [created] = await kitchen.others.answers(sagaId, create.step);
      expect(created).toMatchObject({
        type: 'CreateTicketReply',
        key: sagaId,
        payload: { ticketId: String(id) },
        headers: { ce_outcome: 'success' },
      });
      expect((await ticket(id)).body).toEqual({
        id,
        restaurantId: 1,
        state: 'CREATE_PENDING',
        lineItems,
        createdAt: expect.any(String) as string,
      });
      expect(kitchen.others.eventsAbout(id)).toEqual([]);

      await confirmTicket(id, sagaId);
      await kitchen.others.answers(sagaId, confirm.step);
      expect(await state(id)).toBe('AWAITING_ACCEPTANCE');
      await eventually(() =>
        expect(kitchen.others.eventsAbout(id)).toMatchObject([
          { type: 'TicketCreated', payload: { restaurantId: '1', lineItems }, headers: { ce_sequence: '1'.padStart(20, '0') } },
        ]),
      );
    });

    it('cancels an unconfirmed ticket without publishing an event', async () => {
      const [id, sagaId] = [nextOrder(), randomUUID()];
      await createTicket(id, sagaId);
      await kitchen.others.answers(sagaId, create.step);
      await cancelTicket(id, sagaId);
      const [cancelled] = await kitchen.others.answers(sagaId, cancel.step);
      expect(cancelled?.headers.ce_outcome).toBe('success');
      expect(await state(id)).toBe('CREATION_CANCELLED');
      expect(kitchen.others.eventsAbout(id)).toEqual([]);
    });

    it('repeats its reply to a command that is sent again, and keeps one ticket', async () => {
      const [id, sagaId] = [nextOrder(), randomUUID()];
      await createTicket(id, sagaId);
      await kitchen.others.answers(sagaId, create.step);
      await createTicket(id, sagaId);
      const answers = await kitchen.others.answers(sagaId, create.step, 2);
      expect(answers.map(({ payload, headers }) => [payload.ticketId, headers.ce_outcome])).toEqual(
        [1, 2].map(() => [String(id), 'success']),
      );
      expect((await ticket(id)).body.state).toBe('CREATE_PENDING');
    });

    it('creates no ticket when the cancellation arrives first', async () => {
      const [id, sagaId] = [nextOrder(), randomUUID()];
      await cancelTicket(id, sagaId);
      expect((await kitchen.others.answers(sagaId, cancel.step))[0]?.headers.ce_outcome).toBe('success');
      await createTicket(id, sagaId);
      await kitchen.others.answers(sagaId, create.step);
      expect((await ticket(id)).status).toBe(404);
    });

    it('rejects items that the restaurant does not offer', async () => {
      const [id, sagaId] = [nextOrder(), randomUUID()];
      await createTicket(id, sagaId, { lineItems: [...lineItems, { menuItemId: '99', name: 'Haggis', quantity: 1 }] });
      const [rejected] = await kitchen.others.answers(sagaId, create.step);
      expect(rejected).toMatchObject({
        type: 'CommandRefused',
        payload: { code: 'MENU_ITEM_NOT_OFFERED' },
        headers: { ce_outcome: 'failure' },
      });
      expect((await ticket(id)).status).toBe(404);
    });

    it('waits for a change of the restaurant that is still in flight', async () => {
      const [id, sagaId] = [nextOrder(), randomUUID()];
      const saag = { ...vindaloo, id: '3', name: 'Saag Paneer' };
      await createTicket(id, sagaId, { restaurantSequence: '2', lineItems: [{ menuItemId: '3', name: 'Saag Paneer', quantity: 1 }] });
      await eventually(async () =>
        expect(await kitchen.database.query(`SELECT 1 AS n FROM dead_letter WHERE status = 'deferred'`)).toHaveLength(1),
      );
      await kitchen.others.restaurantChanged(1, 2, { ...ajanta, menu: { menuItems: [vindaloo, saag] } });
      expect((await kitchen.others.answers(sagaId, create.step))[0]?.headers.ce_outcome).toBe('success');
    });

    it('rejects a restaurant that does not reach the replica in time', async () => {
      const [id, sagaId] = [nextOrder(), randomUUID()];
      await createTicket(id, sagaId, { restaurantId: '404' });
      expect((await kitchen.others.answers(sagaId, create.step))[0]).toMatchObject({
        type: 'CommandRefused',
        payload: { code: 'RESTAURANT_NOT_KNOWN' },
      });
    });

    it('dead-letters what it cannot process and continues', async () => {
      await kitchen.others.poison('ftgo.kitchen.commands');
      await kitchen.others.poison('ftgo.restaurant.events');
      await confirmTicket(999_999, randomUUID());
      await eventually(async () =>
        expect(await kitchen.database.query(`SELECT topic FROM dead_letter WHERE status = 'dead' ORDER BY topic`)).toMatchObject([
          { topic: 'ftgo.kitchen.commands' },
          { topic: 'ftgo.kitchen.commands' },
          { topic: 'ftgo.restaurant.events' },
        ]),
      );
      expect(await state(await confirmedTicket())).toBe('AWAITING_ACCEPTANCE');
    });
  });

  describe('as a participant of the cancel and revise order sagas', () => {
    const naan = { menuItemId: '2', name: 'Naan', quantity: 2 };
    const revised = [...lineItems, naan];
    /** Sends a step of a new saga unless stated otherwise; returns its only reply. */
    const answered = async (
      type: string,
      id: number,
      step: string,
      { sagaId = randomUUID(), ...payload }: { sagaId?: string; lineItems?: object } = {},
    ) => {
      await kitchen.others.command(type, id, { orderId: String(id), restaurantId: '1', ...payload }, { sagaId, step });
      return (await kitchen.others.answers(sagaId, step))[0];
    };
    const acceptedTicket = async (): Promise<number> => {
      const id = await confirmedTicket();
      expect((await act(id, 'accept', { readyBy: inHalfAnHour() })).status).toBe(200);
      return id;
    };
    const success = { headers: { ce_outcome: 'success' } };
    const typesPublished = (id: number) => kitchen.others.eventsAbout(id).map(({ type }) => type);

    it('cancels a ticket in two steps; in between, no one can work on it', async () => {
      const id = await acceptedTicket();
      expect(await answered('BeginCancelTicket', id, 'begin cancel ticket')).toMatchObject({ type: 'BeginCancelTicketReply', ...success });
      expect(await state(id)).toBe('CANCEL_PENDING');
      expect(await act(id, 'preparing')).toMatchObject({
        status: 409,
        body: { code: 'ILLEGAL_TRANSITION', detail: `cannot start the preparation of ticket ${id} in state CANCEL_PENDING` },
      });

      expect(await answered('ConfirmCancelTicket', id, 'confirm cancel ticket')).toMatchObject(success);
      expect((await ticket(id)).body).toMatchObject({ state: 'CANCELLED', cancelledAt: expect.any(String) as string });
      await eventually(() => expect(typesPublished(id)).toEqual(['TicketCreated', 'TicketAccepted', 'TicketCancelled']));
    });

    it.each([
      ['was awaiting acceptance', confirmedTicket, 'AWAITING_ACCEPTANCE'],
      ['was accepted', acceptedTicket, 'ACCEPTED'],
    ])('resumes a ticket that %s when its cancellation is undone', async (_, given, before) => {
      const [id, sagaId] = [await given(), randomUUID()];
      await answered('BeginCancelTicket', id, 'begin cancel ticket', { sagaId });
      expect(await answered('UndoBeginCancelTicket', id, 'begin cancel ticket:undo', { sagaId })).toMatchObject(success);
      expect(await state(id)).toBe(before);
      expect(typesPublished(id)).not.toContain('TicketCancelled');
    });

    it('rejects cancelling a ticket in preparation, and continues to prepare it', async () => {
      const id = await acceptedTicket();
      await act(id, 'preparing');
      expect(await answered('BeginCancelTicket', id, 'begin cancel ticket')).toMatchObject({
        type: 'CommandRefused',
        payload: { code: 'TICKET_NOT_CANCELLABLE', detail: expect.stringContaining('PREPARING') as string },
        headers: { ce_outcome: 'failure' },
      });
      expect((await act(id, 'ready')).status).toBe(200);
    });

    it('revises the lines when the revision is confirmed, not before', async () => {
      const id = await acceptedTicket();
      expect(await answered('BeginReviseTicket', id, 'begin revise ticket', { lineItems: revised })).toMatchObject(success);
      expect((await ticket(id)).body).toMatchObject({ state: 'REVISION_PENDING', lineItems });

      expect(await answered('ConfirmReviseTicket', id, 'confirm revise ticket')).toMatchObject(success);
      expect((await ticket(id)).body).toMatchObject({ state: 'ACCEPTED', lineItems: revised });
      await eventually(() =>
        expect(kitchen.others.eventsAbout(id).at(-1)).toMatchObject({ type: 'TicketRevised', payload: { lineItems: revised } }),
      );
    });

    it('keeps the lines and the state when the revision is undone', async () => {
      const [id, sagaId] = [await acceptedTicket(), randomUUID()];
      await answered('BeginReviseTicket', id, 'begin revise ticket', { sagaId, lineItems: revised });
      expect(await answered('UndoBeginReviseTicket', id, 'begin revise ticket:undo', { sagaId })).toMatchObject(success);
      expect((await ticket(id)).body).toMatchObject({ state: 'ACCEPTED', lineItems });
      expect(typesPublished(id)).not.toContain('TicketRevised');
    });

    it('rejects revising a ticket in preparation or being cancelled', async () => {
      const [cooking, leaving] = [await acceptedTicket(), await acceptedTicket()];
      await act(cooking, 'preparing');
      await answered('BeginCancelTicket', leaving, 'begin cancel ticket');
      for (const id of [cooking, leaving]) {
        expect(await answered('BeginReviseTicket', id, 'begin revise ticket', { lineItems: revised })).toMatchObject({
          type: 'CommandRefused',
          payload: { code: 'TICKET_NOT_REVISABLE' },
        });
      }
    });

    it('does not begin a step whose undo arrived first', async () => {
      const [id, sagaId] = [await acceptedTicket(), randomUUID()];
      expect(await answered('UndoBeginReviseTicket', id, 'begin revise ticket:undo', { sagaId })).toMatchObject(success);
      await answered('BeginReviseTicket', id, 'begin revise ticket', { sagaId, lineItems: revised });
      expect((await ticket(id)).body).toMatchObject({ state: 'ACCEPTED', lineItems });
    });
  });

  describe('for the restaurant', () => {
    it('takes a ticket from acceptance to pickup', async () => {
      const id = await confirmedTicket();
      const readyBy = inHalfAnHour();
      expect(await act(id, 'accept', { readyBy })).toMatchObject({
        status: 200,
        body: { id, state: 'ACCEPTED', readyBy: readyBy.slice(0, -1) },
      });
      expect(await act(id, 'preparing')).toMatchObject({ status: 200, body: { state: 'PREPARING' } });
      expect(await act(id, 'ready')).toMatchObject({ status: 200, body: { state: 'READY_FOR_PICKUP' } });
      expect(await act(id, 'picked-up')).toMatchObject({ status: 200, body: { state: 'PICKED_UP' } });
      await eventually(() =>
        expect(kitchen.others.eventsAbout(id).map(({ type }) => type)).toEqual([
          'TicketCreated',
          'TicketAccepted',
          'TicketPreparationStarted',
          'TicketPreparationCompleted',
          'TicketPickedUp',
        ]),
      );
      expect(kitchen.others.eventsAbout(id)[1]?.payload).toEqual({ readyBy });
      const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/) as string;
      expect((await ticket(id)).body).toEqual({
        id,
        restaurantId: 1,
        state: 'PICKED_UP',
        lineItems,
        readyBy: readyBy.slice(0, -1),
        createdAt: time,
        acceptedAt: time,
        preparingAt: time,
        readyForPickupAt: time,
        pickedUpAt: time,
      });
    });

    it('marks a ticket as picked up once when its delivery is picked up', async () => {
      const id = await confirmedTicket();
      await act(id, 'accept', { readyBy: inHalfAnHour() });
      await act(id, 'preparing');
      await act(id, 'ready');
      for (let n = 0; n < 2; n++) await kitchen.others.deliveryPickedUp(id);
      await eventually(async () => expect(await state(id)).toBe('PICKED_UP'));
      expect(await act(id, 'picked-up')).toMatchObject({ status: 409 });
      await eventually(() => expect(kitchen.others.eventsAbout(id).at(-1)?.type).toBe('TicketPickedUp'));
      expect(kitchen.others.eventsAbout(id).filter(({ type }) => type === 'TicketPickedUp')).toHaveLength(1);
    });

    it('leaves a ticket that the restaurant has already handed over', async () => {
      const id = await confirmedTicket();
      await act(id, 'accept', { readyBy: inHalfAnHour() });
      for (const action of ['preparing', 'ready', 'picked-up']) await act(id, action);
      const { pickedUpAt } = (await ticket(id)).body;
      const message = await kitchen.others.deliveryPickedUp(id);
      await eventually(async () =>
        expect(await kitchen.database.query('SELECT 1 FROM inbox WHERE message_id = $1', [message])).toHaveLength(1),
      );
      expect(await kitchen.database.query('SELECT 1 FROM dead_letter WHERE message_id = $1', [message])).toEqual([]);
      expect((await ticket(id)).body).toMatchObject({ state: 'PICKED_UP', pickedUpAt });
    });

    it('accepts actions without a body and times without a zone', async () => {
      const id = await confirmedTicket();
      const accepted = await act(id, 'accept', { readyBy: '2100-01-01T10:00:00', note: 'an unknown property' });
      expect(accepted.body.readyBy).toBe('2100-01-01T10:00:00.000');
      expect((await kitchen.post(`/tickets/${id}/preparing`, '')).status).toBe(200);
    });

    it.each([
      ['a time in the past', 'accept', { readyBy: '2020-01-01T10:00:00Z' }, 422, 'READY_BY_IN_THE_PAST'],
      ['no time', 'accept', {}, 400, 'VALIDATION_FAILED'],
      ['an invalid time', 'accept', { readyBy: 'soon' }, 400, 'VALIDATION_FAILED'],
      ['preparing before acceptance', 'preparing', {}, 409, 'ILLEGAL_TRANSITION'],
      ['being ready before preparation', 'ready', {}, 409, 'ILLEGAL_TRANSITION'],
      ['a pickup before it is ready', 'picked-up', {}, 409, 'ILLEGAL_TRANSITION'],
    ])('rejects %s and leaves the ticket unchanged', async (_, action, body, status, code) => {
      const id = await confirmedTicket();
      expect(await act(id, action, body)).toMatchObject({
        status,
        contentType: expect.stringContaining('application/problem+json') as string,
        body: { code },
      });
      expect(await state(id)).toBe('AWAITING_ACCEPTANCE');
    });

    it('accepts a ticket only once', async () => {
      const id = await confirmedTicket();
      const answers = await Promise.all([1, 2].map(() => act(id, 'accept', { readyBy: inHalfAnHour() })));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    });

    it('returns 404 for an unknown ticket', async () => {
      expect(await ticket(999_999)).toMatchObject({ status: 404, body: { code: 'TICKET_NOT_FOUND' } });
      for (const action of ['accept', 'preparing', 'ready', 'picked-up']) {
        const body = { readyBy: inHalfAnHour() };
        expect(await act(999_999, action, body)).toMatchObject({ status: 404, body: { code: 'TICKET_NOT_FOUND' } });
        expect(await act(Number.NaN, action, body)).toMatchObject({ status: 400, body: { errors: [{ pointer: '/ticketId' }] } });
      }
      expect(await ticket(Number.NaN)).toMatchObject({ status: 400 });
    });

    it('finds the tickets of a restaurant', async () => {
      await kitchen.others.restaurantChanged(7, 1, ajanta, 'RestaurantCreated');
      const [first, second] = [await confirmedTicket({ restaurantId: '7' }), await confirmedTicket({ restaurantId: '7' })];
      await act(first, 'accept', { readyBy: inHalfAnHour() });
      const found = async (query: string) => {
        const { status, body } = await kitchen.get(`/tickets?${query}`);
        return [status, (body.tickets as Array<{ id: number }> | undefined)?.map(({ id }) => id), body.startKey].slice(
          0,
          status === 200 ? 3 : 2,
        );
      };
      expect(await found('restaurantId=7')).toEqual([200, [second, first], null]);
      expect(await found('restaurantId=7&state=ACCEPTED')).toEqual([200, [first], null]);
      expect(await found('restaurantId=888')).toEqual([200, [], null]);
      expect(await found('state=COOKED')).toEqual([400, undefined]);
    });

    describe('lists tickets in pages:', () => {
      const page = async (query: string) => {
        const { body } = await kitchen.get(`/tickets?${query}`);
        return { ids: (body.tickets as Array<{ id: number }>).map(({ id }) => id), startKey: body.startKey as string | null };
      };
      /** Stores tickets directly; no other test uses this restaurant. */
      const stored = async (restaurant: number, count: number, name = 'Naan', itemsEach = 1): Promise<number[]> => {
        const ids = Array.from({ length: count }, () => nextOrder());
        const line = (i: number) => ({ menuItemId: `${i}`, name, quantity: 1 });
        const lines = JSON.stringify(Array.from({ length: itemsEach }, (_, i) => line(i)));
        await kitchen.database.query(
          `INSERT INTO tickets (id, restaurant_id, state, line_items, created_at, version)
           SELECT id, $2, CASE WHEN id % 2 = 0 THEN 'ACCEPTED' ELSE 'PREPARING' END, $3, now(), 1 FROM unnest($1::bigint[]) AS id`,
          [ids, restaurant, lines],
        );
        return ids.toReversed();
      };
      const all = async (query: string): Promise<number[][]> => {
        const pages = [await page(query)];
        for (let last = pages[0]; last?.startKey; pages.push(last)) last = await page(`${query}&startKey=${last.startKey}`);
        return pages.map(({ ids }) => ids);
      };

      it('newest first, each once, in the requested size, with a key if there are more', async () => {
        const ids = await stored(70, 5);
        expect(await all('restaurantId=70&pageSize=2')).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
        expect(await all('restaurantId=70&pageSize=5')).toEqual([ids]);
        const even = ids.filter((id) => id % 2 === 0);
        expect((await all('restaurantId=70&state=ACCEPTED&pageSize=1')).flat()).toEqual(even);
      });

      it('of at most a hundred', async () => {
        const ids = await stored(71, 101);
        expect(await all('restaurantId=71')).toEqual([ids.slice(0, 100), ids.slice(100)]);
      });

      it('unaffected by tickets created in the meantime', async () => {
        const ids = await stored(72, 3);
        const { startKey } = await page('restaurantId=72&pageSize=2');
        const [newest] = await stored(72, 1);
        expect(await page(`restaurantId=72&startKey=${startKey}`)).toEqual({ ids: ids.slice(2), startKey: null });
        expect((await page('restaurantId=72&pageSize=1')).ids).toEqual([newest]);
      });

      it('of about one mebibyte when the tickets are large', async () => {
        const ids = await stored(73, 20, '菜'.repeat(250), 100);
        const pages = await all('restaurantId=73');
        expect(pages.flat()).toEqual(ids);
        expect(pages.map(({ length }) => length > 0 && length < 15)).toEqual(pages.map(() => true));
      });

      it.each(['pageSize=0', 'pageSize=101', 'pageSize=1.5', 'pageSize=', 'startKey=x', 'startKey=', `startKey=${btoa('before:0')}`])(
        'except for an invalid ?%s',
        async (query) => {
          expect(await kitchen.get(`/tickets?${query}`)).toMatchObject({
            status: 400,
            body: { code: 'VALIDATION_FAILED', errors: [{ pointer: `/${query.split('=')[0]}` }] },
          });
        },
      );

      it('over gRPC as well', async () => {
        const ids = await stored(74, 3);
        const client = grpcClient(KitchenServiceApi, { url: kitchen.grpcUrl });
        try {
          const first = await client.calls.findTickets({ restaurantId: 74, pageSize: 2, pageToken: '' });
          const rest = await client.calls.findTickets({ restaurantId: 74, pageSize: 0, pageToken: first.nextPageToken });
          expect([first, rest].map(({ tickets }) => tickets.map(({ ticketId }) => ticketId))).toEqual([ids.slice(0, 2), ids.slice(2)]);
          expect(rest.nextPageToken).toBe('');
          await expect(client.calls.findTickets({ pageSize: 1, pageToken: 'broken' })).rejects.toMatchObject({
            errors: [{ pointer: '/pageToken' }],
          });
        } finally {
          client.close();
        }
      });
    });

    it('does the same over gRPC', async () => {
      const id = await confirmedTicket();
      const client = grpcClient(KitchenServiceApi, { url: kitchen.grpcUrl });
      const { calls } = client;
      try {
        expect((await calls.getTicket({ ticketId: id })).ticket).toMatchObject({ ticketId: id, state: 'AWAITING_ACCEPTANCE', lineItems });
        await expect(calls.noteTicketReady({ ticketId: id })).rejects.toMatchObject({ kind: 'conflict', code: 'ILLEGAL_TRANSITION' });
        expect((await calls.acceptTicket({ ticketId: id, readyBy: new Date(inHalfAnHour()) })).ticket.state).toBe('ACCEPTED');
        expect((await calls.noteTicketPreparing({ ticketId: id })).ticket.state).toBe('PREPARING');
        expect((await calls.noteTicketReady({ ticketId: id })).ticket.state).toBe('READY_FOR_PICKUP');
        expect((await calls.noteTicketPickedUp({ ticketId: id })).ticket.pickedUpAt).toBeInstanceOf(Date);
        expect((await calls.batchGetTickets({ ticketIds: [id, 999_999] })).tickets.map(({ ticketId }) => ticketId)).toEqual([id]);
        expect(
          (await calls.findTickets({ restaurantId: 1, state: 'PICKED_UP', pageSize: 0, pageToken: '' })).tickets.map(
            ({ ticketId }) => ticketId,
          ),
        ).toContain(id);
        await expect(calls.findTickets({ state: 'UNSPECIFIED', pageSize: 0, pageToken: '' })).rejects.toThrow();
        await expect(calls.getTicket({ ticketId: 999_999 })).rejects.toMatchObject({ code: 'TICKET_NOT_FOUND', kind: 'not-found' });
      } finally {
        client.close();
      }
    });
  });

  it('shows the menus used to check tickets', async () => {
    await kitchen.others.restaurantChanged(8, 1, { ...ajanta, name: 'Curry House' }, 'RestaurantCreated');
    await eventually(async () => expect((await kitchen.get('/restaurants/8')).status).toBe(200));
    expect((await kitchen.get('/restaurants/8')).body).toEqual({
      restaurantId: 8,
      name: 'Curry House',
      menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }] },
      sequence: 1,
    });
    expect(await kitchen.get('/restaurants/999')).toMatchObject({ status: 404, body: { code: 'RESTAURANT_NOT_FOUND' } });
    expect(await kitchen.get('/restaurants/x')).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });

  it('serves its OpenAPI document, Swagger UI and health', async () => {
    const { body } = await kitchen.get('/openapi.json');
    expect(Object.keys(body.paths as object)).toEqual(
      expect.arrayContaining(['/tickets', '/tickets/{ticketId}', '/tickets/{ticketId}/accept', '/restaurants/{restaurantId}']),
    );
    expect((await kitchen.get('/swagger-ui/index.html')).status).toBe(200);
    expect((await kitchen.get('/health/live')).status).toBe(200);
  });
});
