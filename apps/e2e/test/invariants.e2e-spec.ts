import { randomUUID } from 'node:crypto';
import { services } from '@ftgo/contracts/channels';
import type { Report } from '@ftgo/invariants';
import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ftgoCli } from './cli.js';
import { Ftgo, samosas } from './ftgo.js';
import { call, succeeded } from './http.js';
import { invariants, reportOf } from './invariants.js';

let ftgo: Ftgo;
let consumerId: number;
let restaurantId: number;

beforeAll(async () => {
  ftgo = await Ftgo.shared();
  [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer({ creditLimit: '10000.00' }), ftgo.aRestaurant(), ftgo.aRestaurant()]);
}, 180_000);

afterAll(() => ftgo?.close());

const approvedOrders = async (count: number): Promise<number[]> => {
  const ids = await Promise.all(Array.from({ length: count }, () => ftgo.placeOrder({ consumerId, restaurantId })));
  await ftgo.untilApproved(ids);
  return ids.toSorted((one, other) => one - other);
};
const post = (app: string, path: string, body: object = {}) => succeeded(call('POST', ftgo.url(app, path), body));
const becomes = (orderId: number, state: string) =>
  eventually(async () => expect((await ftgo.order(orderId)).state).toBe(state), { timeoutMs: 60_000 });
const run = (database: string, sql: string, values: unknown[] = []) => ftgo.databases.rows(database, sql, values);
const cli = (...args: readonly string[]) => ftgoCli({ FTGO_HOME: ftgo.system.environment('order-service')['FTGO_HOME'] }, ...args);

async function deliver(orderId: number): Promise<void> {
  const courierId = 4_294_967_302;
  await post('delivery-service', `/couriers/${courierId}/availability`, { available: true });
  await post('kitchen-service', `/tickets/${orderId}/accept`, { readyBy: '2100-01-01T10:00:00' });
  for (const act of ['preparing', 'ready']) await post('kitchen-service', `/tickets/${orderId}/${act}`);
  await eventually(() => post('delivery-service', `/deliveries/${orderId}/pickup`), { timeoutMs: 60_000 });
  await post('delivery-service', `/deliveries/${orderId}/dropoff`);
}

test('hold for approved, delivered, revised, cancelled and rejected orders', async () => {
  const { counts: before } = await reportOf(ftgo);
  const [delivered, revised, cancelled] = (await approvedOrders(4)) as [number, number, number, number];
  await deliver(delivered);
  await post('order-service', `/orders/${revised}/revise`, { revisedOrderLineItems: [{ menuItemId: samosas.id, quantity: 3 }] });
  await post('order-service', `/orders/${cancelled}/cancel`);
  await Promise.all([becomes(revised, 'APPROVED'), becomes(cancelled, 'CANCELLED')]);
  const poor = await ftgo.aConsumer({ creditLimit: '10.00' });
  await ftgo.untilRejected([await ftgo.placeOrder({ consumerId: poor, restaurantId })]);
  await ftgo.untilRejected([await ftgo.placeOrder({ consumerId: 987_654, restaurantId })]);
  expect(await invariants(ftgo)).toEqual([]);
  const { counts } = await reportOf(ftgo);
  expect(counts).toMatchObject({ orders: before.orders + 6, consumers: before.consumers + 1, replicas: before.replicas });
}, 120_000);

/** Enough for the relay to prove that it has published everything. */
const settleSeconds = 6;

interface Planted {
  readonly invariant: string;
  readonly title: string;
  readonly database: string;
  /** $1 is the id of the row that it changes. */
  readonly plant: string;
  readonly undo: string;
  /** Finds the id; default: an approved order of its own. */
  readonly id?: string;
  readonly about?: RegExp;
  readonly what?: RegExp;
}

const outboxes = services.map((service) => ({ service, database: databaseOf(service) }));

const groups = services
  .filter((service) => service !== 'restaurant-service')
  .map((service) => ({ service, database: databaseOf(service) }));

function databaseOf(service: string): string {
  return `ftgo_${service.replace(/-service$/, '').replaceAll('-', '_')}`;
}

const anyMessage = (service: string) =>
  `SELECT message_id::text AS id FROM inbox WHERE consumer_group = '${service}' ORDER BY message_id DESC LIMIT 1`;
