import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrderSagaSteps } from '../src/order/order.saga-steps.js';
import { type OrderServiceUnderTest, startOrderService } from './order-service.js';
import { ajanta, aRequest } from './requests.js';

describe('the synchronous style of an asynchronous operation', () => {
  let orders: OrderServiceUnderTest;

  beforeAll(async () => {
    orders = await startOrderService();
    await orders.others.restaurantChanged(1, 1, ajanta, 'RestaurantCreated');
    await eventually(async () => expect((await orders.get('/restaurants/1')).status).toBe(200));
  });
  afterAll(() => orders?.close());

  const steps = () => orders.provider(OrderSagaSteps);
  const place = async (): Promise<number> => (await orders.post('/orders', aRequest)).body.orderId as number;
  const approved = async (): Promise<number> => {
    const id = await place();
    await steps().approve(id as never);
    return id;
  };
  const post = (path: string, body: object | string, headers: Record<string, string>) => orders.post(path, body, undefined, headers);
  const wait = { prefer: 'wait=10' };
  /** The saga's command, by which the spec knows that the request has begun its operation. */
  const begun = (id: number, type: string) => orders.others.command(type, id);
  const newest = async (): Promise<number> => {
    const [row] = await orders.database.query<{ id: number }>('SELECT max(id) AS id FROM orders');
    return Number(row?.id);
  };

  /** Places an order that waits; resolves when it exists. */
  const placeAndWait = async () => {
    const before = await newest();
    const placed = post('/orders', aRequest, wait);
    const id = await eventually(async () => {
      const id = await newest();
      expect(id).toBeGreaterThan(before);
      return id;
    });
    return { placed, id };
  };

  it('responds to a new order with the approved order', async () => {
    const { placed, id } = await placeAndWait();
    await steps().approve(id as never);
    expect(await placed).toMatchObject({ status: 200, body: { orderId: id, state: 'APPROVED', orderTotal: '61.70', version: 2 } });
  });

  it('responds to a new order with the rejected order and the reason', async () => {
    const { placed, id } = await placeAndWait();
    await steps().reject(id as never, { code: 'CONSUMER_NOT_FOUND', detail: 'consumer 3 not found' });
    expect(await placed).toMatchObject({ status: 200, body: { state: 'REJECTED', rejection: { code: 'CONSUMER_NOT_FOUND' } } });
  });

  it('places one order for requests with the same Idempotency-Key, and responds to each with the settled one', async () => {
    const headers = { ...wait, 'idempotency-key': 'waiting' };
    const placed = post('/orders', aRequest, headers);
    const id = await eventually(async () => {
      const rows = await orders.database.query<{ answer: number }>("SELECT answer FROM idempotency_key WHERE key = 'waiting'");
      expect(rows).toHaveLength(1);
      return Number(rows[0]?.answer);
    });
    const again = post('/orders', aRequest, headers);
    await steps().approve(id as never);
    const approvedOrder = { status: 200, body: { orderId: id, state: 'APPROVED' } };
    expect(await Promise.all([placed, again])).toMatchObject([approvedOrder, approvedOrder]);
  });

  it('responds to a cancellation that Kitchen rejects with the order and the reason', async () => {
    const id = await approved();
    const cancelled = post(`/orders/${id}/cancel`, '', wait);
    await orders.others.reject(await begun(id, 'BeginCancelTicket'), 'TICKET_NOT_CANCELLABLE', 'it is being prepared');
    expect(await cancelled).toMatchObject({ status: 200, body: { state: 'APPROVED', lastRefusal: { code: 'TICKET_NOT_CANCELLABLE' } } });
  });

  it('responds to a revision with the revised order', async () => {
    const id = await approved();
    const revised = post(`/orders/${id}/revise`, { revisedOrderLineItems: [{ menuItemId: '1', quantity: 10 }] }, wait);
    for (const type of ['BeginReviseTicket', 'ReviseAuthorization', 'ConfirmReviseTicket'])
      await orders.others.reply(await begun(id, type));
    expect(await revised).toMatchObject({ status: 200, body: { state: 'APPROVED', orderTotal: '123.40' } });
  });

  it('responds with the pending order when the wait has expired', async () => {
    const id = await approved();
    expect(await post(`/orders/${id}/cancel`, '', { prefer: 'wait=0' })).toMatchObject({ status: 200, body: { state: 'CANCEL_PENDING' } });
  });

  it('does not wait for an operation that was rejected immediately', async () => {
    const id = await place();
    expect(await post(`/orders/${id}/cancel`, '', wait)).toMatchObject({ status: 409, body: { code: 'ILLEGAL_TRANSITION' } });
  });

  describe('If-Match', () => {
    const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

    it('cancels the version that the client has read', async () => {
      const id = await approved();
      expect(await post(`/orders/${id}/cancel`, '', ifMatch(2))).toMatchObject({
        status: 200,
        body: { state: 'CANCEL_PENDING', version: 3 },
      });
    });

    it('changes nothing if the order has changed since then, whatever its state', async () => {
      const id = await approved();
      const outdated = { status: 412, body: { code: 'VERSION_OUTDATED' } };
      const revision = { revisedOrderLineItems: [{ menuItemId: '1', quantity: 10 }] };
      expect(await post(`/orders/${id}/cancel`, '', ifMatch(1))).toMatchObject(outdated);
      expect(await post(`/orders/${id}/revise`, revision, ifMatch(1))).toMatchObject(outdated);
      expect((await orders.get(`/orders/${id}`)).body).toMatchObject({ state: 'APPROVED', version: 2 });
      await post(`/orders/${id}/cancel`, '', {});
      expect(await post(`/orders/${id}/cancel`, '', ifMatch(2))).toMatchObject(outdated);
    });

    it('lets one of two concurrent changes to the same version succeed', async () => {
      const id = await approved();
      const answers = await Promise.all([post(`/orders/${id}/cancel`, '', ifMatch(2)), post(`/orders/${id}/cancel`, '', ifMatch(2))]);
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
    });
  });
});
