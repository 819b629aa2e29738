import { setTimeout as sleep } from 'node:timers/promises';
import { wallClockMs } from '@ftgo/kernel';
import type { SystemDescription } from '@ftgo/runner/system';
import { findApps } from '@ftgo/runner/workspace';
import { Client } from 'pg';
import { mermaid, ownerOf } from '../architecture/drawing.js';

/** A message that an order caused, as stored in the outbox of its sender. */
interface SentMessage {
  readonly from: string;
  readonly topic: string;
  readonly type: string;
  readonly time: Date;
}

/** An order that was placed, and the times of the request, of its response and of the approval. */
interface PlacedOrder {
  readonly correlationId: string;
  readonly postedAt: number;
  readonly answeredAt: number;
  readonly approvedAt: number;
}

/** Places orders and draws its course to the median one until its approval, with the time of each message. */
export async function sequenceOfOneOrder(system: SystemDescription, order: object): Promise<string[]> {
  const gateway = urlOf(system, 'api-gateway');
  const placed: PlacedOrder[] = [];
  for (let i = 0; i < 2 * drawnFrom; i++) placed.push(await place(gateway, order, `order-${i}`));
  // The first orders of a process are slower.
  const byDuration = placed.slice(drawnFrom).toSorted((a, b) => durationOf(a) - durationOf(b));
  const median = byDuration[Math.floor(drawnFrom / 2)] as PlacedOrder;
  return drawSequence(median, ofParticipants(await messagesOf(system, median)));
}

/** Without the events of services that only follow the order. */
function ofParticipants(messages: readonly SentMessage[]): SentMessage[] {
  const participants = new Set(messages.filter(({ topic }) => !topic.endsWith('.events')).map(({ from }) => from));
  return messages.filter(({ from }) => participants.has(from));
}

const drawnFrom = 50;

const durationOf = ({ postedAt, approvedAt }: PlacedOrder): number => approvedAt - postedAt;

export const urlOf = ({ endpoints }: SystemDescription, app: string): string => endpoints.find(({ name }) => name === app)?.http ?? '';

/** Resolves when the order is approved. */
async function place(gateway: string, order: object, correlationId: string): Promise<PlacedOrder> {
  const headers = { 'content-type': 'application/json', 'x-correlation-id': correlationId };
  const postedAt = wallClockMs();
  const response = await fetch(`${gateway}/orders`, { method: 'POST', headers, body: JSON.stringify(order) });
  const { orderId } = (await response.json()) as { orderId: number };
  const answeredAt = wallClockMs();
  for (;;) {
    const { orderInfo } = (await (await fetch(`${gateway}/orders/${orderId}`)).json()) as { orderInfo: { state: string } };
    if (orderInfo.state === 'APPROVED') return { correlationId, postedAt, answeredAt, approvedAt: wallClockMs() };
    await sleep(5);
  }
}

async function messagesOf({ databases }: SystemDescription, { correlationId }: PlacedOrder): Promise<SentMessage[]> {
  const owners = findApps().flatMap(({ name, database }) => (database ? [{ name, database }] : []));
  const sent = owners.map(async ({ name, database }) => {
    const client = new Client({ connectionString: databases[database] });
    await client.connect();
    const { rows } = await client.query<Omit<SentMessage, 'from'>>(
      'SELECT topic, type, time FROM outbox WHERE correlation_id = $1 ORDER BY position',
      [correlationId],
    );
    await client.end();
    return rows.map((row) => ({ ...row, from: name }));
  });
  return (await Promise.all(sent)).flat();
}

function drawSequence({ postedAt, answeredAt }: PlacedOrder, messages: readonly SentMessage[]): string[] {
  const since = (at: number) => `${Math.max(0, Math.round(at - postedAt))} ms`;
  const sent = messages.map((message) => ({ at: message.time.getTime(), line: lineOf(message, since(message.time.getTime())) }));
  const answer = { at: answeredAt, line: `  api-gateway-->>client: order id (${since(answeredAt)})` };
  const lines = [...sent, answer].toSorted((a, b) => a.at - b.at);
  return [
    ...mermaid(
      'sequenceDiagram',
      '  participant client as HTTP client',
      '  participant api-gateway',
      ...[...new Set(messages.map(({ from }) => from))]
        .toSorted((a, b) => firstOf(messages, a) - firstOf(messages, b))
        .map((name) => `  participant ${name}`),
      '  client->>api-gateway: POST /orders (0 ms)',
      '  api-gateway->>order-service: gRPC CreateOrder',
      ...lines.map(({ line }) => line),
    ),
  ];
}

const firstOf = (messages: readonly SentMessage[], app: string): number =>
  Math.min(...messages.filter(({ from }) => from === app).map(({ time }) => time.getTime()));

function lineOf({ from, topic, type }: SentMessage, at: string): string {
  const name = type.split('.').at(-1);
  if (topic.endsWith('.commands')) return `  ${from}->>${ownerOf(topic)}: ${name} (${at})`;
  if (topic.endsWith('.replies')) return `  ${from}-->>${ownerOf(topic)}: ${name} (${at})`;
  return `  Note over ${from}: event ${name} (${at})`;
}
