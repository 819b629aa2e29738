import { extensionHeader, messageContext } from '@ftgo/messaging';
import { describe, expect, it } from 'vitest';
import { DependencyUnavailable } from '../errors/dependency-unavailable.js';
import { createLogger } from './logging.js';

/** The lines that a logger writes. */
function logging() {
  const lines: string[] = [];
  const log = createLogger({ service: 'order-service', level: 'debug', destination: { write: (line) => void lines.push(line) } });
  return { log, lines, first: () => JSON.parse(lines[0] ?? '') as Record<string, unknown> };
}

describe('a log line', () => {
  it('names its request, message, trace and declared headers', () => {
    const { log, first } = logging();
    extensionHeader({ name: 'ce_tenant', logField: 'tenantId' });
    const context = {
      correlationId: 'request-1',
      causationId: 'message-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      message: { id: 'message-1', extensions: { ce_tenant: 'tenant-1', ce_undeclared: 'x' } },
    };
    messageContext.run(context, () => log.info('done'));
    expect(first()).toMatchObject({
      service: 'order-service',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      correlationId: 'request-1',
      causationId: 'message-1',
      messageId: 'message-1',
      tenantId: 'tenant-1',
    });
    expect(first()).not.toHaveProperty('ce_undeclared');
  });

  it('has an error’s type, message, code and causes, but no database details', () => {
    const { log, lines, first } = logging();
    const refused = Object.assign(new Error('violates a constraint'), { code: '23514', detail: 'Failing row contains (1 Hidden Lane)' });
    const failed = Object.assign(new Error('query failed', { cause: refused }), { parameters: ['1 Hidden Lane'] });
    log.error({ err: failed }, 'request failed');
    expect(first()).toMatchObject({
      err: {
        type: 'Error',
        message: 'query failed',
        stack: expect.any(String) as string,
        cause: { message: 'violates a constraint', code: '23514' },
      },
    });
    expect(lines.join('')).not.toContain('has no %s, however deeply nested');
  });

  it('has the causes of an outage, but no stacks', () => {
    const { log, first } = logging();
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:50052'), { code: 'ECONNREFUSED' });
    log.warn({ err: new DependencyUnavailable('consumer-service', { cause: refused }) }, 'request failed');
    expect(first()['err']).toEqual({
      type: 'DependencyUnavailable',
      message: 'consumer-service is unavailable',
      cause: { type: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:50052', code: 'ECONNREFUSED' },
    });
  });

  it.each(['token', 'card', 'cardNumber', 'address', 'deliveryAddress', 'authorization', 'password'])(
    'has no %s, however deeply nested',
    (name) => {
      const { log, lines } = logging();
      log.debug({ [name]: 'hidden', order: { [name]: 'hidden', consumers: [{ [name]: { street1: 'hidden' } }] }, id: 1 }, 'order');
      expect(lines.join('')).not.toContain('hidden');
      expect(lines.join('')).toContain('[redacted]');
      expect(lines.join('')).toContain('"id":1');
    },
  );
});
