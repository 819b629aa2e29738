interface Cached {
  readonly bytes: Buffer;
  readonly storedAt: number;
}

export interface CacheLimits {
  readonly cachedForMs: number;
  readonly cachedBytes: number;
}

/**
 * The last response to each read, for use while the dependency is down. A change to the dependency's data empties the cache, so
 * that no caller gets a response from before its own change.
 */
export class CachedResponses {
  private readonly entries = new Map<string, Cached>();
  private bytes = 0;
  /** How often the cache was emptied: the response to a request sent before that must not be stored. */
  private emptied = 0;

  constructor(private readonly limits: CacheLimits) {}

  get size(): number {
    return this.entries.size;
  }

  /** Returns a function that stores the response to a request that is about to be sent. */
  awaiting(request: string): (response: Buffer) => void {
    const { emptied } = this;
    return (response) => {
      if (emptied === this.emptied) this.store(request, response);
    };
  }

  /** The last response to a request, with its age. */
  find(request: string): { readonly bytes: Buffer; readonly ageMs: number } | undefined {
    const cached = this.entries.get(request);
    if (!cached) return undefined;
    const ageMs = performance.now() - cached.storedAt;
    return ageMs <= this.limits.cachedForMs ? { bytes: cached.bytes, ageMs } : undefined;
  }

  empty(): void {
    this.emptied += 1;
    this.entries.clear();
    this.bytes = 0;
  }

  private store(request: string, response: Buffer): void {
    this.delete(request);
    if (response.length > this.limits.cachedBytes) return;
    // A copy: the received bytes are part of a larger buffer.
    this.entries.set(request, { bytes: Buffer.from(response), storedAt: performance.now() });
    this.bytes += response.length;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.limits.cachedBytes) return;
      this.delete(oldest);
    }
  }

  private delete(request: string): void {
    this.bytes -= this.entries.get(request)?.bytes.length ?? 0;
    this.entries.delete(request);
  }
}
