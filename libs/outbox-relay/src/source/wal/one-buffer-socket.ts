import { Socket, type SocketConstructorOpts } from 'node:net';

const readBytes = 64 * 1024;

/**
 * A socket that reuses one buffer for all reads; Node's sockets allocate 64 KiB for each. Listeners to `data` get copies; the
 * reader that takes the socket over gets the buffer itself, for the duration of the call.
 */
export class OneBufferSocket extends Socket {
  private constructor(
    private readonly reading: { by?: (chunk: Buffer) => void },
    options: SocketConstructorOpts,
  ) {
    super(options);
  }

  static create(): OneBufferSocket {
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    const reading: { by?: (chunk: Buffer) => void } = {};
    const callback = (length: number) => {
      const chunk = buffer.subarray(0, length);
      if (reading.by) reading.by(chunk);
      else socket.emit('data', Buffer.from(chunk));
      return true;
    };
    const socket = new OneBufferSocket(reading, { onread: { buffer, callback } });
    return socket;
  }

  /** Passes everything from now on to this reader, which must not keep a chunk after the call. */
  takeOver(reader: (chunk: Buffer) => void): void {
    this.reading.by = reader;
  }
}
