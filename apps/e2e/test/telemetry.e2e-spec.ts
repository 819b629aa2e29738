import { randomUUID } from 'node:crypto';
import { OrderServiceApi } from '@ftgo/contracts/order';
import { grpcClient } from '@ftgo/rpc';
import { eventually, writeRecords } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ftgo, orderRequest } from './ftgo.js';
import { call } from './http.js';
import { type CollectedSpan, OtlpCollector } from './otlp-collector.js';

/** The apps of the book. An app that is added later may handle the same events without affecting this spec. */
const services = [
  'api-gateway',
  'consumer-service',
  'restaurant-service',
  'order-service',
  'kitchen-service',
  'accounting-service',
  'delivery-service',
  'order-history-service',
  'outbox-relay',
];

let collector: OtlpCollector;
let ftgo: Ftgo;
let consumerId: number;
let restaurantId: number;

beforeAll(async () => {
  collector = await OtlpCollector.start();
  ftgo = await Ftgo.start({ env: { ...collector.environment, FTGO_LOG_LEVEL: 'debug' } });
  [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer(), ftgo.aRestaurant()]);
}, 180_000);

afterAll(async () => {
  await ftgo?.close();
  collector?.close();
});

/** The app and the name of a span; for messages, the message's type instead of its channel. */
function nameOf({ service, name, attributes }: CollectedSpan): string {
  const type = attributes['cloudevents.event_type'];
  return `${service}: ${typeof type === 'string' ? `${name.split(' ', 1)[0]} ${type.split('.').at(-1)}` : name}`;
}

/** Each span behind its parent. */
function edgesOf(spans: readonly CollectedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.map((span) => {
    const parent = byId.get(span.parentSpanId ?? '');
    return `${parent ? nameOf(parent) : (span.parentSpanId ?? 'nothing')} → ${nameOf(span)}`;
  });
}

const createOrder = [
  'nothing → api-gateway: POST /orders',
  'api-gateway: POST /orders → api-gateway: ftgo.order.v1.OrderService/CreateOrder',
  'api-gateway: ftgo.order.v1.OrderService/CreateOrder → order-service: ftgo.order.v1.OrderService/CreateOrder',
  'order-service: ftgo.order.v1.OrderService/CreateOrder → order-service: publish OrderCreated',
  'order-service: ftgo.order.v1.OrderService/CreateOrder → order-service: publish ValidateOrderByConsumer',
  'order-service: publish ValidateOrderByConsumer → consumer-service: process ValidateOrderByConsumer',
  'consumer-service: process ValidateOrderByConsumer → consumer-service: publish ValidateOrderByConsumerReply',
  'consumer-service: publish ValidateOrderByConsumerReply → order-service: process ValidateOrderByConsumerReply',
  'order-service: process ValidateOrderByConsumerReply → order-service: publish CreateTicket',
  'order-service: publish CreateTicket → kitchen-service: process CreateTicket',
  'kitchen-service: process CreateTicket → kitchen-service: publish CreateTicketReply',
  'kitchen-service: publish CreateTicketReply → order-service: process CreateTicketReply',
  'order-service: process CreateTicketReply → order-service: publish AuthorizeCard',
  'order-service: publish AuthorizeCard → accounting-service: process AuthorizeCard',
  'accounting-service: process AuthorizeCard → accounting-service: publish CardAuthorized',
  'accounting-service: process AuthorizeCard → accounting-service: publish AuthorizeCardReply',
  'accounting-service: publish AuthorizeCardReply → order-service: process AuthorizeCardReply',
  'order-service: process AuthorizeCardReply → order-service: publish ConfirmCreateTicket',
  'order-service: publish ConfirmCreateTicket → kitchen-service: process ConfirmCreateTicket',
  'kitchen-service: process ConfirmCreateTicket → kitchen-service: publish TicketCreated',
  'kitchen-service: process ConfirmCreateTicket → kitchen-service: publish ConfirmCreateTicketReply',
  'kitchen-service: publish ConfirmCreateTicketReply → order-service: process ConfirmCreateTicketReply',
  'order-service: process ConfirmCreateTicketReply → order-service: publish OrderAuthorized',
  'order-service: process ConfirmCreateTicketReply → order-service: publish NotifyConsumer',
  'order-service: publish NotifyConsumer → consumer-service: process NotifyConsumer',
  'order-service: publish OrderCreated → delivery-service: process OrderCreated',
  'order-service: publish OrderCreated → order-history-service: process OrderCreated',
  'order-service: publish OrderAuthorized → order-history-service: process OrderAuthorized',
  'accounting-service: publish CardAuthorized → order-history-service: process CardAuthorized',
  'kitchen-service: publish TicketCreated → order-history-service: process TicketCreated',
  'order-history-service: process OrderCreated → order-history-service: publish TimelineExtended',
  'order-history-service: process OrderAuthorized → order-history-service: publish TimelineExtended',
  'order-history-service: process CardAuthorized → order-history-service: publish TimelineExtended',
  'order-history-service: process TicketCreated → order-history-service: publish TimelineExtended',
];
/** The spans of the relay, each below the creation of its message. */
const sendings = createOrder.flatMap((edge) => /→ (.*: publish .*)$/.exec(edge)?.[1] ?? []);

