import { TestIssuer } from '@ftgo/security/testing';
import { eventually, startSystem, type TestSystem } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ajanta, firstEvent, graphql, grpcOutcome, orderOf, subscribed, untilOpen } from './clients-with-tokens.js';
import { call, succeeded } from './http.js';
import { forOperators, slow, type Target, targets } from './targets.js';
import { actorsOf } from './timeline-events.js';

const roles = ['consumer', 'restaurant', 'courier', 'operator', 'service'] as const;
type Role = (typeof roles)[number];

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

  const closed = targets.filter(({ decision }) => decision !== 'public');
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

  it.each(targets.filter(({ decision }) => decision === 'public'))('leaves $name open', async (target) => {
    expect(await outcomeOf(target, undefined)).toBe('open');
  });

  it('offers no gRPC reflection', async () => {
    const name = 'grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    expect(await grpcOutcome(ftgo.grpc['order-service'] ?? '', name, tokens.operator)).toBe('UNIMPLEMENTED');
  });

  describe.each([
    { how: 'claims', title: 'whose people are named by the claims of their tokens', courier: 77 },
    { how: 'stored', title: 'whose people own what they have created', courier: 79 },
  ])('of an order $title', ({ how, courier }) => {
    let ids: { mine: number; other: number; restaurant: number; order: number };
    const people = {} as Record<'mine' | 'other' | 'kitchen' | 'otherKitchen' | 'courier' | 'operator', Record<string, string>>;
    const at = (app: string, path: string) => `${ftgo.urls[app]}${path}`;
    const gateway = (path: string) => at('api-gateway', path);
    /** It does not depend on how the owner is known. */
    const once = (title: string, test: () => Promise<void>) => (how === 'claims' ? it(title, test) : undefined);

    const as = async (role: Role, name: string, claims: Record<string, unknown> = {}) => ({
      authorization: `Bearer ${await issuer.token({ sub: `${name} of ${how}`, roles: [role], claims })}`,
    });
    const newConsumer = async (person: Record<string, string> = {}) => {
      const name = { firstName: 'A', lastName: 'B' };
      return (await succeeded<{ consumerId: number }>(call('POST', gateway('/consumers'), { name }, person))).consumerId;
    };
    const newRestaurant = async (person: Record<string, string> = {}) =>
      (await succeeded<{ id: number }>(call('POST', gateway('/restaurants'), ajanta, person))).id;

    /** An operator creates everything, and states the ids at the issuer. */
    async function byClaims() {
      const [mine, other] = [await newConsumer(people.operator), await newConsumer(people.operator)];
      const restaurant = await newRestaurant(people.operator);
      people.mine = await as('consumer', 'mine', { ftgo_consumer_id: mine });
      people.other = await as('consumer', 'other', { ftgo_consumer_id: other });
      people.kitchen = await as('restaurant', 'kitchen', { ftgo_restaurant_ids: [restaurant] });
      people.otherKitchen = await as('restaurant', 'other kitchen', { ftgo_restaurant_ids: [restaurant + 1] });
      people.courier = await as('courier', 'courier', { ftgo_courier_id: courier });
      return { mine, other, restaurant };
    }

    /** The issuer knows no ids. */
    async function byCreation() {
      people.mine = await as('consumer', 'mine');
      people.other = await as('consumer', 'other');
      people.kitchen = await as('restaurant', 'kitchen');
      people.otherKitchen = await as('restaurant', 'other kitchen');
      people.courier = await as('courier', 'courier');
      const [mine, other] = [await newConsumer(people.mine), await newConsumer(people.other)];
      expect(await newConsumer(people.mine)).toBe(mine);
      const owner = { by: 'olga', reason: 'a test', issuer: issuer.url, subject: `courier of ${how}` };
      await succeeded(call('PUT', `${ftgo.management['delivery-service']}/operations/couriers/${courier}/owner`, owner, people.operator));
      return { mine, other, restaurant: await newRestaurant(people.kitchen) };
    }

    beforeAll(async () => {
      people.operator = await as('operator', 'olga');
      const { mine, other, restaurant } = await (how === 'claims' ? byClaims() : byCreation());
      for (const app of ['order-service', 'kitchen-service']) await untilOpen(at(app, `/restaurants/${restaurant}`), people.operator);
      await untilOpen(at('accounting-service', `/accounts/${mine}`), people.mine);
      const place = () => call('POST', gateway('/orders'), orderOf(mine, restaurant), { ...people.mine, prefer: 'wait=10' });
      const { orderId: order } = await eventually(() => succeeded<{ orderId: number }>(place()));
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

    once('omits the consumer from what its restaurant sees', async () => {
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
      // First: otherwise another courier gets the delivery.
      expect((await call('POST', gateway(`/couriers/${courier}/availability`), { available: true }, people.courier)).status).toBe(200);
      expect((await call('POST', gateway(`/tickets/${order}/accept`), accept(), people.kitchen)).status).toBe(200);
      await untilOpen(gateway(`/deliveries/${order}`), people.courier);
      const dropOff = { type: 'DROPOFF', address: orderOf(ids.mine, restaurant).deliveryAddress };
      const { body } = await call('GET', gateway(`/deliveries/${order}`), undefined, people.courier);
      expect(body).toMatchObject({ courierActions: [{ type: 'PICKUP' }, dropOff] });
    });

    once('ends streams when the token of their caller expires', async () => {
      const token = () => issuer.token({ roles: ['operator'], expiresIn: 2 });
      const socket = new WebSocket(gateway('/ws').replace('http', 'ws'), ['ftgo', `bearer.${await token()}`]);
      const events = await fetch(gateway(`/orders/${ids.order}/events`), { headers: { authorization: `Bearer ${await token()}` } });
      const closed = new Promise((resolve) => socket.addEventListener('close', ({ code, reason }) => resolve([code, reason])));
      expect(await events.text()).toContain('OrderCreated');
      expect(await closed).toEqual([1001, 'the access token has expired; reconnect with a new one']);
    });

    once('lets only operators disable the account of its consumer or set its limit', async () => {
      const url = at('accounting-service', `/accounts/${ids.mine}`);
      expect((await call('PUT', `${url}/limit`, { creditLimit: '99999999.00' }, people.mine)).status).toBe(403);
      expect((await call('POST', `${url}/disable`, {}, people.mine)).status).toBe(403);
      expect((await call('GET', url, undefined, people.mine)).body).toMatchObject({ state: 'ACTIVE', creditLimit: null });
    });

    once('records who did what, and shows it to operators only', async () => {
      const { order, mine } = ids;
      const id = (name: string) => `${issuer.url}|${name} of ${how}`;
      const [consumer, operator] = [id('mine'), id('olga')];
      const events = gateway(`/orders/${order}/events`);
      expect(await actorsOf(events, 'TicketAccepted', people.operator)).toMatchObject({
        OrderCreated: consumer,
        TicketCreated: 'order-service',
        OrderAuthorized: 'order-service',
        TicketAccepted: id('kitchen'),
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
