import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { becauseNoKafka, eventually, noKafka, writeRecords } from '@ftgo/testing';
import { eventRecord } from '@ftgo/testing/services';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ftgoCli } from './cli.js';
import { Ftgo, type OrderWish, restaurantRequest } from './ftgo.js';
import { call, succeeded } from './http.js';
import { invariants } from './invariants.js';
import { placeOf } from './place.js';

let ftgo: Ftgo;
let wish: OrderWish;
let approved: number;
/** Placed while kitchen-service is down. */
let waiting: number;

const secret = 'eleven fish for Ada';

beforeAll(async () => {
  ftgo = await Ftgo.shared();
  // Above 2^31, so that no code treats ids as 32-bit numbers.
  await ftgo.databases.rows('ftgo_consumer', 'ALTER TABLE consumers ALTER COLUMN id RESTART WITH 4294967301');
  const [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer(), ftgo.aRestaurant()]);
  wish = { consumerId, restaurantId };
  approved = await ftgo.placeOrder(wish);
  await ftgo.untilApproved([approved]);
}, 180_000);

afterAll(() => ftgo?.close());

const stepOf = async (orderId: number): Promise<string | undefined> => {
  const rows = await ftgo.databases.rows<{ step: string }>(
    'ftgo_order',
    `SELECT step FROM saga_instance WHERE (state->>'orderId')::bigint = $1`,
    [orderId],
  );
  return rows[0]?.step;
};

const cli = (...args: readonly string[]) => ftgoCli({ FTGO_HOME: ftgo.system.environment('order-service')['FTGO_HOME'] }, ...args);

const fallback = /^[\w-]+ does not respond: .*; reading database \w+$/;

/** The output of a command, which must succeed. All that it may report is that it reads the database of a service that is down. */
async function outputOf(...args: readonly string[]): Promise<string> {
  const { code, out, error } = await cli(...args);
  const reported = error.split('\n').filter((line) => line !== '' && !fallback.test(line));
  expect([code, reported]).toEqual([0, []]);
  return out;
}

const json = async <Data>(...args: readonly string[]): Promise<Data> => JSON.parse(await outputOf(...args, '--json')) as Data;

/** An unreadable record about the same order. */
async function poison(orderId: number): Promise<void> {
  const headers = {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_source: '/nobody',
    ce_type: 'ftgo.kitchen.v1.CreateTicket',
    ce_subject: '1',
  };
  const record = { topic: 'ftgo.kitchen.commands', key: Buffer.from(String(orderId)), value: Buffer.from(secret), headers };
  ftgo.planted.push(...(await writeRecords(ftgo.system.broker, [record])));
}

/** A perfect forgery of the next event of a restaurant, with a price of 0.01; resolves to its place. */
async function forgedPrice(restaurantId: number): Promise<string> {
  const { sequence } = await ftgo.untilKnown('order-service', restaurantId);
  const { name, address } = restaurantRequest({});
  const menuItems = [{ id: '1', name: 'Chicken Vindaloo', price: { currencyCode: 'USD', minorUnits: '1' } }];
  const { topic, key, value, headers } = eventRecord({
    publisher: 'restaurant',
    type: 'RestaurantMenuRevised',
    id: restaurantId,
    sequence: sequence + 1,
    payload: { name, address, menu: { menuItems } },
  });
  const named = Object.fromEntries(headers.map(([name, bytes]) => [String(name), String(bytes)]));
  const written = await writeRecords(ftgo.system.broker, [{ topic, key, value, headers: named }]);
  ftgo.planted.push(...written);
  return placeOf(written[0]!);
}

interface SagaLine {
  readonly id: string;
  readonly orderId: number;
  readonly status: string;
}

const sagaOf = async (orderId: number) =>
  (await json<readonly SagaLine[]>('saga', 'list')).find((saga) => saga.orderId === orderId) as SagaLine;