const otherId = randomUUID();
const pair = (sequence: number) => `(SELECT id FROM outbox WHERE source = '/order-service/orders/' || $1 AND sequence LIKE '%${sequence}')`;
const swapped = `UPDATE outbox o SET id = CASE WHEN o.id = p.first THEN p.second ELSE p.first END
  FROM (SELECT ${pair(1)} AS first, ${pair(2)} AS second) AS p WHERE o.id IN (p.first, p.second)`;

const cases: readonly Planted[] = [
  {
    invariant: 'orders end',
    title: 'an order waits, and no saga works on it',
    database: 'ftgo_order',
    plant: `UPDATE orders SET state = 'CANCEL_PENDING' WHERE id = $1`,
    undo: `UPDATE orders SET state = 'APPROVED' WHERE id = $1`,
  },
  {
    invariant: 'orders end',
    title: 'a saga has no deadline',
    database: 'ftgo_order',
    plant: `UPDATE saga_instance SET status = 'RUNNING', ended_at = NULL WHERE (state->>'orderId')::bigint = $1`,
    undo: `UPDATE saga_instance SET status = 'COMPLETED', ended_at = now() WHERE (state->>'orderId')::bigint = $1`,
  },
  {
    invariant: 'tickets agree',
    title: 'the ticket of an approved order is cancelled',
    database: 'ftgo_kitchen',
    plant: `UPDATE tickets SET state = 'CANCELLED' WHERE id = $1`,
    undo: `UPDATE tickets SET state = 'AWAITING_ACCEPTANCE' WHERE id = $1`,
  },
  {
    invariant: 'tickets agree',
    title: 'a ticket has other lines than its order',
    database: 'ftgo_kitchen',
    plant: `UPDATE tickets SET line_items = jsonb_set(line_items, '{0,quantity}', '6') WHERE id = $1`,
    undo: `UPDATE tickets SET line_items = jsonb_set(line_items, '{0,quantity}', '5') WHERE id = $1`,
  },
  {
    invariant: 'tickets agree',
    title: 'a ticket is for an order that does not exist',
    database: 'ftgo_kitchen',
    plant: `INSERT INTO tickets SELECT (jsonb_populate_record(t, '{"id": 1000000}')).* FROM tickets t WHERE id = $1`,
    undo: `DELETE FROM tickets WHERE id = 1000000 AND $1::bigint > 0`,
    about: /order 1000000/,
  },
  {
    invariant: 'authorisations agree',
    title: 'another amount than the total is authorised',
    database: 'ftgo_accounting',
    plant: 'UPDATE authorizations SET amount = amount + 1 WHERE order_id = $1',
    undo: 'UPDATE authorizations SET amount = amount - 1 WHERE order_id = $1',
  },
  {
    invariant: 'authorisations agree',
    title: 'the authorisation of an approved order is missing',
    database: 'ftgo_accounting',
    plant: 'UPDATE authorizations SET order_id = -order_id WHERE order_id = $1',
    undo: 'UPDATE authorizations SET order_id = -order_id WHERE order_id = -$1::bigint',
  },
  {
    invariant: 'deliveries agree',
    title: 'the delivery of an approved order is cancelled',
    database: 'ftgo_delivery',
    plant: `UPDATE deliveries SET state = 'CANCELLED' WHERE id = $1`,
    undo: `UPDATE deliveries SET state = 'PENDING' WHERE id = $1`,
  },
  {
    invariant: 'deliveries agree',
    title: 'what was not delivered is captured',
    database: 'ftgo_accounting',
    plant: `UPDATE authorizations SET state = 'CAPTURED' WHERE order_id = $1`,
    undo: `UPDATE authorizations SET state = 'AUTHORIZED' WHERE order_id = $1`,
  },
  {
    invariant: 'deliveries agree',
    title: 'a delivery knows another state of its ticket',
    database: 'ftgo_kitchen',
    plant: `UPDATE tickets SET state = 'ACCEPTED' WHERE id = $1`,
    undo: `UPDATE tickets SET state = 'AWAITING_ACCEPTANCE' WHERE id = $1`,
  },
  {
    invariant: 'history agrees',
    title: 'the history shows another state',
    database: 'ftgo_order_history',
    plant: `UPDATE order_view SET status = 'REJECTED' WHERE order_id = $1`,
    undo: `UPDATE order_view SET status = 'APPROVED' WHERE order_id = $1`,
  },
  {
    invariant: 'history agrees',
    title: 'the timeline lacks an event',
    database: 'ftgo_order_history',
    plant: 'UPDATE order_timeline SET order_id = -order_id WHERE order_id = $1 AND n = 1',
    undo: 'UPDATE order_timeline SET order_id = -order_id WHERE order_id = -$1::bigint',
  },
  {
    invariant: 'consumers are notified',
    title: 'a consumer got no notification',
    database: 'ftgo_consumer',
    plant: 'UPDATE notifications SET order_id = -order_id WHERE order_id = $1',
    undo: 'UPDATE notifications SET order_id = -order_id WHERE order_id = -$1::bigint',
  },
  {
    invariant: 'accounts add up',
    title: 'an account is not what its events say',
    database: 'ftgo_accounting',
    id: `SELECT stream_id AS id FROM stored_event ORDER BY occurred_at LIMIT 1`,
    plant: `INSERT INTO stream_snapshot (stream, stream_id, version, format, state) VALUES ('account', $1, 1, 2,
      '{"version": 1, "state": "ACTIVE", "captured": {"minorUnits": 1, "currency": "USD"}, "openAuthorizations": []}')`,
    undo: `DELETE FROM stream_snapshot WHERE stream_id = $1`,
    about: /consumer \d+/,
    what: /^account: .*according to its events/,
  },
  {
    invariant: 'accounts add up',
    title: 'more is authorised than the limit allows',
    database: 'ftgo_accounting',
    id: `SELECT stream_id AS id FROM stored_event WHERE type = 'CreditLimitChanged' ORDER BY occurred_at LIMIT 1`,
    plant: `UPDATE stored_event SET data = jsonb_set(data, '{creditLimit,minorUnits}', '1') WHERE type = 'CreditLimitChanged' AND stream_id = $1`,
    undo: `UPDATE stored_event SET data = jsonb_set(data, '{creditLimit,minorUnits}', '1000000') WHERE type = 'CreditLimitChanged' AND stream_id = $1`,
    about: /consumer \d+/,
    what: /but the limit is 0[.]01/,
  },
  ...['order', 'kitchen', 'delivery', 'order_history'].map((name) => ({
    invariant: 'replicas are current',
    title: `the replica of ${name} lacks a change`,
    database: `ftgo_${name}`,
    id: 'SELECT id::text FROM restaurants LIMIT 1',
    plant: 'UPDATE restaurants SET sequence = 0 WHERE id = $1',
    undo: 'UPDATE restaurants SET sequence = 1 WHERE id = $1',
    about: /restaurant \d+/,
  })),
  ...outboxes.map(({ service, database }) => ({
    invariant: 'outboxes are published',
    title: `a row of ${service} differs from its record`,
    database,
    id: 'SELECT id::text FROM outbox ORDER BY position LIMIT 1',
    plant: `UPDATE outbox SET subject = subject || '!' WHERE id = $1`,
    undo: `UPDATE outbox SET subject = rtrim(subject, '!') WHERE id = $1`,
    about: new RegExp(service),
    what: /was published with different content: headers/,
  })),
  ...outboxes.map(({ service, database }) => ({
    invariant: 'outboxes are published',
    title: `a row of ${service} is not in its topic, and a record is in no outbox`,
    database,
    id: 'SELECT id::text FROM outbox ORDER BY position DESC LIMIT 1',
    plant: `UPDATE outbox SET id = '${otherId}' WHERE id = $1`,
    undo: `UPDATE outbox SET id = $1 WHERE id = '${otherId}'`,
    about: new RegExp(`${service}, ${otherId}`),
    what: /is known to be published, but is not in/,
  })),
  {
    invariant: 'messages are in order',
    title: 'two events of an order were published in another order',
    database: 'ftgo_order',
    plant: swapped,
    undo: swapped,
    about: /order-service/,
    what: /was published after/,
  },
  ...groups.map(({ service, database }) => ({
    invariant: 'messages are handled',
    title: `${service} has not handled a message`,
    database,
    id: anyMessage(service),
    plant: `UPDATE inbox SET consumer_group = 'other' WHERE message_id = $1`,
    undo: `UPDATE inbox SET consumer_group = '${service}' WHERE message_id = $1`,
    about: new RegExp(service),
  })),
  ...services.map((service) => ({
    invariant: 'nothing is dead-lettered',
    title: `a dead letter of ${service} waits`,
    database: databaseOf(service),
    id: 'SELECT gen_random_uuid()::text AS id',
    plant: `INSERT INTO dead_letter (consumer_group, message_id, topic, partition, position, headers, status, error)
      VALUES ('${service}', $1, 'ftgo.consumer.events', 0, '1', '{}', 'dead', 'planted')`,
    undo: 'DELETE FROM dead_letter WHERE message_id = $1',
    about: new RegExp(`dead letter ${service}/`),
  })),
];

