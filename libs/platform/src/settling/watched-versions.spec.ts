import { describe, expect, it, vi } from 'vitest';
import { type Versioned, WatchedVersions } from './watched-versions.js';

/** Things whose versions the test sets; an unknown thing has none. */
function watching() {
  const versions = new Map<number, number>();
  const read = vi.fn((ids: readonly number[]): Promise<Array<Versioned<number>>> => {
    const known = ids.flatMap((id) => (versions.has(id) ? [{ id, version: versions.get(id) ?? 0 }] : []));
    return Promise.resolve(known);
  });
  return { versions, read, watched: new WatchedVersions(read) };
}
const forever = new AbortController().signal;

describe('a stream that waits for a later version', () => {
  it('continues when it exists, at once if it already does', async () => {
    const { versions, watched } = watching();
    versions.set(1, 3);
    await watched.beyond({ id: 1, version: 2 }, forever);
    const later = watched.beyond({ id: 1, version: 3 }, forever);
    versions.set(1, 4);
    await later;
  });

  it('may wait for what does not exist yet', async () => {
    const { versions, watched, read } = watching();
    const first = watched.beyond({ id: 1, version: 0 }, forever);
    await vi.waitFor(() => expect(read).toHaveBeenCalledTimes(2));
    versions.set(1, 1);
    await first;
  });

  it('shares one query with all others', async () => {
    const { versions, watched, read } = watching();
    const all = [1, 2, 3, 3].map((id) => watched.beyond({ id, version: 1 }, forever));
    await vi.waitFor(() => expect(read.mock.calls.at(-1)).toEqual([[1, 2, 3]]));
    for (const id of [1, 2, 3]) versions.set(id, 2);
    await Promise.all(all);
  });

  it('keeps waiting while versions cannot be read', async () => {
    const { versions, watched, read } = watching();
    versions.set(1, 2);
    read.mockRejectedValueOnce(new Error('connection lost'));
    await watched.beyond({ id: 1, version: 1 }, forever);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('stops when the signal aborts, and its version is no longer read', async () => {
    const { watched, read } = watching();
    const left = new AbortController();
    const waits = watched.beyond({ id: 1, version: 1 }, left.signal);
    left.abort(new Error('the client has disconnected'));
    await expect(waits).rejects.toThrow('the client has disconnected');
    await expect(watched.beyond({ id: 1, version: 1 }, left.signal)).rejects.toThrow('the client has disconnected');
    const others = watched.beyond({ id: 2, version: 0 }, forever);
    await vi.waitFor(() => expect(read.mock.calls.at(-1)).toEqual([[2]]));
    void others;
  });
});
