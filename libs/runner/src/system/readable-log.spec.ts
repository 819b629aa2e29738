import { describe, expect, it } from 'vitest';
import { readable } from './readable-log.js';

const at = '2026-11-21T12:00:00.000Z';
const line = (fields: object) => readable(JSON.stringify({ level: 'info', time: at, service: 'order-service', pid: 1, ...fields }));

describe('a log line for people', () => {
  it('has the time, the level, the message and its fields', () => {
    expect(line({ context: 'Service', msg: 'up', url: 'http://[::1]:8082', batch: [1, 2] })).toBe(
      '12:00:00.000 info  [Service] up url=http://[::1]:8082 batch=[1,2]',
    );
  });

  it('shows ids that have the same value once', () => {
    expect(line({ traceId: 't', correlationId: 'r', causationId: 'r', msg: 'request handled', requestId: 'r' })).toBe(
      '12:00:00.000 info  request handled traceId=t correlationId=r',
    );
    expect(line({ correlationId: 'r', causationId: 'm', status: 200, attempts: 200, msg: 'message handled' })).toBe(
      '12:00:00.000 info  message handled correlationId=r causationId=m status=200 attempts=200',
    );
  });

  it('is unchanged unless it is JSON', () => {
    expect(readable('database system is ready\n{"half')).toBe('database system is ready\n{"half');
  });
});
