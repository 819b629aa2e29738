import { describe, expect, it } from 'vitest';
import { reasonIn } from './app-health.js';

describe('the reason why an app is not ready', () => {
  it('names what fails, and not what fails because of it', () => {
    const outbox = 'connect ECONNREFUSED';
    const parts = { database: 'cannot connect', messaging: 'ready', outbox };
    expect(reasonIn({ status: 'down', parts, degraded: { outbox } })).toBe('database: cannot connect');
    expect(reasonIn({ status: 'degraded', parts: { database: 'ready', outbox }, degraded: { outbox } })).toBe(`outbox: ${outbox}`);
  });

  it('is one line, with each reason once', () => {
    const parts = { ftgo_order: 'waiting:\n  for Kafka', ftgo_kitchen: 'waiting:\n  for Kafka', ftgo_delivery: 'starting' };
    expect(reasonIn({ status: 'down', parts })).toBe('ftgo_order, ftgo_kitchen: waiting: for Kafka; ftgo_delivery: starting');
  });

  it('is unknown if no part reports one', () => {
    expect(reasonIn({ status: 'down', parts: { database: 'ready' } })).toBe('no reason reported');
  });
});
