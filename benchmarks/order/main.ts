/**
 * From POST /orders to APPROVED on the idle system: every process of `npm start`, orders one after the other.
 * `npm run bench -- order [orders]`
 */
import { header, kafkaBroker } from '@ftgo/messaging';
import { startSystem, type TestSystem, uniqueName } from '@ftgo/testing';
import { Client } from 'pg';
import { machine, median, percentile, table } from '../report.js';

const orders = Number(process.argv[2] ?? 200);
const warmUp = 50;
const ms = (value: number): string => `${value.toFixed(1)} ms`;

console.log(`${machine('@nestjs/core', 'pg', 'typeorm', '@grpc/grpc-js', '@platformatic/kafka')}\nstarting the system …`);
const system = await startSystem({ isDurable: true });
try {
  await measure(system);
} finally {
  await system.close();
}
process.exit(0);

async function measure({ urls, brokers, databases }: TestSystem): Promise<void> {
  const gateway = urls['api-gateway'] ?? '';
  const body = await anOrder(gateway, urls);
  const approvals = await watchApprovals(brokers.split(','));
  const answered: number[] = [];
  const approved: number[] = [];
  for (let i = 0; i < warmUp + orders; i++) {
    const began = performance.now();
    const { orderId } = await post<{ orderId: number }>(`${gateway}/orders`, body);
    const answeredAfter = performance.now() - began;
    const approvedAfter = (await approvals.of(String(orderId))) - began;
    if (i < warmUp) continue;
    answered.push(answeredAfter);
    approved.push(approvedAfter);
    if ((i - warmUp + 1) % 50 === 0) console.log(`${i - warmUp + 1} of ${orders} orders`);
  }
  await approvals.close();
  const row = (name: string, values: number[]) => [name, ms(median(values)), ms(percentile(values, 0.95)), ms(percentile(values, 0.99))];
  console.log(
    `\n${table(['from POST to', 'p50', 'p95', 'p99'], [row('its answer', answered), row('OrderAuthorized received', approved)])}`,
  );
  console.log(
    `\nBetween the sending of a step's command and its answer's transaction, from saga_history:\n${await steps(databases['ftgo_order'] ?? '')}`,
  );
}

async function anOrder(gateway: string, urls: Readonly<Record<string, string>>): Promise<object> {
  const { consumerId } = await post<{ consumerId: number }>(`${gateway}/consumers`, { name: { firstName: 'Ada', lastName: 'Lovelace' } });
  const address = { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94611' };
  const menu = { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }] };
  const { id } = await post<{ id: number }>(`${gateway}/restaurants`, { name: 'Ajanta', address, menu });
  for (const service of ['order-service', 'kitchen-service']) {
    while (!(await fetch(`${urls[service]}/restaurants/${id}`)).ok) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // What one consumer may have open by default does not reach for all the orders.
  const raised = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ creditLimit: '1000000000.00' }) };
  const limit = `${urls['accounting-service']}/accounts/${consumerId}/limit`;
  while (!(await fetch(limit, raised)).ok) await new Promise((resolve) => setTimeout(resolve, 20));
  const lineItems = [{ menuItemId: '1', quantity: 5 }];
  return { consumerId, restaurantId: id, deliveryTime: '2030-01-01T19:00:00', deliveryAddress: address, lineItems };
}

/** Notes when the approval of each order comes in. */
async function watchApprovals(brokers: string[]) {
  const broker = kafkaBroker({ brokers, clientId: 'bench' });
  const came = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  await broker.subscribe({
    group: uniqueName('bench'),
    topics: ['ftgo.order.events'],
    handler: async ({ records }) => {
      for (const { headers } of records) {
        if (!headers.get(header.type)?.toString().endsWith('.OrderAuthorized')) continue;
        const order = headers.get(header.subject)?.toString() ?? '';
        const at = performance.now();
        came.set(order, at);
        waiting.get(order)?.(at);
      }
    },
  });
  return {
    of: (order: string) =>
      new Promise<number>((resolve) => (came.has(order) ? resolve(came.get(order) ?? 0) : waiting.set(order, resolve))),
    close: () => broker.close(),
  };
}

async function steps(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ step: string; p50: number; p99: number }>(`
    WITH times AS (
      SELECT step, extract(epoch FROM max(at) FILTER (WHERE event = 'succeeded') - min(at) FILTER (WHERE event = 'sent')) * 1000 AS ms
      FROM saga_history GROUP BY saga_id, step)
    SELECT step, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50, percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) AS p99
    FROM times WHERE ms IS NOT NULL GROUP BY step ORDER BY min(ms)`);
  await client.end();
  return table(
    ['step', 'p50', 'p99'],
    rows.map(({ step, p50, p99 }) => [step, ms(p50), ms(p99)]),
  );
}

async function post<Answer>(url: string, body: object): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
