import { eventually, type RunningSystem } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ftgo, orderRequest, restaurantRequest, vindaloo } from './ftgo.js';
import { call, succeeded } from './http.js';

/*
 * The end-to-end tests of the book's original application, call for call, with the same requests, waits and checks:
 * ftgo-end-to-end-tests/src/{test,endToEndTest}/java/…/EndToEndTests.java of github.com/microservices-patterns/ftgo-application.
 * The two editions encode the same requests in different JSON.
 */

const amazingView = { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' };
const nanoseconds = 456_789;

const editions = [
  {
    edition: 'src/test',
    contentType: 'application/json; charset=UTF-8',
    // Its mapper, Eventuate's JSonMapper, omits null and writes a LocalDateTime as text.
    deliveryAddress: amazingView,
    localDateTime: (at: Date) => `${at.toISOString().slice(0, -1)}${nanoseconds}`,
  },
  {
    edition: 'src/endToEndTest',
    contentType: 'application/json',
    // A plain ObjectMapper with the JavaTimeModule writes a LocalDateTime as numbers.
    deliveryAddress: { ...amazingView, street2: null },
    localDateTime: (at: Date) => [
      ...at.toISOString().slice(0, 19).split(/\D/).map(Number),
      at.getUTCMilliseconds() * 1_000_000 + nanoseconds,
    ],
  },
];

const largestInteger = 2 ** 31 - 1;
const nineHoursMs = 9 * 60 * 60 * 1_000;
const patience = { timeoutMs: 30_000 };

let ftgo: Ftgo<RunningSystem>;

beforeAll(async () => {
  ftgo = await Ftgo.open();
}, 180_000);

afterAll(() => ftgo?.close());

const get = <Body>(app: string, path: string) => succeeded<Body>(call('GET', ftgo.url(app, path)));

/** REST Assured reads a number as an Integer if it fits, and the tests store ids as Integer. */
const integer = (value: unknown): number => {
  expect(value).toSatisfy((id) => Number.isInteger(id) && (id as number) <= largestInteger);
  return value as number;
};

describe.each(editions)('the original end-to-end tests ($edition)', ({ contentType, deliveryAddress, localDateTime }) => {
  const post = <Body>(app: string, path: string, body: object) =>
    succeeded<Body>(call('POST', ftgo.url(app, path), body, { 'content-type': contentType }));

  async function createOrder() {
    const consumer = await post<{ consumerId: number }>('consumer-service', '/consumers', { name: { firstName: 'John', lastName: 'Doe' } });
    const consumerId = integer(consumer.consumerId);
    await eventually(() => get('accounting-service', `/accounts/${consumerId}`), patience);
    const restaurant = await post<{ id: number }>('restaurant-service', '/restaurants', {
      name: 'My Restaurant',
      address: { street1: '1 Main Street', street2: 'Unit 99', city: 'Oakland', state: 'CA', zip: '94611' },
      menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }] },
    });
    const restaurantId = integer(restaurant.id);
    await eventually(() => get('kitchen-service', `/restaurants/${restaurantId}`), patience);
    await eventually(() => get('order-service', `/restaurants/${restaurantId}`), patience);
    const order = await post<{ orderId: number }>('api-gateway', '/orders', {
      consumerId,
      restaurantId,
      deliveryAddress,
      deliveryTime: localDateTime(new Date()),
      lineItems: [{ menuItemId: '1', quantity: 5 }],
    });
    const orderId = integer(order.orderId);
    await untilOrderIs('APPROVED', orderId);
    await untilHistoryShows('APPROVED', consumerId);
    return { consumerId, orderId };
  }

  const untilOrderIs = (state: string, orderId: number) =>
    eventually(async () => expect(await get('api-gateway', `/orders/${orderId}`)).toMatchObject({ orderInfo: { state } }), patience);

  const untilHistoryShows = (status: string, consumerId: number) =>
    eventually(async () => {
      const { orders } = await get<{ orders: object[] }>('api-gateway', `/orders?consumerId=${consumerId}`);
      expect(orders[0]).toMatchObject({ restaurantName: 'My Restaurant', status });
    }, patience);

  test('create, revise and cancel an order', async () => {
    const { consumerId, orderId } = await createOrder();
    await post('api-gateway', `/orders/${orderId}/revise`, { revisedOrderLineItems: [{ quantity: 10, menuItemId: '1' }] });
    await eventually(
      async () => expect(await get('order-service', `/orders/${orderId}`)).toMatchObject({ orderTotal: '123.40' }),
      patience,
    );
    await untilOrderIs('APPROVED', orderId);
    await post('api-gateway', `/orders/${orderId}/cancel`, {});
    await untilOrderIs('CANCELLED', orderId);
    await untilHistoryShows('CANCELLED', consumerId);
  });

  test('have an order delivered', async () => {
    const { orderId } = await createOrder();
    await post('delivery-service', `/couriers/${Date.now()}/availability`, { available: true });
    await post('kitchen-service', `/tickets/${orderId}/accept`, { readyBy: localDateTime(new Date(Date.now() + nineHoursMs)) });
    await eventually(async () => {
      const { assignedCourier } = await get<{ assignedCourier: number | null }>('delivery-service', `/deliveries/${orderId}`);
      // They store it as a Long; a smaller number would be an Integer.
      expect(assignedCourier).toBeGreaterThan(largestInteger);
    }, patience);
  });
});

