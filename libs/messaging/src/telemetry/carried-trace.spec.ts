import { describe, expect, it } from 'vitest';
import { carriedTrace } from './carried-trace.js';

const ids = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7';
const stateOf = (tracestate: string) => carriedTrace({ traceparent: `00-${ids}-01`, tracestate }).tracestate;
const membersOf = (count: number, valueLength = 1) => Array.from({ length: count }, (_, i) => `k${i}=${'v'.repeat(valueLength)}`);

describe('the trace context of a caller', () => {
  it.each([undefined, '', 'x', `ff-${ids}-01`, `00-${ids}-01-more`, `00-${ids}-01, 00-${ids}-01`, `00-${ids}-01é`])(
    'is dropped if its traceparent is %j',
    (traceparent) => {
      expect(carriedTrace({ traceparent, tracestate: 'a=1' })).toEqual({});
    },
  );

  it('keeps a valid traceparent, reduced to version 00', () => {
    expect(carriedTrace({ traceparent: `00-${ids}-00` }).traceparent).toBe(`00-${ids}-00`);
    expect(carriedTrace({ traceparent: `01-${ids}-03-é\u0000` }).traceparent).toBe(`00-${ids}-01`);
  });

  it.each([
    ['a=1,b=2', 'a=1,b=2'],
    ['foo=1 \t , \t bar=2', 'foo=1,bar=2'],
    ['a=1,,b=2, ', 'a=1,b=2'],
    ['tenant@system=1,0t@s=2', 'tenant@system=1,0t@s=2'],
    ['a= x y ,b=2', 'a= x y,b=2'],
    ['a=1,a=2', 'a=1'],
    ['a=1,B=2,c=3=4,d,=5,e=,f=é,g=\t,0h=6', 'a=1'],
    ['a=1\u0000', undefined],
    ['', undefined],
  ])('keeps the valid members of the tracestate %j: %j', (given, carried) => {
    expect(stateOf(given)).toBe(carried);
  });

  it('keeps at most 32 members', () => {
    expect(stateOf(membersOf(33).join(','))).toBe(membersOf(32).join(','));
  });

  it('keeps at most 512 characters, dropping long members first', () => {
    const long = `long=${'v'.repeat(200)}`;
    expect(stateOf([long, ...membersOf(4, 100)].join(','))).toBe(membersOf(4, 100).join(','));
    expect(stateOf(membersOf(6, 100).join(','))).toBe(membersOf(4, 100).join(','));
    expect(stateOf([long, 'a=1'].join(','))).toBe(`${long},a=1`);
  });
});
