/** The bytes of a message are valid only during the call. */
export type OnMessage = (type: number, bytes: Buffer, start: number, end: number) => void;

const headerBytes = 5;
const largestMessage = 0x7fffffff;

/**
 * Splits the stream from PostgreSQL into messages. A message within one chunk is passed on without copying; one that spans
 * chunks is assembled in a separate buffer. Nothing is copied twice, and no buffer is reused while a message in it is read.
 */
export class MessageFramer {
  private readonly header = Buffer.alloc(headerBytes);
  private headerFilled = 0;
  private body: Buffer | undefined;
  private bodyFilled = 0;

  constructor(private readonly onMessage: OnMessage) {}

  push(chunk: Buffer): void {
    let at = this.finishPending(chunk);
    while (chunk.length - at >= headerBytes) {
      const end = at + headerBytes + bodyLengthIn(chunk, at);
      if (end > chunk.length) break;
      this.onMessage(chunk[at] as number, chunk, at + headerBytes, end);
      at = end;
    }
    if (at < chunk.length) this.begin(chunk, at);
  }

  /** Completes a message that began in an earlier chunk; returns where the rest of the chunk starts. */
  private finishPending(chunk: Buffer): number {
    let at = 0;
    if (this.headerFilled === 0) return 0;
    if (this.headerFilled < headerBytes) {
      const taken = chunk.copy(this.header, this.headerFilled, 0, headerBytes - this.headerFilled);
      this.headerFilled += taken;
      at = taken;
      if (this.headerFilled < headerBytes) return at;
    }
    this.body ??= this.newBody();
    const taken = chunk.copy(this.body, this.bodyFilled, at, at + this.body.length - this.bodyFilled);
    this.bodyFilled += taken;
    at += taken;
    if (this.bodyFilled < this.body.length) return at;
    const { body } = this;
    this.headerFilled = 0;
    this.bodyFilled = 0;
    this.body = undefined;
    this.onMessage(this.header[0] as number, body, 0, body.length);
    return at;
  }

  private begin(chunk: Buffer, at: number): void {
    this.headerFilled = chunk.copy(this.header, 0, at, Math.min(at + headerBytes, chunk.length));
    if (this.headerFilled < headerBytes) return;
    this.body = this.newBody();
    this.bodyFilled = chunk.copy(this.body, 0, at + headerBytes);
  }

  private newBody(): Buffer {
    return Buffer.allocUnsafe(bodyLengthIn(this.header, 0));
  }
}

/** The length of the body of the message that begins here. */
function bodyLengthIn(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at + 1) - 4;
  if (length < 0 || length > largestMessage) throw new Error(`invalid length of a message from PostgreSQL: ${length} bytes`);
  return length;
}
