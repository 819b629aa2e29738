import {
  OrderHistoryServiceApi,
  type ReplayTimelineRequest,
  type TimelineEntryDetails,
  TimelineExtended,
} from '@ftgo/contracts/orderhistory';
import { Money } from '@ftgo/kernel';
import { type GrpcClient, grpcClient } from '@ftgo/rpc';
import { createTopic, eventually, type OwnBroker, startBroker } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OrderHistoryServiceUnderTest, startOrderHistoryService } from './order-history-service.js';
import { deliveredOrder, event, orderPlaced, type PlayedEvent, restaurantNamed, topics, usd } from './played-events.js';
import { rebuildView } from './rebuild-view.js';

let lastId = 0;
const nextId = () => ++lastId;

describe('order-history-service', () => {
  let own: OwnBroker;
  let history: OrderHistoryServiceUnderTest;

  let client: GrpcClient<typeof OrderHistoryServiceApi>;
  const left = new AbortController();

  /** Reads a timeline until the service ends the stream; `seen` grows meanwhile. */
  const replay = (request: Partial<ReplayTimelineRequest> & { orderId: number }) => {
    const seen: TimelineEntryDetails[] = [];
    const read = async () => {
      const stream = client.calls.replayTimeline({ after: 0, follow: false, ...request }, { signal: left.signal });
      for await (const { entry } of stream) seen.push(entry);
      return seen;
    };
    return { seen, ended: read() };
  };

  beforeAll(async () => {
    own = await startBroker();
    for (const topic of topics) await createTopic(own.access, topic, 2);
    history = await startOrderHistoryService(own.client('order-history-service'), own.client('other-services'));
    client = grpcClient(OrderHistoryServiceApi, { url: history.grpcUrl });
  });
  afterAll(async () => {
    left.abort();
    client?.close();
    await history?.close();
    await own?.kill();
  });

  /** Waits until all events about one order have arrived. */
  const arrived = async (orderId: number, ...events: readonly PlayedEvent[]) => {
    const before = (await history.timeline(orderId)).length;
    await history.publish(...events);
    await eventually(async () => expect(await history.timeline(orderId)).toHaveLength(before + events.length));
  };
  const order = async (id: number) => (await history.get(`/orders/${id}`)).body;
  const placed = async (change: object = {}, time = new Date()) => {
    const id = nextId();
    await arrived(id, event('order', id, 1, 'OrderCreated', orderPlaced(change), time));
    return id;
  };
  const found = async (query: string) => {
    const { status, body } = await history.get(`/orders?${query}`);
    return status === 200 ? (body.orders as Array<{ orderId: string }>).map(({ orderId }) => Number(orderId)) : status;
  };

  describe('the timeline of an order', () => {
    /** What was published about the order, as the relay finds it. */
    const published = async (orderId: number) => {
      const rows = await history.database.query<{ source: string; sequence: string; correlationId: string; payload: Buffer }>(
        `SELECT source, sequence, correlation_id AS "correlationId", payload FROM outbox
         WHERE topic = 'ftgo.orderhistory.events' AND subject = $1 ORDER BY position`,
        [String(orderId)],
      );
      return rows.map(({ payload, ...row }) => ({ ...row, entry: TimelineExtended.payload.decode(payload, 'application/json').entry }));
    };

    it('is published entry by entry, each with its number and the state of what it is about', async () => {
      const [orderId, consumerId] = [nextId(), 105];
      const { order: orders, account, ticket, delivery } = deliveredOrder({ orderId, consumerId });
      await arrived(orderId, ...orders, ...account, ...ticket, ...delivery);
      const entries = await published(orderId);
      expect(entries.map(({ source, sequence }) => [source, Number(sequence)])).toEqual(
        Array.from({ length: 16 }, (_, i) => [`/order-history-service/orders/${orderId}`, i + 1]),
      );
      const byType = new Map(entries.map(({ entry }) => [entry.type, { ...entry, n: undefined }]));
      const at = (minute: string) => new Date(`2026-11-30T18:${minute}:00Z`);
      expect(byType.get('OrderCreated')).toEqual({ orderId, type: 'OrderCreated', at: at('00'), order: { state: 'APPROVAL_PENDING' } });
      expect(byType.get('TicketAccepted')).toEqual({
        orderId,
        type: 'TicketAccepted',
        at: at('08'),
        ticket: { state: 'ACCEPTED', readyBy: new Date('2026-11-30T19:00:00Z') },
      });
      expect(byType.get('DeliveryScheduled')).toMatchObject({ delivery: { state: 'SCHEDULED', courierId: 2_147_483_649 } });
      expect(byType.get('CardAuthorized')).toEqual({ orderId, type: 'CardAuthorized', at: at('01') });
    });

    it('is replayed after a number, as it was published', async () => {
      const [orderId, consumerId] = [nextId(), 106];
      const { order: orders, account, ticket, delivery } = deliveredOrder({ orderId, consumerId });
      await arrived(orderId, ...orders, ...account, ...ticket, ...delivery);
      const entries = (await published(orderId)).map(({ entry }) => entry);
      expect(await replay({ orderId }).ended).toEqual(entries);
      expect(await replay({ orderId, after: 14 }).ended).toEqual(entries.slice(14));
      expect(await replay({ orderId, after: 16 }).ended).toEqual([]);
      expect(await replay({ orderId: 999_999 }).ended).toEqual([]);
      await expect(replay({ orderId, after: -1 }).ended).rejects.toMatchObject({ errors: [{ pointer: '/after' }] });
    });

    it('names who caused each entry, if that is known, live and when replayed', async () => {
      const orderId = await placed();
      await arrived(orderId, { ...event('order', orderId, 2, 'OrderAuthorized'), actor: 'order-service' });
      const entries = await replay({ orderId }).ended;
      expect(entries.map(({ actor }) => actor)).toEqual([undefined, 'order-service']);
      expect((await published(orderId)).map(({ entry }) => entry)).toEqual(entries);
    });

    it('is replayed and then followed live, also before its first entry', async () => {
      const orderId = nextId();
      const early = replay({ orderId, follow: true });
      await arrived(orderId, event('order', orderId, 1, 'OrderCreated', orderPlaced()));
      const late = replay({ orderId, follow: true });
      for (const { seen } of [early, late]) await eventually(() => expect(seen.map(({ n }) => n)).toEqual([1]));
      await arrived(orderId, event('order', orderId, 2, 'OrderAuthorized'), event('order', orderId, 3, 'OrderCancelRequested'));
      for (const { seen } of [early, late])
        await eventually(() => expect(seen).toEqual([1, 2, 3].map((n) => expect.objectContaining({ orderId, n }) as object)));
    });

    it('is replayed completely, however long it is', async () => {
      const orderId = nextId();
      await history.database.query(
        `INSERT INTO order_timeline (order_id, n, event, source, sequence, occurred_at, event_id, details)
         SELECT $1, n, 'OrderRevised', '/order-service/orders/1', n, now(), n, '{}' FROM generate_series(1, 1001) n`,
        [orderId],
      );
      expect((await replay({ orderId }).ended).map(({ n }) => n)).toEqual(Array.from({ length: 1_001 }, (_, i) => i + 1));
    });

    it('is published once per event, even if the event is delivered twice', async () => {
      const orderId = nextId();
      const created = event('order', orderId, 1, 'OrderCreated', orderPlaced());
      await arrived(orderId, created);
      await history.publish(created, event('order', orderId, 2, 'OrderAuthorized'));
      await eventually(async () => expect(await history.timeline(orderId)).toHaveLength(2));
      expect((await published(orderId)).map(({ entry: { n, type } }) => [n, type])).toEqual([
        [1, 'OrderCreated'],
        [2, 'OrderAuthorized'],
      ]);
    });

    it('belongs to the request that caused the event', async () => {
      const orderId = nextId();
      await arrived(orderId, event('order', orderId, 1, 'OrderCreated', orderPlaced()));
      expect((await published(orderId))[0]?.correlationId).toBe('played');
    });
  });

  describe('the view of an order', () => {
    it('is found by its name in either Unicode normalization form', async () => {
      const consumerId = 208;
      const names = ['Caf\u00E9', 'Cafe\u0301'];
      const ids: number[] = [];
      for (const restaurantName of names) ids.unshift(await placed({ consumerId: String(consumerId), restaurantName }));
      for (const keyword of names) expect(await found(`consumerId=${consumerId}&keyword=${encodeURIComponent(keyword)}`)).toEqual(ids);
    });

    it('shows a delivery that lost its courier as PENDING until it has another one', async () => {
      const [orderId, consumerId] = [nextId(), 103];
      const { order: orders, delivery } = deliveredOrder({ orderId, consumerId });
      const scheduled = (sequence: number) => event('delivery', orderId, sequence, 'DeliveryScheduled', delivery[0]?.payload);
      const statusIs = (status: string) =>
        eventually(async () => expect((await history.get(`/orders/${orderId}`)).body).toMatchObject({ deliveryStatus: status }));
      await arrived(
        orderId,
        ...orders,
        scheduled(1),
        scheduled(2),
        event('delivery', orderId, 3, 'DeliveryUnscheduled', { courierId: '1' }),
      );
      await statusIs('PENDING');
      await arrived(orderId, scheduled(4));
      await statusIs('SCHEDULED');
    });

    it('shows every step from placed to delivered, with its time', async () => {
      const [orderId, consumerId] = [nextId(), 101];
      const { order: orders, account, ticket, delivery } = deliveredOrder({ orderId, consumerId });
      await arrived(orderId, ...orders, ...account, ...ticket, ...delivery);
      const { status, contentType, body } = await history.get(`/orders/${orderId}`);
      expect([status, contentType]).toEqual([200, expect.stringContaining('application/json')]);
      const transition = (name: string, minute: string) => ({ event: name, at: `2026-11-30T18:${minute}:00.000` });
      expect(body).toEqual({
        orderId: String(orderId),
        status: 'APPROVED',
        restaurantId: 1,
        restaurantName: 'Ajanta',
        orderTotal: '65.20',
        lineItems: [
          { menuItemId: '1', name: 'Chicken Vindaloo', price: '12.34', quantity: 5 },
          { menuItemId: '2', name: 'Garlic Naan', price: '3.50', quantity: 1 },
        ],
        deliveryStatus: 'DELIVERED',
        transitions: [
          transition('OrderCreated', '00'),
          transition('CardAuthorized', '01'),
          transition('TicketCreated', '02'),
          transition('OrderAuthorized', '03'),
          transition('OrderRevisionProposed', '04'),
          transition('AuthorizationRevised', '05'),
          transition('TicketRevised', '06'),
          transition('OrderRevised', '07'),
          transition('TicketAccepted', '08'),
          transition('DeliveryScheduled', '09'),
          transition('TicketPreparationStarted', '10'),
          transition('TicketPreparationCompleted', '11'),
          transition('DeliveryPickedUp', '12'),
          transition('TicketPickedUp', '13'),
          transition('DeliveryDelivered', '14'),
          transition('AuthorizationCaptured', '15'),
        ],
      });
    });

    it.each([
      ['APPROVAL_PENDING', []],
      ['APPROVED', [['OrderAuthorized', {}]]],
      ['REJECTED', [['OrderRejected', { reason: { code: 'CREDIT_LIMIT_EXCEEDED', detail: 'too much' } }]]],
      [
        'CANCEL_PENDING',
        [
          ['OrderAuthorized', {}],
          ['OrderCancelRequested', {}],
        ],
      ],
      [
        'CANCELLED',
        [
          ['OrderAuthorized', {}],
          ['OrderCancelRequested', {}],
          ['OrderCancelled', {}],
        ],
      ],
      [
        'APPROVED',
        [
          ['OrderAuthorized', {}],
          ['OrderCancelRequested', {}],
          ['OrderCancelRejected', { reason: { code: 'TICKET_NOT_CANCELLABLE', detail: 'too late' } }],
        ],
      ],
      [
        'REVISION_PENDING',
        [
          ['OrderAuthorized', {}],
          ['OrderRevisionProposed', { lineItems: [], orderTotal: usd(1) }],
        ],
      ],
      [
        'APPROVED',
        [
          ['OrderAuthorized', {}],
          ['OrderRevisionProposed', { lineItems: [], orderTotal: usd(1) }],
          ['OrderRevisionRejected', { reason: { code: 'CREDIT_LIMIT_EXCEEDED', detail: 'too much' } }],
        ],
      ],
    ] as ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, object]>]>)('is %s after %j', async (status, events) => {
      const id = await placed();
      await arrived(id, ...events.map(([type, payload], i) => event('order', id, 2 + i, type, payload)));
      expect(await order(id)).toMatchObject({ status, orderTotal: '61.70', deliveryStatus: 'PENDING' });
    });

    it('hides an order until its own first event, then includes earlier events of others', async () => {
      const id = nextId();
      await arrived(
        id,
        event('kitchen', id, 1, 'TicketCreated', { restaurantId: '1', lineItems: [] }),
        event('delivery', id, 1, 'DeliveryCancelled'),
      );
      expect(await history.get(`/orders/${id}`)).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
      await arrived(id, event('order', id, 1, 'OrderCreated', orderPlaced()));
      expect(await order(id)).toMatchObject({ status: 'APPROVAL_PENDING', deliveryStatus: 'CANCELLED' });
      expect((await history.timeline(id)).map(({ n }) => n)).toEqual([1, 2, 3]);
    });

    it('applies an event once when it is redelivered', async () => {
      const id = await placed();
      const accepted = event('kitchen', id, 1, 'TicketAccepted', { readyBy: '2026-11-30T19:00:00Z' });
      await arrived(id, accepted);
      await history.publish(accepted);
      await arrived(id, event('kitchen', id, 2, 'TicketPreparationStarted'));
      expect((await history.timeline(id)).map((entry) => entry.event)).toEqual([
        'OrderCreated',
        'TicketAccepted',
        'TicketPreparationStarted',
      ]);
    });

    it('dead-letters an event that it cannot read and continues', async () => {
      const id = await placed();
      await history.publish({ ...event('order', id, 2, 'OrderRevised'), payload: { lineItems: 'none' } });
      const other = await placed();
      await arrived(other, event('order', other, 2, 'OrderAuthorized'));
      await eventually(async () =>
        expect(
          await history.database.query("SELECT status FROM dead_letter WHERE key = $1 AND status = 'dead'", [Buffer.from(String(id))]),
        ).toHaveLength(1),
      );
      expect(await order(id)).toMatchObject({ status: 'APPROVAL_PENDING' });
    });

    it('dead-letters an event that skips ahead, which would hide all later ones', async () => {
      const id = await placed();
      await history.publish(event('order', id, Number.MAX_SAFE_INTEGER, 'OrderRejected', { reason: { code: 'FORGED', detail: '' } }));
      await arrived(id, event('order', id, 2, 'OrderAuthorized'));
      expect(await order(id)).toMatchObject({ status: 'APPROVED' });
      const [dead] = await history.database.query<{ error: string }>('SELECT error FROM dead_letter WHERE key = $1', [
        Buffer.from(String(id)),
      ]);
      expect(dead?.error).toMatch(
        /^MessageRejected: invalid ce_sequence \d+ of \/order-service\/orders\/\d+: too far ahead of the last one, 1$/,
      );
    });

    it('dead-letters an event with the sequence of an earlier one, whose sender was restored to an earlier point in time', async () => {
      const id = await placed();
      await arrived(id, event('order', id, 2, 'OrderAuthorized'));
      const later = new Date(Date.now() + 60_000);
      await history.publish(event('order', id, 2, 'OrderRejected', { reason: { code: 'REISSUED', detail: '' } }, later));
      await eventually(async () =>
        expect(await history.database.query('SELECT error FROM dead_letter WHERE key = $1', [Buffer.from(String(id))])).toEqual([
          { error: expect.stringMatching(/^MessageRejected: reissued ce_sequence 2 of \/order-service\/orders\//) as unknown },
        ]),
      );
      expect(await order(id)).toMatchObject({ status: 'APPROVED' });
    });

    it('keeps the details of each event in its timeline', async () => {
      const id = await placed({ orderTotal: usd(6170) });
      expect(await history.timeline(id)).toEqual([
        {
          n: 1,
          event: 'OrderCreated',
          source: `/order-service/orders/${id}`,
          sequence: 1,
          details: expect.objectContaining({ consumerId: 7, orderTotal: '61.70', restaurantName: 'Ajanta' }) as unknown,
        },
      ]);
    });
  });

  describe('the orders of a consumer', () => {
    it('are listed newest first, in pages, each once', async () => {
      const consumerId = 201;
      const ids: number[] = [];
      for (let minute = 0; minute < 5; minute++) {
        // Two of them are placed at the same time.
        const time = new Date(Date.UTC(2026, 10, 30, 18, Math.min(minute, 3)));
        ids.unshift(await placed({ consumerId: String(consumerId) }, time));
      }
      const seen: number[] = [];
      let query = `consumerId=${consumerId}&pageSize=2`;
      for (let startKey: unknown = ''; startKey !== null; query = `consumerId=${consumerId}&pageSize=2&startKey=${startKey as string}`) {
        const { body } = await history.get(`/orders?${query}`);
        const orders = body.orders as Array<{ orderId: string }>;
        expect(orders.length).toBeLessThanOrEqual(2);
        seen.push(...orders.map(({ orderId }) => Number(orderId)));
        startKey = body.startKey;
      }
      expect(seen).toEqual(ids);
      expect(await found(`consumerId=${consumerId}`)).toEqual(ids);
    });

    it('end with the oldest, and continue where they were while new ones arrive', async () => {
      const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 18, minute));
      const mine = { consumerId: '205' };
      const [oldest, older] = [await placed(mine, at(1)), await placed(mine, at(2))];
      const page = async (query: string) => {
        const { body } = await history.get(`/orders?consumerId=205&${query}`);
        return [(body.orders as Array<{ orderId: string }>).map(({ orderId }) => Number(orderId)), body.startKey];
      };
      expect(await page('pageSize=2')).toEqual([[older, oldest], null]);
      const [, startKey] = await page('pageSize=1');
      const newer = await placed(mine, at(3));
      expect(await page(`startKey=${String(startKey)}`)).toEqual([[oldest], null]);
      expect(await page('')).toEqual([[newer, older, oldest], null]);
      const behindAll = Buffer.from('after:0:1').toString('base64url');
      expect(await page(`startKey=${behindAll}`)).toEqual([[], null]);
    });

    it('are at most a hundred by default', async () => {
      const ids = Array.from({ length: 101 }, nextId);
      await history.publish(...ids.map((id) => event('order', id, 1, 'OrderCreated', orderPlaced({ consumerId: '206' }))));
      await eventually(async () =>
        expect(await history.database.query('SELECT 1 FROM order_view WHERE consumer_id = 206')).toHaveLength(ids.length),
      );
      for (const query of ['', '&pageSize=100']) {
        const { body } = await history.get(`/orders?consumerId=206${query}`);
        expect([(body.orders as object[]).length, body.startKey]).toEqual([100, expect.any(String)]);
      }
    });

    it('come in pages of about one mebibyte when they are large, each once', async () => {
      const ids = Array.from({ length: 40 }, nextId);
      const line = { menuItemId: '1', name: '菜'.repeat(250), price: usd(100), quantity: 1 };
      const lineItems = Array.from({ length: 100 }, (_, i) => ({ ...line, menuItemId: `${i}` }));
      const large = orderPlaced({ consumerId: '207', lineItems });
      await history.publish(...ids.map((id) => event('order', id, 1, 'OrderCreated', large)));
      await eventually(async () =>
        expect(await history.database.query('SELECT 1 FROM order_view WHERE consumer_id = 207')).toHaveLength(ids.length),
      );
      const seen: number[] = [];
      let startKey: unknown = '';
      while (startKey !== null) {
        const { body } = await history.get(`/orders?consumerId=207${startKey === '' ? '' : `&startKey=${startKey as string}`}`);
        const orders = body.orders as Array<{ orderId: string }>;
        expect(Buffer.byteLength(JSON.stringify(orders))).toBeLessThan(1.2 * 1024 * 1024);
        seen.push(...orders.map(({ orderId }) => Number(orderId)));
        startKey = body.startKey;
      }
      expect(seen.toSorted((a, b) => a - b)).toEqual(ids);
    });

    it("have the JSON shape of the book's application", async () => {
      const id = await placed({ consumerId: '202' });
      expect((await history.get('/orders?consumerId=202')).body).toEqual({ orders: [await order(id)], startKey: null });
      expect(await order(id)).toMatchObject({ orderId: String(id), status: 'APPROVAL_PENDING', restaurantId: 1, restaurantName: 'Ajanta' });
    });

    it('can be filtered by status, time, and keywords in restaurant and item names, which must all match', async () => {
      const line = (name: string) => ({ menuItemId: '1', name, price: usd(100), quantity: 1 });
      const at = (day: number) => new Date(Date.UTC(2026, 10, day));
      const consumerId = '203';
      const curry = await placed({ consumerId, lineItems: [line('Chicken Vindaloo'), line('Garlic Naan')] }, at(1));
      const pizza = await placed(
        { consumerId, restaurantId: '2', restaurantName: 'Da Mario', lineItems: [line('Pizza Garlic & Chicken')] },
        at(2),
      );
      await arrived(pizza, event('order', pizza, 2, 'OrderAuthorized'));
      const mine = (query: string) => found(`consumerId=${consumerId}&${query}`);
      expect(await mine('')).toEqual([pizza, curry]);
      expect(await mine('status=APPROVED')).toEqual([pizza]);
      expect(await mine('status=REJECTED')).toEqual([]);
      expect(await mine('since=2026-11-02T00:00:00')).toEqual([pizza]);
      expect(await mine('since=2026-11-01T00:00:00Z')).toEqual([pizza, curry]);
      expect(await mine('keyword=garlic')).toEqual([pizza, curry]);
      expect(await mine('keyword=CHICKEN&keyword=mario')).toEqual([pizza]);
      expect(await mine('keyword=garlic+naan&keyword=ajanta')).toEqual([curry]);
      expect(await mine('keyword=naan&keyword=mario')).toEqual([]);
      expect(await mine('keyword=1')).toEqual([]);
      expect(await mine("keyword='%25;--&keyword=!")).toEqual([]);
      expect(await mine('keyword=chicken&status=APPROVED&since=2026-11-01T12:00:00&pageSize=1')).toEqual([pizza]);
    });

    it('show the current name of their restaurant, and are found by both names', async () => {
      const [id, consumerId] = [await placed({ consumerId: '204', restaurantId: '77', restaurantName: 'Ajanta' }), 204];
      await history.publish(
        event('restaurant', 77, 1, 'RestaurantCreated', restaurantNamed('Ajanta')),
        event('restaurant', 77, 2, 'RestaurantRevised', restaurantNamed('Taj Mahal')),
        event('restaurant', 77, 1, 'RestaurantCreated', restaurantNamed('Ajanta')),
      );
      await eventually(async () => expect(await order(id)).toMatchObject({ restaurantName: 'Taj Mahal' }));
      for (const name of ['taj', 'ajanta', 'taj&keyword=vindaloo'])
        expect(await found(`consumerId=${consumerId}&keyword=${name}`)).toEqual([id]);
    });

    it('are empty for a consumer without orders', async () => {
      expect(await history.get('/orders?consumerId=999999')).toMatchObject({ status: 200, body: { orders: [], startKey: null } });
    });

    it.each([
      ['no consumer', '', '/consumerId'],
      ['an invalid consumer id', 'consumerId=x', '/consumerId'],
      ['an unknown status', 'consumerId=1&status=EATEN', '/status'],
      ['an empty keyword', 'consumerId=1&keyword=', '/keyword'],
      ['too many keywords', `consumerId=1${'&keyword=a'.repeat(11)}`, '/keyword'],
      ['an invalid time', 'consumerId=1&since=yesterday', '/since'],
      ['a page of more than 100', 'consumerId=1&pageSize=101', '/pageSize'],
      ['a page size of 0', 'consumerId=1&pageSize=0', '/pageSize'],
      ['an invalid startKey', 'consumerId=1&startKey=next', '/startKey'],
      ['an empty startKey', 'consumerId=1&startKey=', '/startKey'],
      [
        'a startKey with a time out of range',
        `consumerId=1&startKey=${Buffer.from('after:-999999999999999:5').toString('base64url')}`,
        '/startKey',
      ],
      ['a startKey with an invalid id', `consumerId=1&startKey=${Buffer.from('after:1:0').toString('base64url')}`, '/startKey'],
    ])('are rejected for %s', async (_, query, pointer) => {
      const { status, contentType, body } = await history.get(`/orders?${query}`);
      expect([status, contentType]).toEqual([400, expect.stringContaining('application/problem+json')]);
      expect(body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer }] });
    });
  });

  it.each([
    ['/orders/888888', 404, 'ORDER_NOT_FOUND'],
    ['/orders/x', 400, 'VALIDATION_FAILED'],
    ['/history', 404, 'ROUTE_NOT_FOUND'],
  ])('answers %s with %d', async (path, status, code) => {
    expect(await history.get(path)).toMatchObject({
      status,
      contentType: expect.stringContaining('application/problem+json') as string,
      body: { code },
    });
  });

  it('does the same over gRPC', async () => {
    const time = new Date('2026-11-30T18:00:00Z');
    const [first, second] = [await placed({ consumerId: '301' }, time), await placed({ consumerId: '301' }, time)];
    const client = grpcClient(OrderHistoryServiceApi, { url: history.grpcUrl });
    const { calls } = client;
    try {
      const all = { consumerId: 301, keywords: [], pageSize: 0, pageToken: '' };
      const { orders, nextPageToken } = await calls.findOrders(all);
      expect([orders.map(({ orderId }) => orderId), nextPageToken]).toEqual([[second, first], '']);
      const page = await calls.findOrders({ ...all, pageSize: 1 });
      expect((await calls.findOrders({ ...all, pageToken: page.nextPageToken })).orders.map(({ orderId }) => orderId)).toEqual([first]);
      expect((await calls.findOrders({ ...all, keywords: ['ajanta'], status: 'APPROVAL_PENDING', since: time })).orders).toHaveLength(2);
      expect((await calls.findOrders({ ...all, status: 'CANCELLED' })).orders).toEqual([]);
      expect((await calls.getOrder({ orderId: first })).order).toMatchObject({
        orderId: first,
        consumerId: 301,
        restaurantName: 'Ajanta',
        status: 'APPROVAL_PENDING',
        deliveryStatus: 'PENDING',
        orderTotal: Money.of('61.70'),
        lineItems: [{ name: 'Chicken Vindaloo', price: Money.of('12.34'), quantity: 5 }],
        transitions: [{ event: 'OrderCreated', at: time }],
      });
      await expect(calls.getOrder({ orderId: 888_888 })).rejects.toMatchObject({ code: 'ORDER_NOT_FOUND', kind: 'not-found' });
      for (const wrong of [{ consumerId: 0 }, { pageToken: 'next' }, { pageSize: -1 }, { keywords: [''] }]) {
        await expect(calls.findOrders({ ...all, ...wrong })).rejects.toMatchObject({ kind: 'invalid' });
      }
    } finally {
      client.close();
    }
  });

  it('can be rebuilt from the topics while it is served', async () => {
    const id = await placed({ consumerId: '401' });
    await history.database.query(`UPDATE order_view SET status = 'CANCELLED' WHERE order_id = ${id}`);
    const broker = own.client('rebuild');
    try {
      await rebuildView({ databaseUrl: history.databaseUrl, broker });
    } finally {
      await broker.close();
    }
    expect(await order(id)).toMatchObject({ status: 'APPROVAL_PENDING' });
    await arrived(id, event('order', id, 2, 'OrderAuthorized'));
    expect(await order(id)).toMatchObject({ status: 'APPROVED' });
  });

  it('exports the number of missing events, even when it is 0', async () => {
    const { body } = await history.get('/metrics');
    const published = [...String(body.text).matchAll(/^history_gaps_total{source="(\w+)"} \d+$/gm)].map(([, source]) => source);
    expect(published).toEqual(['order', 'ticket', 'delivery']);
  });

  it('serves its OpenAPI document, Swagger UI and health', async () => {
    const { body } = await history.get('/openapi.json');
    const paths = Object.keys(body.paths as object).filter((path) => !path.startsWith('/operations/'));
    expect(paths).toEqual(['/orders', '/orders/{orderId}']);
    expect((await history.get('/swagger-ui/index.html')).status).toBe(200);
    expect((await history.get('/health/live')).status).toBe(200);
  });
});
