import { repository } from '@ftgo/runner/workspace';
import { TestIssuer } from '@ftgo/security/testing';
import { eventually, startSystem, type TestSystem } from '@ftgo/testing';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, endpoints } from '../../../tools/security/endpoints.js';
import { call, succeeded } from './http.js';
import { actorsOf } from './timeline-events.js';

const roles = ['consumer', 'restaurant', 'courier', 'operator', 'service'] as const;
type Role = (typeof roles)[number];

/** An app that has the operations of a library. */
const hosts: Readonly<Record<string, string>> = {
  'libs/operations': 'order-service',
  'libs/platform': 'order-service',
  'libs/restaurant-replica': 'kitchen-service',
  'libs/rpc': 'api-gateway',
};
/** Routes that are not methods of controllers, by app, with the roles that they allow. */
const further: Endpoint[] = [
  ['api-gateway', 'POST /graphql', ['consumer', 'restaurant', 'courier', 'operator', 'service']],
  ['api-gateway', 'GET /ws', ['consumer', 'restaurant', 'operator', 'service']],
  ['api-gateway', 'GET /openapi.json', ['operator']],
  ['api-gateway', 'GET /docs', ['operator']],
  ['order-service', 'GET /asyncapi.json', ['operator']],
  ['order-service', 'GET /swagger-ui/index.html', ['operator']],
  ['outbox-relay', 'GET /operations/relay', ['operator']],
  ['outbox-relay', 'POST /relay/skip', ['operator']],
  ['outbox-relay', 'GET /metrics', 'public'],
].map(([owner, name, decision]) => ({ owner, protocol: 'REST', name, decision }) as Endpoint);
/** At the port of operators, monitoring systems need no token. */
const monitored = ['GET /metrics', 'GET /actuator/prometheus'];
const forOperators = /^\/(health|metrics|actuator|operations|relay|openapi\.json|asyncapi\.json|swagger-ui|docs)/;
/** It compares all services, which takes seconds. */
const slow = 'GET /operations/invariants';

const all = [...(await endpoints(repository)), ...further].map((endpoint) => ({
  ...endpoint,
  decision: monitored.includes(endpoint.name) ? 'public' : endpoint.decision,
  app: hosts[endpoint.owner] ?? endpoint.owner,
}));
type Target = (typeof all)[number];

