import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Listing } from './directory.js';
import { Discovery } from './discovery.js';

let discovery: Discovery;
afterEach(() => discovery.close());

/** A directory with these lists, one after the other. */
function following(...lists: string[][]) {
  const list = async (_service: string, _previous: Listing | undefined, signal: AbortSignal): Promise<Listing> => {
    const addresses = lists.shift();
    if (addresses) return { addresses };
    await once(signal, 'abort');
    return { addresses: [] };
  };
  discovery = new Discovery({ directory: { list }, leaseMs: 3_000 });
  const seen: Array<readonly string[]> = [];
  discovery.watch('order-service', (addresses) => void seen.push(addresses));
  return seen;
}

describe('the known instances of a service', () => {
  it('follow the directory', async () => {
    const seen = following(['a:1'], ['b:1', 'a:1'], ['a:1', 'b:1'], ['b:1']);
    await vi.waitFor(() => expect(seen).toEqual([['a:1'], ['a:1', 'b:1'], ['b:1']]));
  });

  it('are the last ones while the list is empty, as after a registry has lost its data', async () => {
    const seen = following(['a:1'], [], ['b:1']);
    await vi.waitFor(() => expect(seen).toEqual([['a:1'], ['b:1']]));
    expect(discovery.addressesOf('order-service')).toEqual(['b:1']);
  });
});
