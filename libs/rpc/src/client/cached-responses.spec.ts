import { describe, expect, it } from 'vitest';
import { CachedResponses } from './cached-responses.js';

const limits = { cachedForMs: 60_000, cachedBytes: 10 };
const contentOf = (cache: CachedResponses, request: string) => cache.find(request)?.bytes.toString();

describe('cached responses', () => {
  it('are the last ones, by request', () => {
    const cache = new CachedResponses(limits);
    for (const [request, response] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ] as const)
      cache.awaiting(request)(Buffer.from(response));
    expect([contentOf(cache, 'a'), contentOf(cache, 'b'), contentOf(cache, 'c')]).toEqual(['3', '2', undefined]);
  });

  it('are dropped, the oldest first, when they are too large together', () => {
    const cache = new CachedResponses(limits);
    for (const request of ['a', 'b', 'c']) cache.awaiting(request)(Buffer.from('4444'));
    expect(['a', 'b', 'c'].filter((request) => cache.find(request))).toEqual(['b', 'c']);
    cache.awaiting('d')(Buffer.alloc(11));
    expect(['b', 'c', 'd'].filter((request) => cache.find(request))).toEqual(['b', 'c']);
  });

  it('expire', () => {
    const cache = new CachedResponses({ ...limits, cachedForMs: -1 });
    cache.awaiting('a')(Buffer.from('1'));
    expect(cache.find('a')).toBeUndefined();
  });

  it('do not include a response to a request from before a change', () => {
    const cache = new CachedResponses(limits);
    const store = cache.awaiting('a');
    cache.empty();
    store(Buffer.from('1'));
    expect(cache.find('a')).toBeUndefined();
  });
});
