import { describe, expect, it } from 'vitest';
import type { ReceivedRecord } from '../src/broker/index.js';
import { inboxId } from '../src/inbox/inbox-id.js';

const recordOf = (offset: bigint, value: string): ReceivedRecord => ({
  topic: 'orders',
  partition: 0,
  offset,
  key: undefined,
  value: Buffer.from(value),
  headers: new Map(),
});

describe('The identity of a record without an id', () => {
  it('is the same each time it is delivered', () => {
    expect(inboxId(recordOf(7n, 'a'))).toBe(inboxId(recordOf(7n, 'a')));
  });

  it('is its own, also when another record was at its place before its topic was created again', () => {
    const ids = [recordOf(7n, 'a'), recordOf(7n, 'b'), recordOf(8n, 'a')].map(inboxId);
    expect(new Set(ids).size).toBe(3);
  });
});
