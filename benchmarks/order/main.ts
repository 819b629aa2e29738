/**
 * From POST /orders to APPROVED on an idle system with every process of `npm start`, orders one after the other.
 * `npm run bench -- order [orders]`
 */
import { startSystem, type TestSystem } from '@ftgo/testing';
import { Client } from 'pg';
import { machineCpuSeconds } from '../proc.js';
import { machine, median, percentile, table } from '../report.js';
import { anOrder, post, watchApprovals } from './orders.js';

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

async function measure({ urls, broker, databases }: TestSystem): Promise<void> {
  const gateway = urls['api-gateway'] ?? '';
  const body = await anOrder(gateway, urls);
  const approvals = await watchApprovals(broker);
  const answered: number[] = [];
  const approved: number[] = [];
  let cpu = 0;
  for (let i = 0; i < warmUp + orders; i++) {
    if (i === warmUp) cpu = machineCpuSeconds();
    const began = performance.now();
    const { orderId } = await post<{ orderId: number }>(`${gateway}/orders`, body);
    const answeredAfter = performance.now() - began;
    const approvedAfter = (await approvals.of(String(orderId))) - began;
    if (i < warmUp) continue;
    answered.push(answeredAfter);
    approved.push(approvedAfter);
    if ((i - warmUp + 1) % 50 === 0) console.log(`${i - warmUp + 1} of ${orders} orders`);
  }
  const cpuPerOrder = ((machineCpuSeconds() - cpu) / orders) * 1_000;
  await approvals.close();
  const row = (name: string, values: number[]) => [name, ms(median(values)), ms(percentile(values, 0.95)), ms(percentile(values, 0.99))];
  console.log(
    `\n${table(['from POST to', 'p50', 'p95', 'p99'], [row('its response', answered), row('OrderAuthorized received', approved)])}`,
  );
  console.log(`\nCPU of the whole machine per order: ${ms(cpuPerOrder)}`);
  console.log(
    `\nFrom the sending of a step's command to the transaction of its reply, from saga_history:\n${await steps(databases['ftgo_order'] ?? '')}`,
  );
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
