import { Socket, type SocketConstructorOpts } from 'node:net';

const readBytes = 64 * 1024;

/**
 * A socket that reads into one buffer again and again, where others take 64 KiB anew for every read. Those who listen for
 * `data` get copies; who takes it over gets the buffer itself, for the time of the call.
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

  /** From now on all that comes goes to this reader; it keeps nothing of a chunk after the call. */
  takeOver(reader: (chunk: Buffer) => void): void {
    this.reading.by = reader;
  }
}
