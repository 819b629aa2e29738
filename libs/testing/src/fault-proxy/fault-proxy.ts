import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Direction, ProxiedConnection, type ServerAddress } from './proxied-connection.js';

/** How new connections are treated: forwarded, accepted without a response, or refused. */
export type Admission = 'forward' | 'silent' | 'refuse';

export interface FaultProxyOptions {
  /** The address that connections are forwarded to: `host:port`, or a URL. */
  readonly to: string;
  /** The port of the proxy; default a free port. */
  readonly port?: number;
}

/**
 * A TCP proxy on loopback that breaks connections as networks and hosts do. Every method applies to the connections that are
 * open at that moment; `admit` applies to new ones. Close it at the end.
 */
export async function faultProxy({ to, port = 0 }: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(addressOf(to));
  await proxy.listen(port);
  return proxy;
}

export class FaultProxy {
  port = 0;
  private server: Server | undefined;
  private admission: Admission = 'forward';
  private delayMs = 0;
  private silencedBy: string | undefined;
  private connections: ProxiedConnection[] = [];
  private readonly unanswered = new Set<Socket>();

  constructor(private target: ServerAddress) {}

  /** `host:port` of the proxy. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** A URL of the server, through the proxy. */
  url(url: string): string {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String(this.port);
    return through.href;
  }

  /** The number of open connections, forwarded or not. */
  get open(): number {
    this.connections = this.connections.filter(({ isOpen }) => isOpen);
    return this.connections.length + this.unanswered.size;
  }

  /** Nothing passes any more, neither bytes nor ends: no FIN and no RST. Both peers keep their connections. */
  silence(direction: Direction | 'both' = 'both'): void {
    for (const connection of this.connections) connection.silence(direction);
  }

  /** Silences a connection as soon as its client sends this text, which the server does not receive. */
  silenceWhenSent(text: string): void {
    this.silencedBy = text;
    for (const connection of this.connections) this.watch(connection, text);
  }

  /** One side disappears, and the other keeps a silent connection, as when a host vanishes. */
  lose(gone: 'client' | 'server'): void {
    for (const connection of this.connections) connection.lose(gone);
  }

  /** Delays everything, in order; also on new connections. */
  delay(ms: number): void {
    this.delayMs = ms;
    for (const connection of this.connections) connection.delay(ms);
  }

  /** Silent connections flow again, beginning with what was held back. */
  forward(): void {
    this.silencedBy = undefined;
    for (const connection of this.connections) connection.forward();
  }

  /** Sends an RST to both sides. */
  cut(): void {
    for (const connection of this.connections) connection.cut();
    this.connections = [];
    for (const socket of this.unanswered) socket.resetAndDestroy();
  }

  /** Forwards new connections to another server. */
  leadTo(to: string): void {
    this.target = addressOf(to);
  }

  /** Sets how new connections are treated. */
  async admit(admission: Admission): Promise<void> {
    this.admission = admission;
    if (admission === 'refuse') this.stopListening();
    else if (!this.server) await this.listen(this.port);
  }

  close(): void {
    this.stopListening();
    this.cut();
  }

  /** Called by `faultProxy` and `admit`. */
  async listen(port: number): Promise<void> {
    const server = createServer((socket) => this.accept(socket));
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
  }

  private accept(socket: Socket): void {
    if (this.admission === 'silent') return this.leaveUnanswered(socket);
    const connection = new ProxiedConnection(socket, this.target, this.delayMs);
    this.connections = [...this.connections.filter(({ isOpen }) => isOpen), connection];
    if (this.silencedBy !== undefined) this.watch(connection, this.silencedBy);
  }

  private watch(connection: ProxiedConnection, text: string): void {
    connection.whenSent(text, () => {
      if (this.silencedBy === text) connection.silence('both');
    });
  }

  private leaveUnanswered(socket: Socket): void {
    this.unanswered.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.unanswered.delete(socket));
    // Reads, to notice when the client closes the connection.
    socket.resume();
  }

  private stopListening(): void {
    this.server?.close();
    this.server = undefined;
  }
}

function addressOf(to: string): ServerAddress {
  const { hostname, port } = to.includes('://') ? new URL(to) : new URL(`tcp://${to}`);
  if (port === '') throw new TypeError(`cannot proxy to ${to}: the port is missing; use host:port`);
  return { host: hostname, port: Number(port) };
}
