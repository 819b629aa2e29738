import { type CommandExample, type Ids, ownerOf } from '@ftgo/contracts/examples';
import { OrderMessage, OrderServiceApi } from '@ftgo/contracts/order';
import { jsonContentType, protobufContentType } from '@ftgo/messaging';
import { orderJson } from '@ftgo/rest/order';
import { fromProtobuf, ServiceUnderContract, verifyProvider, verifySubscriber } from '@ftgo/testing/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule, service } from '../../src/app.module.js';
import { migrations } from '../../src/migrations/migrations.js';
import { cancelOrderSaga } from '../../src/sagas/cancel-order/cancel-order.saga.js';
import { createOrderSaga } from '../../src/sagas/create-order/create-order.saga.js';
import { reviseOrderSaga } from '../../src/sagas/revise-order/revise-order.saga.js';
import { type OrderIds, Participants } from './sagas-under-contract.js';

/** The commands of each saga when every step succeeds. */
const creation = ['ValidateOrderByConsumer', 'CreateTicket', 'AuthorizeCard', 'ConfirmCreateTicket'];
const cancellation = ['BeginCancelTicket', 'ReverseAuthorization', 'ConfirmCancelTicket'];
const revision = ['BeginReviseTicket', 'ReviseAuthorization', 'ConfirmReviseTicket'];