describe('the trace of an order', () => {
  let orderId: number;
  let traceId: string;
  let spans: CollectedSpan[];

  beforeAll(async () => {
    const answer = await call('POST', ftgo.url('api-gateway', '/orders'), orderRequest({ consumerId, restaurantId }));
    orderId = Number((answer.body as { orderId: string }).orderId);
    traceId = answer.headers.get('x-trace-id') ?? '';
    await ftgo.untilApproved([orderId]);
    await eventually(
      () => {
        spans = collector.inTrace(traceId).filter(({ service }) => services.includes(service));
        expect(spans.length).toBeGreaterThanOrEqual(createOrder.length + sendings.length);
      },
      { timeoutMs: 60_000 },
    );
  });

  test('is a single trace from the request to the last event', () => {
    const edges = edgesOf(spans);
    expect(edges.filter((edge) => !/→ outbox-relay: send /.test(edge)).toSorted()).toEqual(createOrder.toSorted());
    const sent = edges.flatMap((edge) => /^(.*) → outbox-relay: send /.exec(edge)?.[1] ?? []);
    expect(sent.toSorted()).toEqual(sendings.toSorted());
    expect(spans.filter(({ isError }) => isError)).toEqual([]);
  });

  test('can be found from the order, its saga and every message', async () => {
    const [saga] = await ftgo.databases.rows<{ id: string }>(
      'ftgo_order',
      `SELECT id::text FROM saga_instance WHERE (state->>'orderId')::bigint = $1`,
      [orderId],
    );
    const tracesWith = (attribute: string, value: string | undefined) => [
      ...new Set(collector.spans.filter(({ attributes }) => attributes[attribute] === value).map((span) => span.traceId)),
    ];
    expect(tracesWith('ftgo.order.id', String(orderId))).toEqual([traceId]);
    expect(tracesWith('saga.id', saga?.id)).toEqual([traceId]);
    expect(spans.filter(({ attributes }) => attributes['saga.step'] === 'create ticket')).toHaveLength(4);
    const sent = await ftgo.databases.rows<{ id: string }>('ftgo_order', 'SELECT id::text FROM outbox WHERE traceparent LIKE $1', [
      `00-${traceId}-%`,
    ]);
    expect(sent.length).toBeGreaterThan(0);
    for (const { id } of sent) expect(tracesWith('messaging.message.id', id)).toEqual([traceId]);
  });

  test('is in the log line of each of its requests and messages', () => {
    const lines = services.flatMap((service) => linesOf(service)).filter((line) => line['traceId'] === traceId);
    const handled = lines.filter(({ msg }) => msg === 'message handled');
    const processed = spans.filter(({ name }) => name.startsWith('process '));
    const key = (span: unknown, message: unknown, service: unknown) => [span, message, service].join(' ');
    expect(handled.map((line) => key(line['spanId'], line['messageId'], line['service'])).toSorted()).toEqual(
      processed.map(({ spanId, service, attributes }) => key(spanId, attributes['messaging.message.id'], service)).toSorted(),
    );
    for (const line of handled) expect(line).toMatchObject({ outcome: 'handled', durationMs: expect.any(Number) as number });
    const step = handled.find(({ type }) => type === 'ftgo.kitchen.v1.CreateTicket');
    expect(step).toMatchObject({ sagaStep: 'create ticket', sagaId: expect.any(String) as string });
    expect(lines.filter(({ msg }) => msg === 'request handled' || msg === 'call handled')).toHaveLength(2);
  });
});

test('an order continues its client’s trace, and is not recorded if that trace is not sampled', async () => {
  const order = async (traceparent: string) => {
    const answer = await call('POST', ftgo.url('api-gateway', '/orders'), orderRequest({ consumerId, restaurantId }), { traceparent });
    await ftgo.untilApproved([Number((answer.body as { orderId: string }).orderId)]);
    return answer.headers.get('x-trace-id');
  };
  const [recorded, unrecorded] = [randomHex(16), randomHex(16)];
  expect(await order(`00-${unrecorded}-${randomHex(8)}-00`)).toBe(unrecorded);
  const caller = randomHex(8);
  expect(await order(`00-${recorded}-${caller}-01`)).toBe(recorded);
  await eventually(() => expect(collector.inTrace(recorded).length).toBeGreaterThanOrEqual(createOrder.length), { timeoutMs: 60_000 });
  expect(edgesOf(collector.inTrace(recorded))).toContain(`${caller} → api-gateway: POST /orders`);
  expect(collector.inTrace(unrecorded)).toEqual([]);
});

