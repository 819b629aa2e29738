import { OrderServiceApi } from '@ftgo/contracts/order';
import { Transactions } from '@ftgo/messaging';
import { grpcClient } from '@ftgo/rpc';
import { Sagas } from '@ftgo/sagas';
import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Order } from '../src/order/order.js';
import { OrderRepository } from '../src/order/order.repository.js';
import { createOrderSagaV1 } from '../src/sagas/create-order/create-order.v1.saga.js';
import { anOrder } from './order.mother.js';
import { type OrderServiceUnderTest, startOrderService } from './order-service.js';
import { ajanta, aRequest as request, vindaloo } from './requests.js';
import { ajanta as ajantaMenu } from './restaurant.mother.js';

const ajantaId = 1;

describe('order-service', () => {
  let orders: OrderServiceUnderTest;

  beforeAll(async () => {
    orders = await startOrderService();
    await orders.others.restaurantChanged(ajantaId, 1, ajanta, 'RestaurantCreated');
    await eventually(async () => expect((await orders.get(`/restaurants/${ajantaId}`)).status).toBe(200));
  });
  afterAll(() => orders?.close());

  const place = async (change: object = {}): Promise<number> => {
    const { status, body } = await orders.post('/orders', { ...request, ...change });
    expect([status, Object.keys(body)]).toEqual([200, ['orderId']]);
    return body.orderId as number;
  };
  const order = async (id: number) => (await orders.get(`/orders/${id}`)).body;
  const becomes = (id: number, expected: object) => eventually(async () => expect(await order(id)).toMatchObject(expected));
  const everyoneAgrees = async (id: number, { times = 1 } = {}) => {
    const replies = {
      ValidateOrderByConsumer: {},
      CreateTicket: { ticketId: String(id) },
      AuthorizeCard: { authorizationId: '5' },
      ConfirmCreateTicket: {},
    };
    for (const [type, reply] of Object.entries(replies)) {
      const command = await orders.others.command(type, id);
      for (let i = 0; i < times; i++) await orders.others.reply(command, reply);
    }
  };
  const published = async (id: number) =>
    (
      await orders.database.query<{ type: string }>('SELECT type FROM outbox WHERE subject = $1 AND topic = $2 ORDER BY sequence', [
        String(id),
        'ftgo.order.events',
      ])
    ).map(({ type }) => type.split('.').at(-1));

  describe('an order that every participant agrees to', () => {
    it('is approved once its card is authorised and its ticket confirmed', async () => {
      const id = await place();
      expect(await order(id)).toEqual({
        orderId: id,
        state: 'APPROVAL_PENDING',
        orderTotal: '61.70',
        consumerId: 3,
        restaurantId: ajantaId,
        lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', price: '12.34', quantity: 5 }],
        deliveryAddress: request.deliveryAddress,
        deliveryTime: '2026-11-30T19:30:00.000',
        version: 1,
      });

      const validate = await orders.others.command('ValidateOrderByConsumer', id);
      expect(validate).toMatchObject({
        key: '3',
        payload: { consumerId: '3', orderId: String(id), orderTotal: { currencyCode: 'USD', minorUnits: '6170' } },
        headers: {
          ce_type: 'ftgo.consumer.v1.ValidateOrderByConsumer',
          ce_replyto: 'ftgo.order.create-order-saga.replies',
          ce_sagastep: 'validate consumer',
        },
      });
      await orders.others.reply(validate);

      const create = await orders.others.command('CreateTicket', id);
      expect(create).toMatchObject({
        key: String(id),
        payload: {
          orderId: String(id),
          restaurantId: '1',
          restaurantSequence: '1',
          lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 }],
        },
      });
      expect(create.headers.ce_correlationid).toBe(validate.headers.ce_correlationid);
      await orders.others.reply(create, { ticketId: String(id) });

      const authorize = await orders.others.command('AuthorizeCard', id);
      expect(authorize).toMatchObject({
        key: '3',
        payload: { consumerId: '3', orderId: String(id), orderTotal: { currencyCode: 'USD', minorUnits: '6170' } },
        headers: { ce_type: 'ftgo.accounting.v1.AuthorizeCard', ce_sagastep: 'authorize card' },
      });
      await orders.others.reply(authorize, { authorizationId: '5' });
      await orders.others.reply(await orders.others.command('ConfirmCreateTicket', id));

      await becomes(id, { state: 'APPROVED', version: 2 });
      expect(await published(id)).toEqual(['OrderCreated', 'OrderAuthorized']);
      expect(await orders.others.command('NotifyConsumer', id)).toMatchObject({
        payload: { consumerId: '3', kind: 'NOTIFICATION_KIND_APPROVED' },
      });
    });

    it('is approved although its topics contain unreadable records', async () => {
      await orders.others.poison('ftgo.order.create-order-saga.replies');
      await orders.others.poison('ftgo.restaurant.events');
      await eventually(async () =>
        expect(await orders.database.query(`SELECT topic FROM dead_letter WHERE status = 'dead' ORDER BY topic`)).toEqual([
          { topic: 'ftgo.order.create-order-saga.replies' },
          { topic: 'ftgo.restaurant.events' },
        ]),
      );
      const id = await place();
      await everyoneAgrees(id);
      await becomes(id, { state: 'APPROVED' });
    });

    it('is approved once when replies are redelivered', async () => {
      const id = await place();
      await everyoneAgrees(id, { times: 2 });
      await becomes(id, { state: 'APPROVED' });
      const other = await place();
      await orders.others.reply(await orders.others.command('ValidateOrderByConsumer', other));
      await orders.others.command('CreateTicket', other);
      expect(await published(id)).toEqual(['OrderCreated', 'OrderAuthorized']);
      expect(await order(id)).toMatchObject({ version: 2 });
    });

    it('can be placed and read over gRPC', async () => {
      const client = grpcClient(OrderServiceApi, { url: orders.grpcUrl });
      const { calls } = client;
      try {
        const { orderId } = await calls.createOrder({ ...anOrder({ quantity: 2 }), lineItems: [{ menuItemId: '1', quantity: 2 }] });
        const { order: read } = await calls.getOrder({ orderId });
        expect(read).toMatchObject({ orderId, state: 'APPROVAL_PENDING', deliveryTime: anOrder().deliveryTime, version: 1 });
        expect(read?.orderTotal.toString()).toBe('24.68');
        expect((await calls.batchGetOrders({ orderIds: [orderId, 999_999] })).orders.map((found) => found.orderId)).toEqual([orderId]);
      } finally {
        client.close();
      }
    });
  });

  describe('an order that a participant rejects', () => {
    it('is rejected when the consumer is unknown', async () => {
      const id = await place({ consumerId: 404 });
      await orders.others.reject(
        await orders.others.command('ValidateOrderByConsumer', id),
        'CONSUMER_NOT_FOUND',
        'consumer 404 not found',
      );
      await becomes(id, { state: 'REJECTED', rejection: { code: 'CONSUMER_NOT_FOUND', detail: 'consumer 404 not found' } });
      expect(await published(id)).toEqual(['OrderCreated', 'OrderRejected']);
      expect(await orders.others.command('NotifyConsumer', id)).toMatchObject({ payload: { kind: 'NOTIFICATION_KIND_REJECTED' } });
      expect(orders.others.commandsAbout(id).map(({ type }) => type)).not.toContain('CreateTicket');
    });

    it('is rejected when Kitchen rejects the ticket; there is none to cancel', async () => {
      const id = await place();
      await orders.others.reply(await orders.others.command('ValidateOrderByConsumer', id));
      await orders.others.reject(await orders.others.command('CreateTicket', id), 'MENU_ITEM_NOT_OFFERED', "Ajanta does not offer '1'");
      await becomes(id, { state: 'REJECTED', rejection: { code: 'MENU_ITEM_NOT_OFFERED' } });
      expect(orders.others.commandsAbout(id).map(({ type }) => type)).not.toContain('CancelCreateTicket');
    });

    it('is rejected when Accounting declines the card, after its ticket is cancelled', async () => {
      const id = await place();
      await orders.others.reply(await orders.others.command('ValidateOrderByConsumer', id));
      await orders.others.reply(await orders.others.command('CreateTicket', id), { ticketId: String(id) });
      const detail = '61.70 exceeds the available credit of account 3 (38.30)';
      await orders.others.reject(await orders.others.command('AuthorizeCard', id), 'CREDIT_LIMIT_EXCEEDED', detail);
      const cancel = await orders.others.command('CancelCreateTicket', id);
      expect((await order(id)).state).toBe('APPROVAL_PENDING');
      await orders.others.reply(cancel);
      await becomes(id, { state: 'REJECTED', rejection: { code: 'CREDIT_LIMIT_EXCEEDED', detail } });
      expect(orders.others.commandsAbout(id).map(({ type }) => type)).not.toContain('ReverseAuthorization');
    });
  });

  describe('an order placed before cards were authorised', () => {
    /** Acts like the old program, which knew only version 1 of the saga. */
    const placedThen = async (): Promise<number> => {
      const [placed, events] = Order.create(anOrder(), ajantaMenu());
      await orders.provider(Transactions).run(async () => {
        await orders.provider(OrderRepository).save(placed, events);
        const { id: orderId, consumerId: by, restaurantId: at, lineItems, total: orderTotal } = placed;
        const state = { orderId, consumerId: by, restaurantId: at, restaurantSequence: 1, lineItems, orderTotal };
        await orders.provider(Sagas).start(createOrderSagaV1, state);
      });
      return placed.id;
    };
    const commands = (id: number) => orders.others.commandsAbout(id).map(({ type }) => type);

    it('completes with version 1 of its saga after version 2 is deployed', async () => {
      const id = await placedThen();
      await orders.others.reply(await orders.others.command('ValidateOrderByConsumer', id));
      const placedNow = await place();
      await orders.others.reply(await orders.others.command('CreateTicket', id), { ticketId: String(id) });
      await orders.others.reply(await orders.others.command('ConfirmCreateTicket', id));
      await becomes(id, { state: 'APPROVED' });
      expect(commands(id)).not.toContain('AuthorizeCard');
      await everyoneAgrees(placedNow);
      await becomes(placedNow, { state: 'APPROVED' });
      expect(commands(placedNow)).toContain('AuthorizeCard');
    });
  });

  describe('the replica of restaurants', () => {
    it('shows the menus used to price orders', async () => {
      expect((await orders.get(`/restaurants/${ajantaId}`)).body).toEqual({
        restaurantId: 1,
        name: 'Ajanta',
        menu: {
          menuItems: [
            { id: '1', name: 'Chicken Vindaloo', price: '12.34' },
            { id: '2', name: 'Naan', price: '2.50' },
          ],
        },
        sequence: 1,
      });
      expect(await orders.get('/restaurants/999')).toMatchObject({ status: 404, body: { code: 'RESTAURANT_NOT_FOUND' } });
    });

    it('applies changes, counts a missing one, and prices new orders with the newest', async () => {
      const curry = 2;
      const sequence = async () => (await orders.get(`/restaurants/${curry}`)).body.sequence;
      await orders.others.restaurantChanged(curry, 1, { ...ajanta, name: 'Curry House' }, 'RestaurantCreated');
      const dearer = { ...vindaloo, price: { currencyCode: 'USD', minorUnits: '2000' } };
      await orders.others.restaurantChanged(curry, 3, { ...ajanta, name: 'Curry House', menu: { menuItems: [dearer] } });
      await orders.others.restaurantChanged(curry, 2, { ...ajanta, name: 'Curry House' });
      await orders.others.restaurantChanged(
        curry,
        4,
        { ...ajanta, name: 'Curry Palace', menu: { menuItems: [dearer] } },
        'RestaurantRevised',
      );
      await eventually(async () => expect(await sequence()).toBe(4));
      expect(await order(await place({ restaurantId: curry }))).toMatchObject({ orderTotal: '100.00' });
      expect(String((await orders.get('/metrics')).body.text)).toContain('replica_gaps_total 1');
    });

    it('dead-letters a change that skips ahead or comes from another service, then applies the real one', async () => {
      const forgery = { ...ajanta, name: 'Forged' };
      await orders.others.restaurantChanged(3, 1, { ...ajanta, name: 'Real' }, 'RestaurantCreated');
      await orders.others.restaurantChanged(3, Number.MAX_SAFE_INTEGER, forgery);
      await orders.others.restaurantChanged(3, 2, forgery, 'RestaurantMenuRevised', '/kitchen-service/tickets/3');
      await orders.others.restaurantChanged(3, 2, { ...ajanta, name: 'Renamed' }, 'RestaurantRevised');
      await eventually(async () => expect((await orders.get('/restaurants/3')).body).toMatchObject({ name: 'Renamed', sequence: 2 }));
      const metrics = String((await orders.get('/metrics')).body.text);
      for (const reason of ['sequence', 'source'])
        expect(metrics).toContain(`messaging_rejected_messages_total{topic="ftgo.restaurant.events",reason="${reason}"} 1`);
    });

    it('includes the order minimum', async () => {
      await orders.others.restaurantChanged(
        5,
        1,
        { ...ajanta, orderMinimum: { currencyCode: 'USD', minorUnits: '2000' } },
        'RestaurantCreated',
      );
      await eventually(async () => expect((await orders.get('/restaurants/5')).status).toBe(200));
      const tooSmall = await orders.post('/orders', { ...request, restaurantId: 5, lineItems: [{ menuItemId: '1', quantity: 1 }] });
      expect(tooSmall).toMatchObject({ status: 422, body: { code: 'ORDER_MINIMUM_NOT_MET' } });
      await place({ restaurantId: 5, lineItems: [{ menuItemId: '1', quantity: 2 }] });
    });
  });

  it('serves its OpenAPI document, Swagger UI and health', async () => {
    const { body } = await orders.get('/openapi.json');
    expect(Object.keys(body.paths as object)).toEqual(
      expect.arrayContaining(['/orders', '/orders/{orderId}', '/restaurants/{restaurantId}']),
    );
    expect((await orders.get('/swagger-ui/index.html')).status).toBe(200);
    expect((await orders.get('/health/live')).status).toBe(200);
  });
});
