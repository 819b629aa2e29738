import { messageContext } from '@ftgo/messaging';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { placed, placeOrderSaga } from './shop.js';
import { SagaWorld } from './world.js';

const exporter = new InMemorySpanExporter();
const request = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const context = { correlationId: 'request-1', causationId: 'request-1', traceparent: `00-${request.traceId}-${request.spanId}-01` };
let world: SagaWorld;

beforeAll(async () => {
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  world = await SagaWorld.open();
});
afterAll(() => world.close());
beforeEach(() => exporter.reset());

const start = (orderId: number) => messageContext.run(context, () => world.start(placeOrderSaga, { ...placed, orderId }));
const spanOf = (id: string | undefined): ReadableSpan | undefined =>
  exporter.getFinishedSpans().find((span) => span.spanContext().spanId === id);
/** The step of a span. */
const aboutStep = (span: ReadableSpan | undefined) => `${span?.name.split(' ', 2).join(' ')}: ${String(span?.attributes['saga.step'])}`;

describe('the trace of a saga', () => {
  it('is that of the request that started it, up to the last message', async () => {
    await start(1);
    await world.settle();
    const spans = exporter.getFinishedSpans();
    expect(spans.length).toBeGreaterThan(10);
    expect([...new Set(spans.map((span) => span.spanContext().traceId))]).toEqual([request.traceId]);
    const roots = spans.filter((span) => spanOf(span.parentSpanContext?.spanId) === undefined);
    expect(roots.map((span) => span.parentSpanContext?.spanId)).toEqual(roots.map(() => request.spanId));
  });

  it('includes the messages sent after a deadline', async () => {
    const id = await start(2);
    await world.settleExcept(({ saga_step }) => saga_step === 'reserve');
    expect(await world.timePasses(id)).toBe(true);
    const timeUp = exporter.getFinishedSpans().find(({ name }) => name === 'saga time-up');
    expect(timeUp?.parentSpanContext).toMatchObject(request);
    expect(timeUp?.attributes).toMatchObject({ 'saga.id': id, 'saga.name': placeOrderSaga.name, 'saga.step': 'reserve' });
    const undone = exporter.getFinishedSpans().filter((span) => span.parentSpanContext?.spanId === timeUp?.spanContext().spanId);
    expect(undone.map(aboutStep)).toEqual([expect.stringMatching(/^publish .*: reserve:undo$/)]);
    const [command] = await world.sent();
    expect(command?.['traceparent']).toBe(`00-${request.traceId}-${undone[0]?.spanContext().spanId}-01`);
  });

  it('includes the moves by an operator', async () => {
    const id = await start(3);
    await world.settleExcept(({ saga_step }) => saga_step === 'reserve');
    await world.operations.retry(id, { by: 'ops', reason: 'lost' });
    const moved = exporter.getFinishedSpans().find(({ name }) => name === 'saga operator');
    expect(moved?.parentSpanContext).toMatchObject(request);
  });
});
