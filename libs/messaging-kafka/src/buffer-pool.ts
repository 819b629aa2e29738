const smallSize = 16 * 1024;
const kept = 16;

/** Reusable buffers of two sizes, so that sending at full rate creates no garbage. */
export class BufferPool {
  private readonly small: Buffer[] = [];
  private readonly large: Buffer[] = [];

  constructor(private readonly largeSize: number) {}

  /** A buffer of one of the two sizes; for more bytes, a new one. */
  take(atLeast: number, preferLarge: boolean): Buffer {
    if (atLeast > this.largeSize) return Buffer.allocUnsafeSlow(atLeast);
    if (preferLarge || atLeast > smallSize) return this.large.pop() ?? Buffer.allocUnsafeSlow(this.largeSize);
    return this.small.pop() ?? Buffer.allocUnsafeSlow(smallSize);
  }

  give(buffer: Buffer): void {
    const pool = buffer.length === smallSize ? this.small : buffer.length === this.largeSize ? this.large : undefined;
    if (pool && pool.length < kept) pool.push(buffer);
  }
}