describe('security', () => {
  let issuer: TestIssuer;
  let ftgo: TestSystem;
  let invalid: Record<string, string | undefined>;
  const tokens = {} as Record<Role, string>;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    const env = { FTGO_OIDC_ISSUER: issuer.url, FTGO_OIDC_AUDIENCE: issuer.audience, FTGO_OIDC_CLIENT_SECRET: 'a secret for specs' };
    ftgo = await startSystem({ env: { ...env, FTGO_SECURITY: 'on' } });
    for (const role of roles) tokens[role] = await issuer.token({ sub: role, roles: [role] });
    const operator = { roles: ['operator'] };
    invalid = {
      'no token': undefined,
      garbage: 'garbage',
      expired: await issuer.token({ ...operator, expiresIn: -60 }),
      'wrong audience': await issuer.token({ ...operator, audience: 'another' }),
      'wrong issuer': await issuer.token({ ...operator, issuer: 'http://127.0.0.1:1' }),
      'alg none': issuer.unsignedToken(operator),
      'alg HS256': await issuer.symmetricToken(operator),
      'another key': await issuer.foreignToken(operator),
    };
  });
  afterAll(async () => {
    await ftgo?.close();
    await issuer?.close();
  });

  /** What a caller gets: `open`, or how it is rejected. */
  async function outcomeOf(target: Target, token: string | undefined): Promise<string> {
    if (target.protocol === 'gRPC') return grpcOutcome(ftgo.grpc[target.app] ?? '', target.name, token);
    const [method = '', path = ''] = target.name.split(' ');
    const base = (forOperators.test(path) ? ftgo.management : ftgo.urls)[target.app];
    const url = `${base}${path.replaceAll(/:\w+/g, '999999999')}`;
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await call(method, url, method === 'GET' ? undefined : {}, headers);
    const { code } = answer.body as { code?: string };
    return answer.status === 401 || code === 'ROLE_REQUIRED' || code === 'ACCESS_UNDECIDED' ? `${answer.status} ${code}` : 'open';
  }

  const closed = all.filter(({ decision }) => decision !== 'public');
  it.each(closed.map((target) => [`${target.owner} ${target.name}`, target] as const))('closes %s', async (_, target) => {
    const unauthenticated = target.protocol === 'gRPC' ? 'UNAUTHENTICATED' : '401 UNAUTHENTICATED';
    for (const [how, token] of Object.entries(invalid)) expect([how, await outcomeOf(target, token)]).toEqual([how, unauthenticated]);
    for (const role of roles) {
      const isAllowed = target.decision?.includes(role) === true;
      if (isAllowed && target.name === slow) continue;
      const rejected = target.protocol === 'gRPC' ? 'PERMISSION_DENIED' : '403 ROLE_REQUIRED';
      expect([role, await outcomeOf(target, tokens[role])]).toEqual([role, isAllowed ? 'open' : rejected]);
    }
  });

  it.each(all.filter(({ decision }) => decision === 'public'))('leaves $name open', async (target) => {
    expect(await outcomeOf(target, undefined)).toBe('open');
  });

  it('offers no gRPC reflection', async () => {
    const name = 'grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    expect(await grpcOutcome(ftgo.grpc['order-service'] ?? '', name, tokens.operator)).toBe('UNIMPLEMENTED');
  });

  describe('of an order', () => {
    let ids: { mine: number; other: number; restaurant: number; order: number };
    const people = {} as Record<'mine' | 'other' | 'kitchen' | 'otherKitchen' | 'courier' | 'operator', Record<string, string>>;
    const at = (app: string, path: string) => `${ftgo.urls[app]}${path}`;
    const gateway = (path: string) => at('api-gateway', path);

    beforeAll(async () => {
      const as = async (role: Role, claims: Record<string, unknown> = {}) => ({
        authorization: `Bearer ${await issuer.token({ sub: `${role} ${JSON.stringify(claims)}`, roles: [role], claims })}`,
      });
      people.operator = await as('operator');
      const consumer = () =>
        succeeded<{ consumerId: number }>(
          call('POST', gateway('/consumers'), { name: { firstName: 'A', lastName: 'B' } }, people.operator),
        );
      const [mine, other] = [(await consumer()).consumerId, (await consumer()).consumerId];
      const { id: restaurant } = await succeeded<{ id: number }>(call('POST', gateway('/restaurants'), ajanta, people.operator));
      people.mine = await as('consumer', { ftgo_consumer_id: mine });
      people.other = await as('consumer', { ftgo_consumer_id: other });
      people.kitchen = await as('restaurant', { ftgo_restaurant_ids: [restaurant] });
      people.otherKitchen = await as('restaurant', { ftgo_restaurant_ids: [restaurant + 1] });
      people.courier = await as('courier', { ftgo_courier_id: 77 });
      for (const app of ['order-service', 'kitchen-service']) await untilOpen(at(app, `/restaurants/${restaurant}`), people.operator);
      await untilOpen(at('accounting-service', `/accounts/${mine}`), people.mine);
      const placed = call('POST', gateway('/orders'), orderOf(mine, restaurant), { ...people.mine, prefer: 'wait=10' });
      const { orderId: order } = await succeeded<{ orderId: number }>(placed);
      ids = { mine, other, restaurant, order };
      await eventually(async () =>
        expect((await call('GET', at('order-service', `/orders/${order}`), undefined, people.mine)).body).toMatchObject({
          state: 'APPROVED',
        }),
      );
      await untilOpen(at('order-history-service', `/orders/${order}`), people.mine);
    });

    it('shows it to its consumer, its restaurant and operators, through every API', async () => {
      const { order, mine, restaurant } = ids;
      for (const person of [people.mine, people.kitchen, people.operator])
        for (const url of [
          gateway(`/orders/${order}`),
          at('order-service', `/orders/${order}`),
          at('order-history-service', `/orders/${order}`),
        ])
          expect((await call('GET', url, undefined, person)).status).toBe(200);
      expect((await call('GET', gateway(`/tickets?restaurantId=${restaurant}`), undefined, people.kitchen)).body).toMatchObject({
        tickets: [{ id: order }],
      });
      expect((await call('GET', gateway(`/orders?consumerId=${mine}`), undefined, people.mine)).body).toMatchObject({ orders: [{}] });
      expect(await graphql(gateway('/graphql'), order, people.mine)).toMatchObject({ id: String(order), ticket: {}, consumer: {} });
      expect(await firstEvent(gateway(`/orders/${order}/events`), people.mine)).toContain('OrderCreated');
      expect(await subscribed(gateway('/ws'), order, people.mine)).toMatchObject({ type: 'event' });
    });

    it('omits the consumer from what its restaurant sees', async () => {
      const { body } = await call('GET', gateway(`/orders/${ids.order}?expand=consumer`), undefined, people.kitchen);
      expect(body).toMatchObject({ ticketInfo: {} });
      for (const part of ['consumer', 'unavailable']) expect(body).not.toHaveProperty(part);
    });

    it('hides it from others, through every API, as if it did not exist', async () => {
      const { order, mine, restaurant } = ids;
      const stranger = people.other;
      const hidden = [
        ['GET', gateway(`/orders/${order}`)],
        ['GET', gateway(`/orders/${order}/events`)],
        ['GET', gateway(`/consumers/${mine}`)],
        ['POST', gateway(`/orders/${order}/cancel`)],
        ['POST', gateway(`/orders/${order}/revise`), { revisedOrderLineItems: [{ menuItemId: '1', quantity: 1 }] }],
        ['POST', gateway('/orders'), orderOf(mine, restaurant)],
        ['GET', at('order-service', `/orders/${order}`)],
        ['GET', at('order-history-service', `/orders/${order}`)],
        ['GET', at('consumer-service', `/consumers/${mine}`)],
        ['GET', at('accounting-service', `/accounts/${mine}`)],
      ] as const;
      for (const [method, url, body] of hidden) expect([url, (await call(method, url, body, stranger)).status]).toEqual([url, 404]);
      const empty = [
        [gateway(`/orders?consumerId=${mine}`), 'orders'],
        [at('consumer-service', `/consumers/${mine}/notifications`), 'notifications'],
        [at('accounting-service', `/accounts/${mine}/entries`), 'entries'],
      ] as const;
      for (const [url, list] of empty) expect((await call('GET', url, undefined, stranger)).body).toMatchObject({ [list]: [] });
      expect(await graphql(gateway('/graphql'), order, stranger)).toBeNull();
      expect(await subscribed(gateway('/ws'), order, stranger)).toMatchObject({ type: 'error', problem: { status: 404 } });
      expect((await call('GET', at('order-service', `/orders/${order}`), undefined, people.mine)).body).toMatchObject({
        state: 'APPROVED',
      });
    });

    it('lets only its restaurant cook it, and only its courier deliver it', async () => {
      const { order, restaurant } = ids;
      const accept = () => ({ readyBy: new Date(Date.now() + 1_800_000).toISOString() });
      expect((await call('POST', gateway(`/tickets/${order}/accept`), accept(), people.otherKitchen)).status).toBe(404);
      expect((await call('GET', gateway(`/tickets/${order}`), undefined, people.otherKitchen)).status).toBe(404);
      expect((await call('PUT', gateway(`/restaurants/${restaurant}/menu`), ajanta.menu, people.otherKitchen)).status).toBe(404);
      expect((await call('POST', gateway('/couriers/78/availability'), { available: true }, people.courier)).status).toBe(404);
      expect((await call('POST', gateway(`/deliveries/${order}/pickup`), {}, people.courier)).status).toBe(404);
      expect((await call('POST', gateway(`/tickets/${order}/accept`), accept(), people.kitchen)).status).toBe(200);
      expect((await call('POST', gateway('/couriers/77/availability'), { available: true }, people.courier)).status).toBe(200);
      await untilOpen(gateway(`/deliveries/${order}`), people.courier);
      const dropOff = { type: 'DROPOFF', address: orderOf(ids.mine, restaurant).deliveryAddress };
      const { body } = await call('GET', gateway(`/deliveries/${order}`), undefined, people.courier);
      expect(body).toMatchObject({ courierActions: [{ type: 'PICKUP' }, dropOff] });
    });

    it('ends streams when the token of their caller expires', async () => {
      const token = () => issuer.token({ roles: ['operator'], expiresIn: 2 });
      const socket = new WebSocket(gateway('/ws').replace('http', 'ws'), ['ftgo', `bearer.${await token()}`]);
      const events = await fetch(gateway(`/orders/${ids.order}/events`), { headers: { authorization: `Bearer ${await token()}` } });
      const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
      expect(await events.text()).toContain('OrderCreated');
      expect(await closed).toBe(1001);
    });

    it('lets only operators disable the account of its consumer or set its limit', async () => {
      const url = at('accounting-service', `/accounts/${ids.mine}`);
      expect((await call('PUT', `${url}/limit`, { creditLimit: '99999999.00' }, people.mine)).status).toBe(403);
      expect((await call('POST', `${url}/disable`, {}, people.mine)).status).toBe(403);
      expect((await call('GET', url, undefined, people.mine)).body).toMatchObject({ state: 'ACTIVE', creditLimit: null });
    });

    it('records who did what, and shows it to operators only', async () => {
      const { order, mine, restaurant } = ids;
      const id = (role: Role, claims: object) => `${issuer.url}|${role} ${JSON.stringify(claims)}`;
      const [consumer, operator] = [id('consumer', { ftgo_consumer_id: mine }), id('operator', {})];
      const events = gateway(`/orders/${order}/events`);
      expect(await actorsOf(events, 'TicketAccepted', people.operator)).toMatchObject({
        OrderCreated: consumer,
        TicketCreated: 'order-service',
        OrderAuthorized: 'order-service',
        TicketAccepted: id('restaurant', { ftgo_restaurant_ids: [restaurant] }),
      });
      expect(Object.values(await actorsOf(events, 'TicketAccepted', people.mine)).filter((actor) => actor)).toEqual([]);
      const account = at('accounting-service', `/accounts/${mine}`);
      await succeeded(call('PUT', `${account}/limit`, { creditLimit: '5000.00' }, people.operator));
      const entries = async (person: Record<string, string>) =>
        (await succeeded<{ entries: Array<{ type: string; actor?: string }> }>(call('GET', `${account}/entries`, undefined, person)))
          .entries;
      expect(new Map((await entries(people.operator)).map(({ type, actor }) => [type, actor]))).toEqual(
        new Map([
          ['AccountOpened', operator],
          ['CardAuthorized', 'order-service'],
          ['CreditLimitChanged', operator],
        ]),
      );
      expect((await entries(people.mine)).filter(({ actor }) => actor)).toEqual([]);
      const operations = `${ftgo.management['order-service']}/operations`;
      const state = encodeURIComponent(JSON.stringify({ orderId: order }));
      const { sagas } = await succeeded<{ sagas: [{ id: string }] }>(
        call('GET', `${operations}/sagas?stateHas=${state}`, undefined, people.operator),
      );
      expect((await call('GET', `${operations}/sagas/${sagas[0].id}`, undefined, people.operator)).body).toMatchObject({
        startedBy: consumer,
      });
      const act = { by: 'someone else', reason: 'a test' };
      expect((await call('POST', `${operations}/replicas/restaurants/rebuild`, act, people.operator)).body).toMatchObject({
        actions: expect.arrayContaining([
          expect.objectContaining({ action: 'replica.rebuild', actor: operator, isVerified: true }),
        ]) as unknown,
      });
    });

    it('never returns to one caller what another has received for the same Idempotency-Key', async () => {
      const key = { 'idempotency-key': 'the-same-key' };
      const placed = (consumer: number, person: Record<string, string>) =>
        succeeded<{ orderId: number }>(call('POST', gateway('/orders'), orderOf(consumer, ids.restaurant), { ...person, ...key }));
      const first = await placed(ids.mine, people.mine);
      expect((await placed(ids.mine, people.mine)).orderId).toBe(first.orderId);
      expect((await placed(ids.other, people.other)).orderId).not.toBe(first.orderId);
      expect((await placed(ids.mine, people.operator)).orderId).not.toBe(first.orderId);
    });
  });

  it('accepts tokens of a new key without a restart, and keeps admitting callers while the issuer is down', async () => {
    await issuer.rotate('second');
    const token = await issuer.token({ roles: ['operator'] });
    const list = () => call('GET', `${ftgo.urls['api-gateway']}/restaurants`, undefined, { authorization: `Bearer ${token}` });
    await eventually(async () => expect((await list()).status).toBe(200));
    issuer.setDown(true);
    expect((await list()).status).toBe(200);
    issuer.setDown(false);
  });
});