describe('an approved order', () => {
  test('is shown on one screen as not stuck', async () => {
    const screen = await outputOf('order', 'show', String(approved));
    expect(screen).toMatch(new RegExp(`^order +${approved}  APPROVED  61.70`));
    expect(screen).toMatch(/^ticket +AWAITING_ACCEPTANCE$/m);
    expect(screen).toMatch(/^authorisation +AUTHORIZED 61.70$/m);
    expect(screen).toMatch(/^trace +[0-9a-f]{32}$/m);
    expect(screen).toMatch(/^status +COMPLETED$/m);
    expect(screen).toMatch(/sent +create ticket/);
    expect(screen).toMatch(/^why +Not stuck: the order is APPROVED, its ticket AWAITING_ACCEPTANCE, its delivery PENDING\.$/m);
    expect(screen).not.toMatch(/^next/m);
  });

  test('has its timeline numbered from 1', async () => {
    await eventually(async () => {
      const { timeline } = await json<{ timeline: { value: ReadonlyArray<{ n: number; event: string }> } }>(
        'order',
        'show',
        String(approved),
      );
      expect(timeline.value.map(({ n }) => n)).toEqual(timeline.value.map((_, i) => i + 1));
      expect(timeline.value.map(({ event }) => event)).toEqual(
        expect.arrayContaining(['OrderCreated', 'TicketCreated', 'OrderAuthorized']),
      );
    });
  });
});

describe('an order that waits for a kitchen that is down', () => {
  beforeAll(async () => {
    await ftgo.system.stop('kitchen-service');
    waiting = await ftgo.placeOrder(wish);
    await eventually(async () => expect(await stepOf(waiting)).toBe('create ticket'), { timeoutMs: 30_000 });
  });

  test('is shown with the reply that it waits for, the process that is down, and how to start it', async () => {
    const screen = await outputOf('order', 'show', String(waiting));
    expect(screen).toMatch(/^order +\d+  APPROVAL_PENDING/);
    expect(screen).toMatch(/^ticket +unknown: kitchen-service does not respond/m);
    expect(screen).toMatch(/^waits for +the reply of kitchen-service to CreateTicket/m);
    expect(screen).toMatch(/^deadline +\d{4}-/m);
    expect(screen).toMatch(
      /^why +Saga create-order has been waiting for the reply of kitchen-service to CreateTicket \(step create ticket\) for [\d.]+ (s|min): process kitchen-service is down\.$/m,
    );
    expect(screen).toMatch(/^next +npm run ftgo -- start kitchen-service$/m);
  });

  test('is shown with one line about the database that is read instead', async () => {
    const { error } = await cli('order', 'show', String(waiting));
    expect(error.trim().split('\n')).toEqual([
      expect.stringMatching(/^kitchen-service does not respond: .*; reading database ftgo_kitchen$/),
    ]);
  });

  test('is among the sagas that the gateway lists, which names the kitchen as missing', async () => {
    type Listed = { readonly sagas: ReadonlyArray<{ readonly service: string; readonly state: { readonly orderId: number } }> };
    const { sagas } = await succeeded<Listed>(call('GET', ftgo.url('api-gateway', '/operations/sagas?status=RUNNING')));
    expect(sagas.map(({ service, state }) => [service, state.orderId])).toEqual([['order-service', waiting]]);
    for (const path of ['dead-letters', 'outbox', 'replicas'])
      expect(await succeeded(call('GET', ftgo.url('api-gateway', `/operations/${path}`)))).toMatchObject({
        unavailable: [{ service: 'kitchen-service', reason: 'does not respond' }],
      });
  });

  test('is reported in JSON with the same diagnosis', async () => {
    const { sentence, next, traceId, order } = await json<Record<string, unknown>>('order', 'show', String(waiting));
    expect({ sentence, next, traceId, order }).toEqual({
      sentence: expect.stringContaining('process kitchen-service is down') as string,
      next: 'npm run ftgo -- start kitchen-service',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      order: { value: expect.objectContaining({ state: 'APPROVAL_PENDING' }) as object },
    });
  });

  test('can be shown for a system that runs elsewhere, by its URLs', async () => {
    const [database] = Object.values(ftgo.system.databases);
    const urls = Object.entries(ftgo.system.urls).map(([app, url]) => [`FTGO_${app.replaceAll('-', '_').toUpperCase()}_URL`, url]);
    const environment = { FTGO_HOME: join(tmpdir(), 'ftgo-nothing-here'), FTGO_POSTGRES_URL: database, ...Object.fromEntries(urls) };
    const { code, out } = await ftgoCli(environment, 'order', 'show', String(waiting));
    expect(code).toBe(0);
    expect(out).toMatch(/process kitchen-service is down\.$/m);
    expect(out).toMatch(/^next +docker-compose start kitchen-service/m);
  });

  test('has a saga that is listed by type and state, and shown with its history', async () => {
    const { id, status } = await sagaOf(waiting);
    expect(status).toBe('RUNNING');
    expect(await outputOf('saga', 'list', '--type', 'create-order', '--state', 'RUNNING')).toMatch(
      new RegExp(`^${id} +create-order +${waiting} +RUNNING`, 'm'),
    );
    expect(await outputOf('saga', 'list', '--state', 'COMPLETED')).not.toContain(id);
    expect(await outputOf('saga', 'list', '--stuck')).toBe('no sagas\n');
    const shown = await outputOf('saga', 'show', id);
    expect(shown).toMatch(/^step +create ticket, since /m);
    expect(shown).toMatch(/succeeded +validate consumer/);
  });

  test('has its step retried by an operator, who is in the history', async () => {
    const { id } = await sagaOf(waiting);
    const screen = await outputOf('saga', 'retry', id, '--reason', 'the kitchen returns', '--by', 'olga');
    expect(screen).toMatch(/retried-by-operator +create ticket +olga: the kitchen returns$/m);
  });

  test('is not resolved by a script that does not confirm it', async () => {
    const { id } = await sagaOf(waiting);
    const { code, error } = await cli('saga', 'resolve', id, '--as', 'COMPLETED', '--reason', 'done by hand');
    expect([code, error]).toEqual([1, expect.stringContaining('Repeat the command with --yes to confirm')]);
    expect((await sagaOf(waiting)).status).toBe('RUNNING');
  });
});

