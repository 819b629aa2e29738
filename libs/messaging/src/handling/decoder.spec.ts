import { describe, expect, it } from 'vitest';
import type { ReceivedRecord } from '../broker/broker.js';
import { envelopeOf } from './decoder.js';
import { Undecodable } from './errors.js';

const recordWith = (headers: Record<string, string>): ReceivedRecord => ({
  topic: 'orders',
  partition: 0,
  position: '0',
  key: undefined,
  value: Buffer.from('{}'),
  headers: new Map(Object.entries({ ce_type: 'shop.v1.Taken', ...headers }).map(([name, text]) => [name, Buffer.from(text)])),
});

describe('the extensions of a message', () => {
  it('are all headers that are not fixed, except empty ones', () => {
    const headers = { ce_id: 'x', ce_tenant: 'north', 'x-note': 'ü', traceparent: '00-0-0-00', empty: '' };
    expect(envelopeOf(recordWith(headers)).extensions).toEqual({ ce_tenant: 'north', 'x-note': 'ü' });
  });

  it('are unfolded if a relay sends them in one header; a separate header wins', () => {
    const headers = { ce_extensions: '{"ce_tenant":"north","ce_outcome":"success"}', ce_tenant: 'south' };
    expect(envelopeOf(recordWith(headers)).extensions).toEqual({ ce_tenant: 'south', ce_outcome: 'success' });
  });

  it.each(['{', '"text"', '[1]', '{"ce_tenant":1}', 'null'])('are not read from %s', (text) => {
    expect(() => envelopeOf(recordWith({ ce_extensions: text }))).toThrow(Undecodable);
  });
});
