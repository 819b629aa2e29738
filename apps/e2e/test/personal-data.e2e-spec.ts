import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { channels } from '@ftgo/contracts/channels';
import { eventually, type RunningSystem, readTopics, uniqueName } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ftgoCli } from './cli.js';
import { Ftgo, orderRequest } from './ftgo.js';
import { call, succeeded } from './http.js';
import { invariants } from './invariants.js';

let ftgo: Ftgo<RunningSystem>;

beforeAll(async () => {
  ftgo = await Ftgo.open();
}, 180_000);
afterAll(() => ftgo?.close());

const name = { firstName: uniqueName('Ada'), lastName: uniqueName('Lovelace') };
const street1 = uniqueName('Amazing-View');
const secrets = [name.firstName, name.lastName, street1];
const patience = { timeoutMs: 60_000 };

/** The folder of the system's data and logs, for the CLI. */
const homeOf = () => ({ FTGO_HOME: ftgo.system.environment('order-service')['FTGO_HOME'] });
const post = <Body>(app: string, path: string, body: object = {}) => succeeded<Body>(call('POST', ftgo.url(app, path), body));

/** The tables, topics and logs that contain the name or the address, as text or in bytes. */
async function traces(): Promise<string[]> {
  const pattern = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('hex')]).join('|');
  const found: string[] = [];
  for (const database of ftgo.databases.names) {
    const tables = await ftgo.databases.rows<{ name: string }>(
      database,
      `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname !~ '^pg_|^information_schema$' AND c.relkind IN ('r', 'p') AND NOT c.relispartition`,
    );
    for (const { name: table } of tables) {
      const rows = await ftgo.databases.number(database, `SELECT count(*) AS n FROM ${table} AS t WHERE t::text ~ $1`, [pattern]);
      if (rows > 0) found.push(`${rows} in ${database}.${table}`);
    }
  }
  const records = await readTopics(
    ftgo.system.broker,
    channels.map(({ topic }) => topic),
  );
  const isTrace = ({ value, headers }: (typeof records)[number]) =>
    secrets.some((secret) => [String(value), ...headers.values()].some((text) => text.includes(secret)));
  const logs = join(homeOf()['FTGO_HOME'] ?? '', 'logs');
  const hasTrace = (file: string) => secrets.some((secret) => readFileSync(join(logs, file), 'utf8').includes(secret));
  found.push(...readdirSync(logs).filter(hasTrace));
  return [...found, ...records.filter(isTrace).map(({ topic, position }) => `record ${position} of ${topic}`)].toSorted();
}

describe('the personal data of a consumer', () => {
  let consumerId: number;
  let orders: readonly [delivered: number, cancelled: number, inProgress: number];

  const accept = (orderId: number) => post('kitchen-service', `/tickets/${orderId}/accept`, { readyBy: '2100-01-01T10:00:00' });
  const deliver = async (orderId: number) => {
    for (const act of ['preparing', 'ready']) await post('kitchen-service', `/tickets/${orderId}/${act}`);
    await eventually(() => post('delivery-service', `/deliveries/${orderId}/pickup`), patience);
    await post('delivery-service', `/deliveries/${orderId}/dropoff`);
  };
  const erase = () =>
    post('consumer-service', `/operations/consumers/${consumerId}/erase`, { by: 'olga', reason: 'request 4711 of the consumer' });
  const untilTracesAre = (expected: readonly string[]) => eventually(async () => expect(await traces()).toEqual(expected), patience);

  beforeAll(async () => {
    const [consumer, restaurantId] = await Promise.all([
      post<{ consumerId: number }>('consumer-service', '/consumers', { name }),
      ftgo.aRestaurant(),
    ]);
    ({ consumerId } = consumer);
    const place = async () => {
      const request = orderRequest({ consumerId, restaurantId });
      const order = { ...request, deliveryAddress: { ...request.deliveryAddress, street1 } };
      return (await post<{ orderId: number }>('api-gateway', '/orders', order)).orderId;
    };
    orders = [await place(), await place(), await place()];
    await ftgo.untilApproved(orders);
    await post('delivery-service', '/couriers/4294967310/availability', { available: true });
    for (const id of [orders[0], orders[2]]) await accept(id);
    await post('order-service', `/orders/${orders[1]}/cancel`);
    await eventually(async () => expect((await ftgo.order(orders[1])).state).toBe('CANCELLED'), patience);
  }, 120_000);

  test('is stored by its owners only, and the courier gets the address through the gateway', async () => {
    expect(await traces()).toEqual(['1 in ftgo_consumer.consumers', '3 in ftgo_order.orders']);
    await eventually(async () => {
      const { courierActions } = await succeeded<{ courierActions: object[] }>(
        call('GET', ftgo.url('api-gateway', `/deliveries/${orders[0]}`)),
      );
      expect(courierActions.at(-1)).toMatchObject({ type: 'DROPOFF', address: { street1 } });
    }, patience);
    await deliver(orders[0]);
  });

  test('is nowhere after the erasure, except in an order that is still to be delivered', async () => {
    const record = { consumerId, actions: [{ actor: 'olga', action: 'consumer.erase', reason: 'request 4711 of the consumer' }] };
    expect(await erase()).toMatchObject(record);
    const repeated = await ftgoCli(homeOf(), 'consumer', 'erase', String(consumerId), '--reason', 'again', '--yes', '--json');
    expect(JSON.parse(repeated.out), repeated.error).toMatchObject(record);
    await untilTracesAre(['1 in ftgo_order.orders']);
    expect((await call('GET', ftgo.url('api-gateway', `/consumers/${consumerId}`))).status).toBe(404);
    await deliver(orders[2]);
    await untilTracesAre([]);
  });

  test('is erased from an order that is placed afterwards, and rejected', async () => {
    const request = orderRequest({ consumerId, restaurantId: await ftgo.aRestaurant() });
    const order = { ...request, deliveryAddress: { ...request.deliveryAddress, street1 } };
    const { orderId } = await post<{ orderId: number }>('order-service', '/orders', order);
    await ftgo.untilRejected([orderId]);
    await untilTracesAre([]);
  });

  test('is not needed by the invariants', async () => expect(await invariants(ftgo)).toEqual([]), 60_000);
});
