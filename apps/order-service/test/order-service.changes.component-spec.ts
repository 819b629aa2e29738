import { OrderServiceApi } from '@ftgo/contracts/order';
import { InvalidRequest, idempotencyKey } from '@ftgo/platform';
import { grpcClient } from '@ftgo/rpc';
import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrderSagaSteps } from '../src/order/order.saga-steps.js';
import { anOrder } from './order.mother.js';
import { type OrderServiceUnderTest, startOrderService } from './order-service.js';
import { ajanta, aRequest } from './requests.js';

describe('cancelling and revising an order', () => {
  let orders: OrderServiceUnderTest;

  beforeAll(async () => {
    orders = await startOrderService();
    const orderMinimum = { currencyCode: 'USD', minorUnits: '2000' };
    await orders.others.restaurantChanged(1, 1, { ...ajanta, orderMinimum }, 'RestaurantCreated');
    await eventually(async () => expect((await orders.get('/restaurants/1')).status).toBe(200));
  });
  afterAll(() => orders?.close());

  const place = async (): Promise<number> => (await orders.post('/orders', aRequest)).body.orderId as number;
  /** Approved by the last step of its create order saga, whose instance stays in the database. */
  const approved = async (): Promise<number> => {
    const id = await place();
    await orders.provider(OrderSagaSteps).approve(id as never);
    return id;
  };
  const order = async (id: number) => (await orders.get(`/orders/${id}`)).body;
  const becomes = (id: number, expected: object) => eventually(async () => expect(await order(id)).toMatchObject(expected));
  const cancel = (id: number | string) => orders.post(`/orders/${id}/cancel`, {});
  const revise = (id: number, revisedOrderLineItems: unknown) => orders.post(`/orders/${id}/revise`, { revisedOrderLineItems });
  const agree = async (id: number, type: string) => orders.others.reply(await orders.others.command(type, id));
  const reject = async (id: number, type: string, code: string, detail: string) =>
    orders.others.reject(await orders.others.command(type, id), code, detail);
  const published = async (id: number) => {
    const rows = await orders.database.query<{ type: string }>(
      `SELECT type FROM outbox WHERE subject = $1 AND topic = 'ftgo.order.events' ORDER BY sequence`,
      [String(id)],
    );
    return rows.map(({ type }) => type.split('.').at(-1)).slice(2);
  };
  const notified = (id: number, kind: string) =>
    eventually(() =>
      expect(orders.others.commandsAbout(id)).toContainEqual(
        expect.objectContaining({
          type: 'NotifyConsumer',
          payload: expect.objectContaining({ kind: `NOTIFICATION_KIND_${kind}` }) as object,
        }),
      ),
    );
  const twice = [{ menuItemId: '1', quantity: 10 }];

  describe('a cancellation', () => {
    it('cancels the order after Kitchen has agreed and the authorisation is reversed', async () => {
      const id = await approved();
      expect(await cancel(id)).toMatchObject({ status: 200, body: { orderId: id, state: 'CANCEL_PENDING', orderTotal: '61.70' } });

      const begin = await orders.others.command('BeginCancelTicket', id);
      expect(begin).toMatchObject({
        key: String(id),
        payload: { orderId: String(id), restaurantId: '1' },
        headers: { ce_replyto: 'ftgo.order.cancel-order-saga.replies', ce_sagastep: 'begin cancel ticket' },
      });
      await orders.others.reply(begin);
      const reverse = await orders.others.command('ReverseAuthorization', id);
      expect(reverse).toMatchObject({ key: '3', payload: { consumerId: '3', orderId: String(id) } });
      await orders.others.reply(reverse);
      await agree(id, 'ConfirmCancelTicket');

      await becomes(id, { state: 'CANCELLED' });
      expect(await order(id)).not.toHaveProperty('lastRefusal');
      expect(await published(id)).toEqual(['OrderCancelRequested', 'OrderCancelled']);
      await notified(id, 'CANCELLED');
    });

    it('returns to APPROVED with the reason when the ticket is being prepared; a retry is possible', async () => {
      const id = await approved();
      await cancel(id);
      await reject(id, 'BeginCancelTicket', 'TICKET_NOT_CANCELLABLE', 'it is being prepared');
      await becomes(id, {
        state: 'APPROVED',
        lastRefusal: {
          operation: 'cancel',
          code: 'TICKET_NOT_CANCELLABLE',
          detail: 'it is being prepared',
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+$/) as string,
        },
      });
      expect(await published(id)).toEqual(['OrderCancelRequested', 'OrderCancelRejected']);
      await notified(id, 'REFUSED');
      expect(orders.others.commandsAbout(id).map(({ type }) => type)).not.toContain('ReverseAuthorization');
      expect((await cancel(id)).body).toMatchObject({ state: 'CANCEL_PENDING' });
    });

    it('accepts any body or none', async () => {
      expect((await orders.post(`/orders/${await approved()}/cancel`, '')).status).toBe(200);
      expect((await orders.post(`/orders/${await approved()}/cancel`, { reason: 'changed my mind' })).status).toBe(200);
    });

    it('is rejected at once for an order in the wrong state, an unknown order and an invalid id', async () => {
      const id = await approved();
      const pending = await place();
      expect(await cancel(pending)).toMatchObject({
        status: 409,
        body: { code: 'ILLEGAL_TRANSITION', detail: `cannot cancel order ${pending} in state APPROVAL_PENDING` },
      });
      await cancel(id);
      expect(await cancel(id)).toMatchObject({ status: 409 });
      expect(await cancel(999_999)).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
      expect(await cancel('x')).toMatchObject({ status: 400 });
    });
  });

  describe('a revision', () => {
    it('changes lines and total together once Kitchen and Accounting agree', async () => {
      const id = await approved();
      const asked = await revise(id, [
        { menuItemId: '1', quantity: 10 },
        { menuItemId: '2', quantity: 1 },
      ]);
      expect(asked).toMatchObject({ status: 200, body: { orderId: id, state: 'REVISION_PENDING', orderTotal: '61.70' } });

      const begin = await orders.others.command('BeginReviseTicket', id);
      const lines = [
        { menuItemId: '1', name: 'Chicken Vindaloo', quantity: 10 },
        { menuItemId: '2', name: 'Naan', quantity: 1 },
      ];
      expect(begin).toMatchObject({
        payload: { orderId: String(id), restaurantId: '1', lineItems: lines },
        headers: { ce_replyto: 'ftgo.order.revise-order-saga.replies' },
      });
      await orders.others.reply(begin);
      const authorize = await orders.others.command('ReviseAuthorization', id);
      expect(authorize).toMatchObject({ key: '3', payload: { orderTotal: { currencyCode: 'USD', minorUnits: '12590' } } });
      expect(await order(id)).toMatchObject({ state: 'REVISION_PENDING', orderTotal: '61.70' });
      await orders.others.reply(authorize);
      await agree(id, 'ConfirmReviseTicket');

      await becomes(id, { state: 'APPROVED', orderTotal: '125.90', lineItems: lines });
      expect(await published(id)).toEqual(['OrderRevisionProposed', 'OrderRevised']);
      await notified(id, 'REVISED');
      expect((await cancel(id)).body).toMatchObject({ state: 'CANCEL_PENDING' });
    });

    it('keeps the lines that it omits and removes those with quantity 0', async () => {
      const id = await approved();
      await revise(id, [{ menuItemId: '2', quantity: 10 }]);
      for (const type of ['BeginReviseTicket', 'ReviseAuthorization', 'ConfirmReviseTicket']) await agree(id, type);
      await becomes(id, { state: 'APPROVED', orderTotal: '86.70' });
      await revise(id, [{ menuItemId: '1', quantity: 0 }]);
      await eventually(() => {
        const begun = orders.others.commandsAbout(id).filter(({ type }) => type === 'BeginReviseTicket');
        expect(begun.at(-1)?.payload.lineItems).toEqual([{ menuItemId: '2', name: 'Naan', quantity: 10 }]);
      });
    });

    it('undoes the ticket, then the order, when the new total is rejected, and states the reason', async () => {
      const id = await approved();
      await revise(id, twice);
      await agree(id, 'BeginReviseTicket');
      await reject(id, 'ReviseAuthorization', 'CREDIT_LIMIT_EXCEEDED', '123.40 exceeds the credit limit');
      const undo = await orders.others.command('UndoBeginReviseTicket', id);
      expect(undo.headers.ce_sagastep).toBe('begin revise ticket:undo');
      expect(await order(id)).toMatchObject({ state: 'REVISION_PENDING' });
      await orders.others.reply(undo);
      await becomes(id, {
        state: 'APPROVED',
        orderTotal: '61.70',
        lastRefusal: { operation: 'revise', code: 'CREDIT_LIMIT_EXCEEDED', detail: '123.40 exceeds the credit limit' },
      });
      expect(await published(id)).toEqual(['OrderRevisionProposed', 'OrderRevisionRejected']);
      await notified(id, 'REFUSED');
    });

    it('is rejected by Kitchen, and the authorisation stays unchanged', async () => {
      const id = await approved();
      await revise(id, twice);
      await reject(id, 'BeginReviseTicket', 'TICKET_NOT_REVISABLE', 'it is being prepared');
      await becomes(id, { state: 'APPROVED', lastRefusal: { operation: 'revise', code: 'TICKET_NOT_REVISABLE' } });
      expect(orders.others.commandsAbout(id).map(({ type }) => type)).not.toContain('ReviseAuthorization');
    });

    it.each([
      ['an item that is not on the menu', [{ menuItemId: '99', quantity: 1 }], 'MENU_ITEM_NOT_OFFERED'],
      ['a total under the minimum', [{ menuItemId: '1', quantity: 1 }], 'ORDER_MINIMUM_NOT_MET'],
      ['no lines left', [{ menuItemId: '1', quantity: 0 }], 'ORDER_WITHOUT_LINES'],
      ['the removal of a line that it does not have', [{ menuItemId: '2', quantity: 0 }], 'LINE_NOT_IN_ORDER'],
    ])('is rejected at once with %s', async (_, lines, code) => {
      const id = await approved();
      expect(await revise(id, lines)).toMatchObject({ status: 422, body: { code } });
      expect(await order(id)).toMatchObject({ state: 'APPROVED', version: 2 });
    });

    it.each([
      ['nothing', undefined, ['/revisedOrderLineItems']],
      ['no lines', [], ['/revisedOrderLineItems']],
      ['101 lines', Array.from({ length: 101 }, (_, i) => ({ menuItemId: String(i), quantity: 1 })), ['/revisedOrderLineItems']],
      ['an item id of 256 characters', [{ menuItemId: 'A'.repeat(256), quantity: 1 }], ['/revisedOrderLineItems/0/menuItemId']],
      ['a negative quantity', [{ menuItemId: '1', quantity: -1 }], ['/revisedOrderLineItems/0/quantity']],
      ['an item twice', [...twice, ...twice], ['/revisedOrderLineItems/1/menuItemId']],
      ['two mistakes', [{ menuItemId: '', quantity: 1.5 }], ['/revisedOrderLineItems/0/menuItemId', '/revisedOrderLineItems/0/quantity']],
    ])('is rejected when it names %s', async (_, lines, pointers) => {
      const rejected = await revise(1, lines);
      expect(rejected).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      expect((rejected.body.errors as Array<{ pointer: string }>).map(({ pointer }) => pointer)).toEqual(pointers);
    });

    it('ignores unknown properties', async () => {
      const id = await approved();
      const more = { revisedOrderLineItems: [{ menuItemId: '1', quantity: 10, note: 'hot' }], coupon: 'unknown' };
      expect(await orders.post(`/orders/${id}/revise`, more)).toMatchObject({ status: 200, body: { state: 'REVISION_PENDING' } });
    });

    it('is rejected at once for an order in the wrong state and an unknown order', async () => {
      const id = await approved();
      await cancel(id);
      for (const locked of [id, await place()])
        expect(await revise(locked, twice)).toMatchObject({ status: 409, body: { code: 'ILLEGAL_TRANSITION' } });
      expect(await revise(999_999, twice)).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
      expect(await revise(0, twice)).toMatchObject({ status: 400, body: { errors: [{ pointer: '/orderId' }] } });
    });
  });

  it('behaves the same over gRPC', async () => {
    const [first, second] = [await approved(), await approved()];
    const client = grpcClient(OrderServiceApi, { url: orders.grpcUrl });
    const { calls } = client;
    try {
      expect((await calls.cancelOrder({ orderId: first })).order).toMatchObject({ orderId: first, state: 'CANCEL_PENDING' });
      await expect(calls.cancelOrder({ orderId: first })).rejects.toMatchObject({ kind: 'conflict', code: 'ILLEGAL_TRANSITION' });
      await expect(calls.reviseOrder({ orderId: second, revisedLineItems: [] })).rejects.toThrow(InvalidRequest);
      await expect(calls.reviseOrder({ orderId: second, revisedLineItems: [{ menuItemId: '99', quantity: 1 }] })).rejects.toMatchObject({
        kind: 'rule-broken',
        code: 'MENU_ITEM_NOT_OFFERED',
      });
      const { order: revised } = await calls.reviseOrder({ orderId: second, revisedLineItems: twice });
      expect(revised).toMatchObject({ state: 'REVISION_PENDING' });
      await reject(second, 'BeginReviseTicket', 'TICKET_NOT_REVISABLE', 'it is being prepared');
      await eventually(async () =>
        expect((await calls.getOrder({ orderId: second })).order.lastRefusal).toMatchObject({
          operation: 'revise',
          at: expect.any(Date) as Date,
        }),
      );
    } finally {
      client.close();
    }
  });

  describe('an order placed with an Idempotency-Key', () => {
    const once = (key: string, change: object = {}) =>
      orders.post('/orders', { ...aRequest, ...change }, 'application/json', { 'idempotency-key': key });

    it('is created once, however often and over whichever protocol it is requested', async () => {
      const { body } = await once('dinner');
      expect(await once('dinner', { deliveryTime: '2026-11-30T19:30:00.000Z', coupon: 'unknown' })).toMatchObject({ status: 200, body });
      const client = grpcClient(OrderServiceApi, { url: orders.grpcUrl });
      const { deliveryAddress, consumerId, restaurantId } = { ...anOrder(), ...aRequest };
      const same = { consumerId, restaurantId, deliveryAddress, deliveryTime: anOrder().deliveryTime, lineItems: aRequest.lineItems };
      expect(await idempotencyKey.run('dinner', () => client.calls.createOrder(same))).toEqual(body);
      client.close();
    });

    it('is rejected with another body, and its key is free again after a rejection', async () => {
      await once('lunch');
      expect(await once('lunch', { consumerId: 4 })).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
      expect(await once('supper', { restaurantId: 999 })).toMatchObject({ status: 422, body: { code: 'RESTAURANT_NOT_KNOWN' } });
      expect(await once('supper')).toMatchObject({ status: 200 });
    });
  });
});
