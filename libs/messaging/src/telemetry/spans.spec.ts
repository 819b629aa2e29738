import { describe, expect, it } from 'vitest';
import { activeTracer, spanContextOf, spanIdOf, startSpan, traceIdOf } from './spans.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it('names the trace and the span to continue, and whether they are recorded', () => {
    expect(spanContextOf({ traceparent: `00-${traceId}-${spanId}-01` })).toEqual({ traceId, spanId, traceFlags: 1, isRemote: true });
    expect(spanContextOf({ traceparent: `00-${traceId}-${spanId}-00` })).toMatchObject({ traceFlags: 0 });
    expect(traceIdOf(`00-${traceId}-${spanId}-01`)).toBe(traceId);
    expect(spanIdOf(`00-${traceId}-${spanId}-01`)).toBe(spanId);
  });

  it('of a later version may have more fields', () => {
    expect(spanContextOf({ traceparent: `01-${traceId}-${spanId}-03-more` })).toMatchObject({ traceId, spanId, traceFlags: 1 });
  });

  it.each([
    ['nothing', undefined],
    ['no trace', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['no span', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['an invalid version', `ff-${traceId}-${spanId}-01`],
    ['fields that version 00 does not have', `00-${traceId}-${spanId}-01-more`],
    ['capital letters', `00-${traceId.toUpperCase()}-${spanId}-01`],
  ])('with %s is ignored', (_, traceparent) => {
    expect(spanContextOf({ traceparent })).toBeUndefined();
  });

  it('is accompanied by the tracestate', () => {
    const context = spanContextOf({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'vendor=value' });
    expect(context?.traceState?.serialize()).toBe('vendor=value');
  });
});

describe('without an SDK', () => {
  it('there is no tracer and no span, and the attributes of a span are not even computed', () => {
    expect(activeTracer()).toBeUndefined();
    const options = () => {
      throw new Error('computed');
    };
    expect(startSpan('work', { traceparent: `00-${traceId}-${spanId}-01` }, options)).toBeUndefined();
  });
});