async function untilOpen(url: string, headers: Record<string, string>): Promise<void> {
  await eventually(async () => expect([url, (await call('GET', url, undefined, headers)).status]).toEqual([url, 200]));
}

/** Sends an empty request; its content does not matter before the caller is admitted. */
function grpcOutcome(address: string, method: string, token: string | undefined): Promise<string> {
  const client = new Client(address, credentials.createInsecure());
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return new Promise((resolve) => {
    const none = (): Buffer => Buffer.alloc(0);
    client.makeUnaryRequest(
      `/${method}`,
      none,
      (bytes) => bytes,
      {},
      metadata,
      { deadline: Date.now() + 10_000 },
      (error) => {
        client.close();
        const code = error ? status[error.code] : 'OK';
        resolve(['UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNIMPLEMENTED', 'UNAVAILABLE'].includes(code) ? code : 'open');
      },
    );
  });
}

async function graphql(url: string, orderId: number, headers: Record<string, string>): Promise<unknown> {
  const query = `{ order(id: "${orderId}") { id ticket { state } consumer { firstName } } }`;
  const { data } = await succeeded<{ data: { order: unknown } }>(call('POST', url, { query }, headers));
  return data.order;
}

async function firstEvent(url: string, headers: Record<string, string>): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    if (text.includes('data:')) break;
  }
  abort.abort();
  return text;
}

/** The first message about an order, on a socket whose token is a subprotocol, as in a browser. */
function subscribed(url: string, orderId: number, { authorization = '' }: Record<string, string>): Promise<unknown> {
  const socket = new WebSocket(url.replace('http', 'ws'), ['ftgo', authorization.replace('Bearer ', 'bearer.')]);
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'subscribe', orderId })));
    socket.addEventListener('message', ({ data }) => {
      resolve(JSON.parse(String(data)));
      socket.close();
    });
    socket.addEventListener('error', () => reject(new Error('the socket was rejected')));
  });
}

const ajanta = {
  name: 'Ajanta',
  address: { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94612' },
  menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }] },
};

const orderOf = (consumerId: number, restaurantId: number) => ({
  consumerId,
  restaurantId,
  deliveryTime: '2030-01-01T19:00:00',
  deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
  lineItems: [{ menuItemId: '1', quantity: 5 }],
});