describe('without order-service', () => {
  beforeAll(() => ftgo.system.stop('order-service'));
  afterAll(() => ftgo.system.start('order-service'));

  test('an order is shown from the databases, with the command that starts the service', async () => {
    const screen = await outputOf('order', 'show', String(waiting));
    expect(screen).toMatch(/^order +\d+  unknown: order-service does not respond/m);
    expect(screen).toMatch(/^waits for +the reply of kitchen-service to CreateTicket/m);
    expect(screen).toMatch(/process order-service is down/);
    expect(await outputOf('ps')).toMatch(/^next  npm run ftgo -- start order-service$/m);
  });

  test('a replica is rebuilt by a process of its own', async () => {
    const { code, out, error } = await cli('replica', 'rebuild', 'order-service', 'restaurants', '--reason', 'a test');
    expect([code, out]).toEqual([0, expect.stringMatching(/rebuilt replica restaurants: \d+ events? applied, 0 skipped/)]);
    expect(error).toMatch(/^order-service does not respond: .*; rebuilding in a process of its own$/m);
  });
});

describe('without a relay', () => {
  beforeAll(() => ftgo.system.stop('outbox-relay'));
  afterAll(() => ftgo.system.start('outbox-relay'));

  test('an order is shown with the command that is not published', async () => {
    // The gateway notices within a moment that order-service is back.
    const unheard = await eventually(() => ftgo.placeOrder(wish));
    const screen = await outputOf('order', 'show', String(unheard));
    expect(screen).toMatch(/^waits for +the reply of consumer-service to ValidateOrderByConsumer, not published yet$/m);
    expect(screen).toMatch(/^why .*process outbox-relay is down; no relay reads ftgo_order, with \d+ messages? unpublished/m);
    expect(screen).toMatch(/^next +npm run ftgo -- start outbox-relay$/m);
    expect(await outputOf('relay', 'status')).toMatch(/^ftgo_order +no relay +does not respond .* \d+ messages? /m);
  });
});

describe.skipIf(noKafka)(`without a broker${becauseNoKafka}`, () => {
  beforeAll(() => ftgo.system.stop('kafka'));
  afterAll(() => ftgo.system.start('kafka'));

  test('an order is shown with Kafka as the cause, and how to start it', async () => {
    const unheard = await ftgo.placeOrder(wish);
    const screen = await outputOf('order', 'show', String(unheard));
    expect(screen).toMatch(/^why +Saga create-order has been waiting for the reply of .*: process kafka is down/m);
    expect(screen).toMatch(/^next +npm run ftgo -- start kafka$/m);
  });
});

