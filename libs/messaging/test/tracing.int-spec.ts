import { messagingDatabase, PriceChanged, refusal, SoldOut, stockReplies, TakeStock, takeStock } from '@ftgo/testing/messaging';
import { SpanKind, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedRecord } from '../src/broker/index.js';
import { extensionHeader, type Handler, messageContext, NotYet, Outbox, occurred } from '../src/index.js';
import type { MessagingLogger } from '../src/telemetry/index.js';
import { Processing } from './processing.js';

const exporter = new InMemorySpanExporter();
const sender = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const traced = { traceparent: `00-${sender.traceId}-${sender.spanId}-01` };
const unrecorded = { traceparent: `00-${sender.traceId}-${sender.spanId}-00` };

let database: Awaited<ReturnType<typeof messagingDatabase>>;
let outbox: Outbox;
let lines: Array<Record<string, unknown>>;

beforeAll(async () => {
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  database = await messagingDatabase();
  outbox = new Outbox(database.transactions);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.pool.query('TRUNCATE outbox, inbox, dead_letter');
  exporter.reset();
  lines = [];
});

const spans = (name: string): ReadableSpan[] => exporter.getFinishedSpans().filter((span) => span.name.startsWith(name));
const parentOf = (span: ReadableSpan | undefined) =>
  span?.parentSpanContext && { traceId: span.parentSpanContext.traceId, spanId: span.parentSpanContext.spanId };
const headerOf = (span: ReadableSpan | undefined) => `00-${span?.spanContext().traceId}-${span?.spanContext().spanId}-01`;
const sent = async (): Promise<string[]> =>
  (await database.pool.query<{ traceparent: string }>('SELECT traceparent FROM outbox ORDER BY position')).rows.map(
    ({ traceparent }) => traceparent,
  );

function processor(take: (command: TakeStock) => Promise<unknown>): Processing {
  const handlers: Handler[] = [
    { kind: 'command', type: TakeStock, name: 'Stock.take', handle: (message) => take(message.payload as TakeStock) },
  ];
  const log = (message: string, details?: Record<string, unknown>) =>
    void lines.push({ message, ...details, context: messageContext.open });
  const logger: MessagingLogger = { log, warn: log, error: log };
  return new Processing({
    handlers,
    transactions: database.transactions,
    outbox,
    refusal,
    replyChannels: [stockReplies],
    source: '/stock-service',
    group: 'stock',
    system: { system: 'kafka', positionAttribute: 'messaging.kafka.offset' },
    logger,
  });
}

const batch = (...records: ReceivedRecord[]) => ({
  topic: records[0]?.topic ?? '',
  partition: 0,
  records,
  signal: new AbortController().signal,
});
const context = { correlationId: 'request-1', causationId: 'request-1', ...traced };
const changePrice = () => outbox.publish({ id: 'pen', version: 1 }, [occurred(PriceChanged, { item: 'pen', cents: 120 })]);

/** Declared as a saga library does. */
extensionHeader({ name: 'ce_sagaid', spanAttribute: 'saga.id' });
extensionHeader({ name: 'ce_sagastep', spanAttribute: 'saga.step' });