describe('a violation is reported:', () => {
  const ids = new Map<Planted, string>();
  let report: Report;
  let said: Awaited<ReturnType<typeof cli>>;
  let answered: Report;

  beforeAll(async () => {
    const own = await approvedOrders(cases.filter(({ id }) => id === undefined).length);
    expect(await invariants(ftgo)).toEqual([]);
    // A row that may still be published is in flight, whatever happens to it.
    const unproved = 'SELECT count(*) AS n FROM outbox, relay_checkpoint WHERE NOT pg_visible_in_snapshot(xid, snapshot)';
    for (const { database } of outboxes) await eventually(async () => expect(await ftgo.databases.number(database, unproved)).toBe(0));
    for (const each of cases) {
      const found = each.id ? String((await run(each.database, each.id))[0]?.['id']) : String(own.pop());
      ids.set(each, found);
      await run(each.database, each.plant, [found]);
    }
    // At the same time: each waits whether what is in flight settles.
    [report, said, answered] = await Promise.all([
      reportOf(ftgo, settleSeconds * 1_000),
      cli('invariants', '--settle', String(settleSeconds)),
      succeeded<Report>(call('GET', ftgo.url('api-gateway', `/operations/invariants?settle=${settleSeconds}`))),
    ]);
  }, 180_000);

  afterAll(async () => {
    for (const each of cases.toReversed()) await run(each.database, each.undo, [ids.get(each)]);
    expect(await invariants(ftgo)).toEqual([]);
  }, 60_000);

  test.each(cases)('$invariant: $title', (each) => {
    const { invariant, about = new RegExp(`^order ${ids.get(each)}$`), what = /./ } = each;
    const found = report.violations.filter((one) => one.invariant === invariant && about.test(one.about) && what.test(one.what));
    expect(found).not.toEqual([]);
  });

  test('by the CLI, each with the command that shows more, and by its exit code', () => {
    const { code, out } = said;
    expect([code, out]).toEqual([1, expect.stringContaining('npm run ftgo -- order show ')]);
    for (const invariant of new Set(cases.map((each) => each.invariant)))
      expect(out).toMatch(new RegExp(`${invariant} .* [1-9]\\d*$`, 'm'));
  });

  test('by the gateway', () => {
    const { violations } = answered;
    const found = (all: Report['violations']) => all.map(({ invariant, about }) => `${invariant}: ${about}`).toSorted();
    expect(found(violations)).toEqual(found(report.violations));
  });
});