describe('a message that kitchen-service could not read', () => {
  let ref: string;

  beforeAll(async () => {
    await poison(waiting);
    await ftgo.system.start('kitchen-service');
    await ftgo.untilApproved([waiting]);
    ref = await eventually(
      async () => {
        const { messages } = await json<{ messages: ReadonlyArray<{ ref: string }> }>(
          'dead-letters',
          'list',
          '--service',
          'kitchen-service',
        );
        const [first] = messages;
        if (!first) throw new Error('nothing is dead-lettered yet');
        return first.ref;
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
  });

  test('is shown with its order, the error, and the command that shows it', async () => {
    const screen = await outputOf('order', 'show', String(waiting));
    expect(screen).toMatch(/^why +No saga is in progress .*, but kitchen-service dead-lettered CreateTicket on ftgo\.kitchen\.commands: /m);
    expect(screen).toContain(`npm run ftgo -- dead-letters show ${ref}`);
    expect(screen).not.toContain(secret);
  });

  test('is listed only for its service', async () => {
    expect(await outputOf('dead-letters', 'list')).toMatch(new RegExp(`^${ref} +dead +CreateTicket +ftgo\\.kitchen\\.commands`, 'm'));
    expect(await outputOf('dead-letters', 'list', '--service', 'order-service')).toBe('none\n');
    expect(await outputOf('dead-letters', 'list', '--state', 'deferred')).toBe('none\n');
  });

  test('is shown without its payload by default', async () => {
    expect(await outputOf('dead-letters', 'show', ref)).toMatch(
      new RegExp(`^payload +${secret.length} bytes; use --payload to show them$`, 'm'),
    );
    expect(await outputOf('dead-letters', 'show', ref, '--json')).not.toContain(Buffer.from(secret).toString('base64'));
    expect(await outputOf('dead-letters', 'show', ref, '--payload')).toContain(secret);
  });

  test('is dead-lettered again if an operator redrives it before it can be read', async () => {
    const attempts = async () => (await json<{ attempts: number }>('dead-letters', 'show', ref)).attempts;
    const before = await attempts();
    const redriven = await outputOf('dead-letters', 'redrive', ref, '--reason', 'the schema is deployed', '--by', 'olga');
    expect(redriven).toBe(`due now: ${ref}\n`);
    await eventually(async () => expect(await attempts()).toBe(before + 1), { timeoutMs: 60_000, intervalMs: 500 });
    const screen = await outputOf('dead-letters', 'show', ref);
    expect(screen).toMatch(/^status +dead$/m);
    expect(screen).toMatch(/^action +dead-letter\.redrive, .* by olga \(unverified\): the schema is deployed$/m);
  });

  test('is not discarded by a script that does not confirm it', async () => {
    const { code, error } = await cli('dead-letters', 'discard', ref, '--reason', 'sent by a test');
    expect([code, error]).toEqual([1, expect.stringContaining('Repeat the command with --yes to confirm')]);
    expect(await outputOf('dead-letters', 'show', ref)).toMatch(/^status +dead$/m);
  });

  test('is discarded by an operator, and shows who did it and why', async () => {
    await outputOf('dead-letters', 'discard', ref, '--reason', 'sent by a test', '--by', 'olga', '--yes');
    const screen = await outputOf('dead-letters', 'show', ref);
    expect(screen).toMatch(/^status +discarded$/m);
    expect(screen).toMatch(/^action +dead-letter\.discard, .* by olga \(unverified\): sent by a test$/m);
    expect(await outputOf('dead-letters', 'list', '--service', 'kitchen-service')).toBe('none\n');
  });

  test('leaves the relay publishing', async () => {
    await eventually(
      async () => {
        const lines = await json<ReadonlyArray<{ database: string; state: string }>>('relay', 'status');
        expect(lines.filter(({ state }) => state !== 'publishing')).toEqual([]);
        expect(lines.map(({ database }) => database)).toContain('ftgo_order');
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
  });
});

test('the commands have changed nothing', async () => {
  expect(await invariants(ftgo)).toEqual([]);
});

describe('view rebuild', () => {
  const status = async () =>
    (await succeeded<{ status: string }>(call('GET', ftgo.url('order-history-service', `/orders/${approved}`)))).status;

  test('rebuilds the order history from all events while it is served', async () => {
    await ftgo.databases.rows('ftgo_order_history', `UPDATE order_view SET status = 'REJECTED' WHERE order_id = $1`, [approved]);
    expect(await status()).toBe('REJECTED');
    const { code, error } = await cli('view', 'rebuild');
    expect([code, error]).toEqual([0, '']);
    expect(await status()).toBe('APPROVED');
  });

  test('is shown with who asked for it, and a replica of restaurants can be rebuilt likewise', async () => {
    expect(await outputOf('replica', 'list', 'order-history-service')).toMatch(
      /^order-history-service +orders +ready .* replica\.rebuilt, /m,
    );
    expect(await outputOf('replica', 'rebuild', 'kitchen-service', 'restaurants', '--reason', 'a test', '--by', 'olga')).toMatch(
      /rebuilt replica restaurants of kitchen-service: \d+ events? applied, 0 skipped/,
    );
    expect(await outputOf('replica', 'list')).toMatch(/^kitchen-service +restaurants +ready .* by olga \(unverified\)/m);
  });

  test('leaves out a forged event that an operator has struck out', async () => {
    const restaurantId = await ftgo.aRestaurant();
    const forged = await forgedPrice(restaurantId);
    const price = async () => (await ftgo.untilKnown('order-service', restaurantId)).menu.menuItems[0]?.price;
    await eventually(async () => expect(await price()).toBe('0.01'));
    const strikeOut = ['replica', 'strike-out', 'order-service', 'restaurants', forged, '--reason', 'forged'];
    expect((await cli(...strikeOut)).error).toMatch(/^order-service will never handle .* again\. .* Repeat the command with --yes/);
    expect(await price()).toBe('0.01');
    expect(await outputOf(...strikeOut, '--yes')).toMatch(/rebuilt replica restaurants of order-service/);
    expect(await price()).toBe('12.34');
    const others = { 'kitchen-service': 'restaurants', 'delivery-service': 'restaurants', 'order-history-service': 'orders' };
    for (const [service, replica] of Object.entries(others))
      expect(await outputOf('replica', 'strike-out', service, replica, forged, '--reason', 'forged', '--yes')).toMatch(/rebuilt replica/);
    expect(await invariants(ftgo)).toEqual([]);
  });

  test('fails with a single line when no system is running', async () => {
    const { code, error } = await ftgoCli({ FTGO_HOME: join(tmpdir(), 'ftgo-nothing-here') }, 'view', 'rebuild');
    expect(code).toBe(1);
    expect(error.trim().split('\n')).toEqual([expect.stringMatching(/^no system is running here: /)]);
  });
});

test('a message that no service needs is skipped by an operator, and not published again', async () => {
  const id = randomUUID();
  const skipped = await outputOf('relay', 'skip', 'order-service', id, '--reason', 'sent by a test', '--by', 'olga', '--yes');
  expect(skipped).toBe(`message ${id} is skipped\n`);
  expect(await outputOf('outbox', 'republish', 'order-service', '--reason', 'a relay that knows its channel')).toBe(
    'nothing was rejected\n',
  );
  expect(await outputOf('outbox', 'order-service')).toMatch(new RegExp(`${id}.*olga at 127\\.0\\.0\\.1.*sent by a test`));
});

describe('something that does not exist', () => {
  test.each([
    ['an order', ['order', 'show', '987654'], 'order 987654 not found'],
    ['an invalid order id', ['order', 'show', 'mine'], "invalid order id 'mine': expected a positive integer"],
    ['a saga', ['saga', 'show', 'unknown'], 'saga unknown not found: see npm run ftgo -- saga list'],
    ['a type of saga', ['saga', 'list', '--type', 'buy-fish'], /^no saga of type buy-fish: expected one of (.*, )?create-order/],
    ['a dead letter', ['dead-letters', 'show', 'kitchen-service/99'], /^dead letter 99 of kitchen-service not found: see /],
    ['a dead letter without its service', ['dead-letters', 'show', '3'], /^invalid dead letter '3': expected SERVICE\/NUMBER/],
    [
      'a service',
      ['dead-letters', 'list', '--service', 'fish-service'],
      /^fish-service is not a service with a database: expected one of accounting-service, /,
    ],
  ])('%s is reported in one line, with exit code 1', async (_what, args, words) => {
    const { code, out, error } = await cli(...args);
    expect([code, out]).toEqual([1, '']);
    expect(error.trim().split('\n')).toEqual([expect.stringMatching(words)]);
  });

  test.each([
    [['saga', 'list', '--state', 'FISHY'], "'--state <STATE>' argument 'FISHY' is invalid. Allowed choices are RUNNING, "],
    [['logs', 'kitchen-service', '-n', 'many'], "'-n, --lines <N>' argument 'many' is invalid. Expected a number of lines"],
  ])('is reported in one line, with exit code 2, if an option does not allow it: %j', async (args, words) => {
    const { code, out, error } = await cli(...args);
    expect([code, out]).toEqual([2, '']);
    expect(error.trim().split('\n')).toEqual([expect.stringContaining(`option ${words}`)]);
  });
});