describe('confidential data', () => {
  const secrets = { token: `tok-${randomHex(8)}`, card: '4929123456781234', address: `${randomHex(6)} Hidden Lane` };
  const address = { street1: secrets.address, city: 'Oakland', state: 'CA', zip: '94612' };
  const headers = { authorization: `Bearer ${secrets.token}`, cookie: `session=${secrets.token}` };
  const withSecrets = () => ({
    ...orderRequest({ consumerId, restaurantId }),
    deliveryAddress: address,
    card: { number: secrets.card },
    token: secrets.token,
  });

  test('is in no log line and no span, whatever happens to requests and messages', async () => {
    const orders = await goodRequests();
    await badRequests();
    const bad = await badMessages();
    await ftgo.untilApproved(orders);
    await eventually(async () => expect(await ftgo.databases.number('ftgo_delivery', deadLetterCount)).toBeGreaterThanOrEqual(bad), {
      timeoutMs: 30_000,
    });
    await eventually(() => expect(tracesOf(orders)).toHaveLength(orders.length), { timeoutMs: 60_000 });
    const logged = [...services.map((service) => ftgo.system.everythingLogged(service)), ...collector.received, ftgo.system.output];
    expect(services.filter((service) => !ftgo.system.everythingLogged(service).includes('"msg":'))).toEqual([]);
    for (const [what, secret] of Object.entries(secrets)) {
      const where = logged.flatMap((text) => text.split('\n')).filter((line) => line.includes(secret));
      expect([what, where.map((line) => line.slice(0, 2_000))]).toEqual([what, []]);
    }
  });

  const deadLetterCount = `SELECT count(*) AS n FROM dead_letter WHERE status IN ('dead', 'parked')`;
  const tracesOf = (orders: readonly number[]) =>
    orders.filter((id) => collector.spans.some(({ attributes }) => attributes['ftgo.order.id'] === String(id)));

  async function goodRequests(): Promise<number[]> {
    const ids: number[] = [];
    for (const app of ['api-gateway', 'order-service']) {
      const { status, body } = await call('POST', ftgo.url(app, `/orders?token=${secrets.token}`), withSecrets(), headers);
      expect(status).toBe(200);
      ids.push(Number((body as { orderId: number | string }).orderId));
    }
    const client = grpcClient(OrderServiceApi, { url: ftgo.system.grpc['order-service'] as string });
    const { deliveryTime, ...order } = withSecrets();
    const { orderId } = await client.calls.createOrder({ ...order, deliveryTime: new Date(`${deliveryTime}Z`) });
    client.close();
    return [...ids, orderId];
  }

  /** Requests to the gateway and directly to services, rejected by the parser, the schema, a rule, or the gRPC contract. */
  async function badRequests(): Promise<void> {
    const { lineItems, ...noLines } = withSecrets();
    const bodies: unknown[] = [
      `{"deliveryAddress": "${secrets.address}`,
      `${secrets.address} ${secrets.card} ${secrets.token}`,
      { ...withSecrets(), deliveryAddress: secrets.address, lineItems: secrets.card, consumerId: secrets.token },
      { ...withSecrets(), lineItems: [{ menuItemId: secrets.token, quantity: 1 }] },
      { ...withSecrets(), deliveryTime: secrets.address },
      noLines,
    ];
    for (const app of ['api-gateway', 'order-service']) {
      for (const body of bodies) {
        const { status } = await call('POST', ftgo.url(app, `/orders?token=${secrets.token}`), body, headers);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
      }
    }
    const client = grpcClient(OrderServiceApi, { url: ftgo.system.grpc['order-service'] as string });
    const deliveryTime = new Date('2030-01-01T10:00:00Z');
    await expect(client.calls.createOrder({ ...withSecrets(), deliveryTime, lineItems: [] })).rejects.toThrow();
    const [line] = lineItems;
    const strange = [{ menuItemId: secrets.token, quantity: line?.quantity ?? 1 }];
    await expect(client.calls.createOrder({ ...withSecrets(), deliveryTime, lineItems: strange })).rejects.toThrow();
    client.close();
  }

  /** Records that delivery-service cannot read, and one whose handler fails; returns how many will be dead-lettered there. */
  async function badMessages(): Promise<number> {
    const values = [
      `{"deliveryAddress": {"street1": "${secrets.address}`,
      `${secrets.address} ${secrets.card}`,
      JSON.stringify(`${secrets.token} ${secrets.card}`),
      JSON.stringify({ consumerId: secrets.token, deliveryAddress: address }),
      JSON.stringify({ consumerId: '1', deliveryAddress: secrets.address, lineItems: secrets.card }),
      JSON.stringify({
        consumerId: '1',
        restaurantId: '1',
        deliveryAddress: address,
        orderTotal: { currencyCode: secrets.card, minorUnits: '1' },
      }),
    ];
    const records = values.map((value) => ({
      topic: 'ftgo.order.events',
      partition: 0,
      key: Buffer.from('987654'),
      value: Buffer.from(value),
      headers: {
        ce_id: randomUUID(),
        ce_type: 'ftgo.order.v1.OrderCreated',
        ce_source: '/order-service/orders/987654',
        ce_subject: '987654',
        'content-type': 'application/json',
      },
    }));
    await writeRecords(ftgo.system.broker, records);
    return records.length;
  }
});

const randomHex = (bytes: number): string => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');

/** The lines of JSON that an app has written. */
function linesOf(app: string): Array<Record<string, unknown>> {
  return ftgo.system
    .everythingLogged(app)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