test.each(['consumer-service', 'order-service', 'restaurant-service', 'order-history-service'])(
  'the Swagger UI of %s is at the path of the original',
  async (app) => {
    // open-swagger-uis.sh opens the second one.
    for (const path of ['/swagger-ui/index.html', '/swagger-ui.html'])
      expect((await call('GET', ftgo.management(app, path))).status).toBe(200);
  },
);

test.each(['consumer-service', 'order-service', 'kitchen-service', 'restaurant-service', 'accounting-service', 'order-history-service'])(
  'the original’s wait script succeeds for %s: UP',
  async (app) => {
    // _wait-for-services.sh checks only the status, by `curl --fail`; probes and Spring's clients read the word.
    const { status, body } = await call('GET', ftgo.management(app, '/actuator/health'));
    expect([status, body]).toMatchObject([200, { status: 'UP' }]);
  },
);

describe('clients of the original', () => {
  let order: { readonly consumerId: number; readonly restaurantId: number; readonly orderId: number };

  beforeAll(async () => {
    // RestTemplate in its console posts to a path with a trailing slash.
    const post = <Body>(app: string, path: string, body: object) => succeeded<Body>(call('POST', ftgo.url(app, path), body));
    const [consumerId, { id: restaurantId }] = await Promise.all([
      ftgo.aConsumer(),
      post<{ id: number }>('restaurant-service', '/restaurants/', restaurantRequest({ menu: [vindaloo] })),
    ]);
    await eventually(() => get('order-service', `/restaurants/${restaurantId}/`), patience);
    const { orderId } = await post<{ orderId: number }>('order-service', '/orders/', orderRequest({ consumerId, restaurantId }));
    order = { consumerId, restaurantId, orderId };
  }, 60_000);

  test('can post to a path with a trailing slash, as the original’s console does', async () => {
    expect(await get('order-service', `/orders/${order.orderId}/`)).toMatchObject({ orderId: order.orderId });
  });

  test('get what the contract of the original’s order service promises', async () => {
    const { status, headers, body } = await call('GET', ftgo.url('order-service', `/orders/${order.orderId}`));
    // getOrder.groovy compares the whole header.
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(body).toMatchObject({ orderId: order.orderId, state: expect.any(String) as string, orderTotal: '61.70' });
    expect((await call('GET', ftgo.url('order-service', '/orders/555555'))).status).toBe(404);
  });

  test('get what the original’s GraphQL gateway requests', async () => {
    const created = await succeeded<object>(
      call('POST', ftgo.url('consumer-service', '/consumers'), { name: { firstName: 'Ada', lastName: 'Lovelace' } }),
    );
    expect(created).toMatchObject({ consumerId: expect.any(Number) as number });
    expect(await get('consumer-service', `/consumers/${order.consumerId}`)).toMatchObject({
      name: { firstName: expect.any(String) as string },
    });
    expect(await get('restaurant-service', `/restaurants/${order.restaurantId}`)).toMatchObject({ name: expect.any(String) as string });
    await eventually(
      async () =>
        expect(await get('order-history-service', `/orders?consumerId=${order.consumerId}`)).toMatchObject({
          orders: [{ orderId: String(order.orderId), restaurantId: order.restaurantId }],
        }),
      patience,
    );
  });
});
