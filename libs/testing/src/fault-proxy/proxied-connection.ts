import { connect, type Socket } from 'node:net';

/** The direction of bytes: from the client to the server, or back. */
export type Direction = 'to-server' | 'to-client';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

interface Chunk {
  readonly bytes: Buffer;
  readonly dueAt: number;
}

/** One direction of a connection. Bytes held back are sent when the direction flows again, in order. */
class Flow {
  delayMs = 0;
  private isSilent = false;
  private isClosed = false;
  private readonly held: Chunk[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
  ) {
    from.on('data', (bytes: Buffer) => {
      this.held.push({ bytes, dueAt: performance.now() + this.delayMs });
      this.pump();
    });
    from.on('error', () => undefined);
    // An end is forwarded after the bytes before it, and not at all while the direction is silent.
    from.on('close', () => {
      this.isClosed = true;
      this.pump();
    });
  }

  silence(): void {
    this.isSilent = true;
    this.from.pause();
  }

  forward(): void {
    this.isSilent = false;
    this.from.resume();
    this.pump();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private pump(): void {
    clearTimeout(this.timer);
    if (this.isSilent) return;
    for (let first = this.held[0]; first; first = this.held[0]) {
      const waitMs = first.dueAt - performance.now();
      if (waitMs > 0) {
        this.timer = setTimeout(() => this.pump(), Math.ceil(waitMs));
        return;
      }
      this.held.shift();
      if (this.to.writable) this.to.write(first.bytes);
    }
    if (this.isClosed) this.to.destroySoon();
  }
}

/** A client's connection and the one it is forwarded to. */
export class ProxiedConnection {
  private readonly server: Socket;
  private readonly toServer: Flow;
  private readonly toClient: Flow;

  constructor(
    private readonly client: Socket,
    { host, port }: ServerAddress,
    delayMs: number,
  ) {
    this.server = connect(port, host);
    for (const socket of [client, this.server]) socket.setNoDelay(true);
    this.toServer = new Flow(client, this.server);
    this.toClient = new Flow(this.server, client);
    this.delay(delayMs);
  }

  get isOpen(): boolean {
    return !this.client.destroyed || !this.server.destroyed;
  }

  /** Calls `then` before the chunk with these bytes is forwarded to the server. */
  whenSent(text: string, then: () => void): void {
    const inspect = (bytes: Buffer) => {
      if (!bytes.includes(text)) return;
      this.client.off('data', inspect);
      then();
    };
    this.client.prependListener('data', inspect);
  }

  silence(direction: Direction | 'both'): void {
    if (direction !== 'to-client') this.toServer.silence();
    if (direction !== 'to-server') this.toClient.silence();
  }

  /** Closes one side without notifying the other. */
  lose(gone: 'client' | 'server'): void {
    this.silence('both');
    (gone === 'client' ? this.client : this.server).resetAndDestroy();
  }

  delay(ms: number): void {
    this.toServer.delayMs = ms;
    this.toClient.delayMs = ms;
  }

  forward(): void {
    this.toServer.forward();
    this.toClient.forward();
  }

  cut(): void {
    for (const flow of [this.toServer, this.toClient]) flow.stop();
    for (const socket of [this.client, this.server]) if (!socket.destroyed) socket.resetAndDestroy();
  }
}