describe('while a part of the system is down', () => {
  test('an order that waits is in flight, not violated', async () => {
    await ftgo.system.stop('kitchen-service');
    const orderId = await ftgo.placeOrder({ consumerId, restaurantId });
    const { code, out } = await cli('invariants', '--settle', '1');
    expect([code, out]).toEqual([2, expect.stringMatching(new RegExp(`order ${orderId}: is APPROVAL_PENDING: saga create-order is at`))]);
    expect(out).toContain('kitchen-service: does not respond');
    await ftgo.system.start('kitchen-service');
    await ftgo.untilApproved([orderId]);
  }, 60_000);

  test('what waits for the relay is in flight', async () => {
    const [orderId] = await approvedOrders(1);
    expect(await invariants(ftgo)).toEqual([]);
    await ftgo.system.stop('outbox-relay');
    await post('kitchen-service', `/tickets/${orderId}/accept`, { readyBy: '2100-01-01T10:00:00' });
    const { code, out } = await cli('invariants', '--settle', '1');
    expect([code, out]).toEqual([0, expect.stringMatching(new RegExp(`order ${orderId}: its ticket is ACCEPTED.*not published`))]);
    await ftgo.system.start('outbox-relay');
    expect(await invariants(ftgo)).toEqual([]);
  }, 60_000);

  test('the CLI confirms afterwards that every invariant holds', async () => {
    const { code, out } = await cli('invariants');
    expect([code, out]).toEqual([0, expect.stringContaining('every invariant holds')]);
  }, 60_000);
});
