import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OrderServiceUnderTest, startOrderService } from './order-service.js';
import { ajanta, aRequest } from './requests.js';

describe('an order whose saga gets no reply in time', () => {
  let orders: OrderServiceUnderTest;

  beforeAll(async () => {
    orders = await startOrderService({ sagaStepDeadlineMs: 3_000 });
    await orders.others.restaurantChanged(1, 1, ajanta, 'RestaurantCreated');
    await eventually(async () => expect((await orders.get('/restaurants/1')).status).toBe(200));
  });
  afterAll(() => orders?.close());

  const place = async () => (await orders.post('/orders', aRequest)).body.orderId as number;

  it('is rejected only after a ticket that may exist is cancelled', async () => {
    const id = await place();
    await orders.others.reply(await orders.others.command('ValidateOrderByConsumer', id));
    const create = await orders.others.command('CreateTicket', id);

    const cancel = await orders.others.command('CancelCreateTicket', id, { timeoutMs: 60_000 });
    expect(cancel).toMatchObject({ payload: { ticketId: String(id) }, headers: { ce_sagastep: 'create ticket:undo' } });
    expect((await orders.get(`/orders/${id}`)).body.state).toBe('APPROVAL_PENDING');

    await orders.others.reply(create, { ticketId: String(id) });
    await orders.others.reply(cancel);
    await eventually(async () => expect((await orders.get(`/orders/${id}`)).body).toMatchObject({ state: 'REJECTED' }));
    expect(orders.others.commandsAbout(id).map(({ type }) => type)).not.toContain('ConfirmCreateTicket');
  });

  it('is rejected only after a possible authorisation is reversed and its ticket cancelled', async () => {
    const id = await place();
    await orders.others.reply(await orders.others.command('ValidateOrderByConsumer', id));
    await orders.others.reply(await orders.others.command('CreateTicket', id), { ticketId: String(id) });
    const authorize = await orders.others.command('AuthorizeCard', id);

    const reverse = await orders.others.command('ReverseAuthorization', id, { timeoutMs: 60_000 });
    expect(reverse).toMatchObject({
      key: '3',
      payload: { consumerId: '3', orderId: String(id) },
      headers: { ce_sagastep: 'authorize card:undo' },
    });
    await orders.others.reply(authorize, { authorizationId: '5' });
    await orders.others.reply(reverse);
    const cancel = await orders.others.command('CancelCreateTicket', id);
    expect((await orders.get(`/orders/${id}`)).body.state).toBe('APPROVAL_PENDING');
    await orders.others.reply(cancel);
    await eventually(async () =>
      expect((await orders.get(`/orders/${id}`)).body).toMatchObject({ state: 'REJECTED', rejection: { code: 'NO_ANSWER' } }),
    );
  });
});