describe.each([jsonContentType, protobufContentType] as const)('order-service, sending %s,', (sends) => {
  const orders = new ServiceUnderContract({
    name: service,
    api: OrderServiceApi,
    migrations,
    sends,
    module: (config, broker) => AppModule.forRoot({ ...config, sagaStepDeadlineMs: 120_000 }, broker),
  });
  const participants = new Participants(orders);
  beforeAll(() => orders.start());
  afterAll(() => orders.close());

  const aRestaurant = async () => {
    const restaurant = orders.freshId();
    await orders.hears('RestaurantCreated', { restaurant });
    return { restaurant, sequence: 1 };
  };
  const placedBy = async (consumer: number): Promise<OrderIds> => {
    const ids = { ...(await aRestaurant()), consumer };
    const { orderId } = await orders.post('/orders', {
      consumerId: ids.consumer,
      restaurantId: ids.restaurant,
      deliveryTime: '2026-11-21T19:30:00',
      deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
      lineItems: [{ menuItemId: '1', quantity: 5 }],
    });
    return { ...ids, order: orderId as number };
  };
  const placed = () => placedBy(orders.freshId());
  const then =
    (before: () => Promise<OrderIds>, act: (ids: OrderIds) => Promise<unknown>): (() => Promise<OrderIds>) =>
    async () => {
      const ids = await before();
      await act(ids);
      return ids;
    };
  const reject = (name: string) => (ids: Ids) => participants.answer(participants.refusal(name), ids);
  const succeed = (names: readonly string[]) => (ids: Ids) => participants.answerAll(names, ids);
  const until = (expected: object) => (ids: Ids) => participants.becomes(ids, expected);

  const approved = then(then(placed, succeed(creation)), until({ state: 'APPROVED' }));
  const rejected = then(then(placed, reject('ValidateOrderByConsumer')), until({ state: 'REJECTED' }));
  const cancelling = then(approved, ({ order }) => orders.post(`/orders/${order}/cancel`));
  const revising = then(approved, ({ order }) =>
    orders.post(`/orders/${order}/revise`, { revisedOrderLineItems: [{ menuItemId: '2', quantity: 1 }] }),
  );

  describe('for its consumers,', () => {
    verifyProvider(orders, {
      given: {
        nothing: async () => {},
        'the restaurant Ajanta': aRestaurant,
        'no such restaurant': async () => {},
        'an approved order': approved,
        'a rejected order': rejected,
        'no such order': async () => {},
        OrderCreated: placed,
        OrderAuthorized: approved,
        OrderRejected: rejected,
        OrderCancelRequested: cancelling,
        OrderCancelRejected: then(cancelling, reject('BeginCancelTicket')),
        OrderCancelled: then(cancelling, succeed(cancellation)),
        OrderRevisionProposed: revising,
        OrderRevised: then(revising, succeed(revision)),
        OrderRevisionRejected: then(revising, reject('BeginReviseTicket')),
      },
      protobuf: { '/orders/': fromProtobuf(OrderMessage, orderJson) },
      notCalled: [],
    });
  });

  const isKnown = {
    after: async ({ restaurant }: Ids) => {
      expect(await orders.get(`/restaurants/${restaurant}`)).toMatchObject({
        restaurantId: restaurant,
        name: 'Ajanta',
        menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }, { id: '2' }] },
      });
      const [minimum] = await orders.database.query('SELECT order_minimum FROM restaurants WHERE id = $1', [restaurant]);
      expect(minimum).toEqual({ order_minimum: 1000 });
    },
  };
  const hasOwner = {
    after: async ({ consumer, person = 0 }: Ids) =>
      expect(await orders.database.query('SELECT kind, id, principal FROM ownership WHERE id = $1', [consumer])).toEqual([
        { kind: 'consumer', id: consumer, principal: ownerOf(person) },
      ]),
  };
  let endedOrder = 0;
  const isErased = { deliveryAddress: { street1: 'erased' } };
  verifySubscriber(orders, {
    ConsumerCreated: hasOwner,
    RestaurantCreated: isKnown,
    RestaurantRevised: isKnown,
    RestaurantMenuRevised: isKnown,
    ConsumerErased: {
      before: async ({ consumer }) => {
        const ids = await placedBy(consumer ?? 0);
        await reject('ValidateOrderByConsumer')(ids);
        await until({ state: 'REJECTED' })(ids);
        endedOrder = ids.order;
      },
      after: async () => expect(await orders.get(`/orders/${endedOrder}`)).toMatchObject(isErased),
    },
    DeliveryDelivered: {
      before: async ({ order }) => {
        const ids = await approved();
        await orders.hears('ConsumerErased', ids);
        expect(await orders.get(`/orders/${ids.order}`)).toMatchObject({ deliveryAddress: { street1: '9 Amazing View' } });
        await orders.database.query('UPDATE orders SET id = $1 WHERE id = $2', [order, ids.order]);
      },
      after: async ({ order }) => expect(await orders.get(`/orders/${order}`)).toMatchObject(isErased),
    },
  });

  describe('sends commands to the participants of its sagas and continues with their replies:', () => {
    /** The commands before it, and what its reply leads to. */
    interface Turn {
      readonly before: () => Promise<OrderIds>;
      readonly after: (ids: Ids) => Promise<unknown>;
    }
    const receives = (name: string) => (ids: Ids) => participants.receive(participants.example(name), ids);
    const turns = (begin: () => Promise<OrderIds>, names: readonly string[], end: object): Array<readonly [string, Turn]> =>
      names.map((name, i) => {
        const next = names[i + 1];
        return [name, { before: then(begin, succeed(names.slice(0, i))), after: next ? receives(next) : until(end) }] as const;
      });
    const doubt = (name: string) => (ids: Ids) => participants.doubt(participants.example(name), ids);
    const done: Readonly<Record<string, Turn>> = Object.fromEntries([
      ...turns(placed, creation, { state: 'APPROVED' }),
      ...turns(cancelling, cancellation, { state: 'CANCELLED' }),
      ...turns(revising, revision, { state: 'APPROVED', orderTotal: '64.20' }),
    ]);
    const undone: Readonly<Record<string, Turn>> = {
      'create ticket:undo': {
        before: then(then(placed, succeed(creation.slice(0, 2))), reject('AuthorizeCard')),
        after: until({ state: 'REJECTED' }),
      },
      'authorize card:undo': {
        before: then(then(placed, succeed(creation.slice(0, 2))), doubt('AuthorizeCard')),
        after: receives('CancelCreateTicket'),
      },
      'begin cancel ticket:undo': { before: then(cancelling, doubt('BeginCancelTicket')), after: until({ state: 'APPROVED' }) },
      'begin revise ticket:undo': {
        before: then(then(revising, succeed(revision.slice(0, 1))), reject('ReviseAuthorization')),
        after: until({ state: 'APPROVED', orderTotal: '61.70' }),
      },
    };
    /** The compensations that run before the order reports the rejection. */
    const undoneFirst: Readonly<Record<string, readonly string[]>> = {
      AuthorizeCard: ['CancelCreateTicket'],
      ReviseAuthorization: ['UndoBeginReviseTicket'],
    };
    const answered = participants.examples.filter(({ saga }) => saga);
    const title = ({ type, saga, name }: CommandExample) => `${type.split('.').at(-1)} at "${saga?.step}", ${name}`;

    it.each(answered.map((example) => [title(example), example] as const))('%s', async (_, example) => {
      const name = example.type.split('.').at(-1) ?? '';
      const turn = undone[example.saga?.step ?? ''] ?? done[name];
      if (!turn) throw new Error(`no turn for command ${name}; add the saga step that sends it to the turns`);
      const ids = await turn.before();
      await participants.answer(example, ids);
      if (!example.outcome || !('refusal' in example.outcome)) await turn.after(ids);
      else {
        await participants.answerAll(undoneFirst[name] ?? [], ids);
        await expect.poll(() => outcomeOf(ids), { timeout: 10_000 }).toEqual(example.outcome.refusal);
      }
    });

    const outcomeOf = async ({ order }: Ids): Promise<string | undefined> => {
      const { rejection, lastRefusal } = (await orders.get(`/orders/${order}`)) as Record<string, { code: string } | undefined>;
      return (rejection ?? lastRefusal)?.code;
    };

    it.each([
      ['APPROVED', approved],
      ['REJECTED', rejected],
      ['CANCELLED', then(cancelling, succeed(cancellation))],
      ['REVISED', then(revising, succeed(revision))],
      ['REFUSED', then(cancelling, reject('BeginCancelTicket'))],
    ] as const)('NotifyConsumer: %s', async (kind, reached) => {
      const example = participants.examples.find(({ name }) => name.endsWith(kind)) as CommandExample;
      const ids = await reached();
      await participants.receive(example, ids);
    });
  });

  it('shows clients that ask for protobuf an order with another ETag than in JSON', async () => {
    const { order } = await approved();
    const get = (headers: Record<string, string>) => orders.app.inject({ url: `/orders/${order}`, headers });
    const [json, binary] = [await get({}), await get({ accept: protobufContentType })];
    expect(binary).toMatchObject({ statusCode: 200, headers: { 'content-type': protobufContentType } });
    const known = { 'if-none-match': String(json.headers.etag) };
    expect([(await get(known)).statusCode, (await get({ ...known, accept: protobufContentType })).statusCode]).toEqual([304, 200]);
    const knownBinary = { 'if-none-match': String(binary.headers.etag), accept: protobufContentType };
    expect((await get(knownBinary)).statusCode).toBe(304);
    expect((await get({ accept: 'text/csv' })).statusCode).toBe(406);
  });

  it('has an example of every command that its sagas send', () => {
    const sent = [createOrderSaga, cancelOrderSaga, reviseOrderSaga].flatMap((saga) =>
      saga.steps.flatMap(({ name: step, action, undo }) => [
        ...(action.kind === 'invoke' ? [`${step}: ${action.command.payload.typeName}`] : []),
        ...(undo?.kind === 'invoke' ? [`${step}:undo: ${undo.command.payload.typeName}`] : []),
      ]),
    );
    const exampled = participants.examples.flatMap(({ saga, type }) => (saga ? [`${saga.step}: ${type}`] : []));
    expect([...new Set(exampled)].toSorted()).toEqual(sent.toSorted());
  });
});