describe('a message that is sent', () => {
  it('continues the trace of its sender, at the span of its own creation', async () => {
    await messageContext.run(context, () => database.transactions.run(async () => changePrice()));
    const [created] = spans('publish shop.price.events');
    expect(parentOf(created)).toEqual(sender);
    expect(created?.kind).toBe(SpanKind.PRODUCER);
    expect(created?.attributes).toMatchObject({
      'messaging.destination.name': 'shop.price.events',
      'messaging.message.conversation_id': 'request-1',
      'cloudevents.event_type': 'shop.v1.PriceChanged',
      'cloudevents.event_subject': 'pen',
    });
    expect(await sent()).toEqual([headerOf(created)]);
  });

  it('leaves no span if its transaction is rolled back', async () => {
    const failing = database.transactions.run(async () => {
      changePrice();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('propagates that it is not to be recorded', async () => {
    await messageContext.run({ ...context, ...unrecorded }, () => database.transactions.run(async () => changePrice()));
    expect(exporter.getFinishedSpans()).toEqual([]);
    expect(await sent()).toEqual([expect.stringMatching(new RegExp(`^00-${sender.traceId}-[0-9a-f]{16}-00$`))]);
  });
});

describe('a message that is handled', () => {
  it('has a span below its creation, and what it sends is below that span', async () => {
    await processor(async () => ({ left: 1 })).process(batch(takeStock({ item: 'pen', quantity: 1 }, traced)));
    const [handled] = spans('process shop.stock.commands');
    expect(parentOf(handled)).toEqual(sender);
    expect(handled?.kind).toBe(SpanKind.CONSUMER);
    expect(handled?.attributes).toMatchObject({
      'messaging.consumer.group.name': 'stock',
      'messaging.process.outcome': 'handled',
      'code.function.name': 'Stock.take',
      'saga.id': 'saga-1',
      'saga.step': 'take stock',
    });
    const [replied] = spans('publish shop.order.replies');
    expect(parentOf(replied)).toEqual({ traceId: sender.traceId, spanId: handled?.spanContext().spanId });
    expect(await sent()).toEqual([headerOf(replied)]);
  });

  it('keeps its own trace in a batch', async () => {
    const other = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    const records = [
      takeStock({ item: 'pen', quantity: 1 }, traced),
      takeStock({ item: 'ink', quantity: 1 }, { traceparent: `00-${other.traceId}-${other.spanId}-01` }),
    ];
    await processor(async () => ({ left: 1 })).process(batch(...records));
    expect(spans('process').map(parentOf)).toEqual([sender, other]);
    expect(spans('publish').map((span) => span.spanContext().traceId)).toEqual([sender.traceId, other.traceId]);
  });

  it('shows a failed attempt, without its message, and no span of another message rolled back with it', async () => {
    let tries = 0;
    const take = async ({ item }: TakeStock) => {
      if (item === 'ink' && ++tries < 2) throw new TypeError('1 Hidden Lane');
      return { left: 1 };
    };
    await processor(take).process(batch(takeStock({ item: 'pen', quantity: 1 }, traced), takeStock({ item: 'ink', quantity: 1 }, traced)));
    const outcomes = spans('process').map(({ attributes }) => String(attributes['messaging.process.outcome'] ?? attributes['error.type']));
    expect(outcomes.toSorted()).toEqual(['TypeError', 'handled', 'handled']);
    expect(spans('publish')).toHaveLength(2);
    expect(JSON.stringify(exporter.getFinishedSpans().map(({ attributes, status, events }) => [attributes, status, events]))).not.toContain(
      'Hidden',
    );
  });

  it('has one log line, in its own context, once its transaction has committed', async () => {
    const outcomes: Record<string, () => Promise<unknown>> = {
      pen: async () => ({ left: 1 }),
      ink: () => Promise.reject(new SoldOut('ink')),
      nib: () => Promise.reject(new NotYet(new SoldOut('nib'))),
    };
    const records = Object.keys(outcomes).map((item) => takeStock({ item, quantity: 1 }, traced));
    const consumer = processor(({ item }) => outcomes[item]?.() ?? Promise.resolve());
    await consumer.process(batch(...records));
    expect(lines.map(({ message, outcome }) => [message, outcome])).toEqual(
      ['handled', 'refused', 'deferred'].map((outcome) => ['message handled', outcome]),
    );
    const [handled] = spans('process');
    expect(lines[0]).toMatchObject({
      handler: 'Stock.take',
      type: 'shop.v1.TakeStock',
      durationMs: expect.any(Number) as number,
      context: { traceparent: headerOf(handled), message: { extensions: { ce_sagaid: 'saga-1', ce_sagastep: 'take stock' } } },
    });
    lines = [];
    await consumer.process(batch(...records));
    expect(lines.map(({ outcome }) => outcome)).toEqual(['duplicate', 'duplicate', 'duplicate']);
  });
});
