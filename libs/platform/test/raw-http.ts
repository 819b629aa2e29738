import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection on which a spec controls every byte that the client sends. */
export class RawConnection {
  private received = '';

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text) => (this.received += String(text)));
    socket.on('error', () => undefined);
  }

  static async to(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** A string stands for bytes: one for each character. */
  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Sends nothing more, like a client that disappeared in the middle. */
  halfClose(): this {
    this.socket.end();
    return this;
  }

  /** Reads nothing more, not even the end of the connection. */
  pause(): this {
    this.socket.pause();
    return this;
  }

  /** Ends the connection with a reset, like a client that crashed. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Everything the server sent until it closed the connection. */
  async answers(): Promise<RawAnswer[]> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return parsed(this.received);
  }
}

/** The responses to one request that ends with `connection: close` or whose connection the server closes. */
export async function rawAnswer(url: string, ...texts: string[]): Promise<RawAnswer> {
  const connection = await RawConnection.to(url);
  for (const text of texts) connection.send(text);
  const [answer] = await connection.answers();
  if (!answer) throw new Error('the connection was closed without a response');
  return answer;
}

function parsed(text: string): RawAnswer[] {
  const match = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n((?:[^\r]+\r\n)*)\r\n/.exec(text);
  if (!match) return [];
  const [head, status, lines = ''] = match;
  const headers = Object.fromEntries(
    lines
      .split('\r\n')
      .filter(Boolean)
      .map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
  );
  const end = head.length + Number(headers['content-length'] ?? 0);
  return [{ status: Number(status), headers, body: text.slice(head.length, end) }, ...parsed(text.slice(end))];
}
