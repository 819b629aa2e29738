import { isIP } from 'node:net';
import { BrokerUnavailable } from '@ftgo/messaging/broker';
import { type API, Connection, type ConnectionOptions, type ResponseParser, TimeoutError, type Writer } from '@platformatic/kafka';
import { type Access, failureOf } from './access.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const keepAliveAfterMs = 4_000;

/**
 * A connection to one broker for one purpose, opened on demand and reopened after it broke. Kafka processes the requests of a
 * connection one after the other, so every request that may wait long (a fetch, a join) has its own link.
 */
export class Link {
  private opening: Promise<Connection> | undefined;
  private closed = false;

  constructor(
    /** Resolved whenever the link is opened: a broker may have moved. */
    private readonly address: () => Address,
    private readonly clientId: string,
    private readonly options: ConnectionOptions & { readonly access: Access },
    /** Called when a request got no response in time. */
    private readonly onSilence: () => void,
  ) {}

  async request<Arguments extends unknown[], Answer>(api: API<Arguments, Answer>, ...args: Arguments): Promise<Answer> {
    const connection = await this.connection();
    return api.async(connection, ...args).catch((error: Error) => this.fail(error));
  }

  /** A request with our own encoding. */
  async send<Answer>(apiKey: number, apiVersion: number, payload: () => Writer, parse: ResponseParser<Answer>): Promise<Answer> {
    const connection = await this.connection();
    return new Promise<Answer>((resolve, reject) => {
      const answered = (error: Error | null, answer?: Answer) => (error ? reject(this.noted(error)) : resolve(answer as Answer));
      connection.send(apiKey, apiVersion, payload, parse, true, true, answered);
    });
  }

  /** Closes the connection immediately; requests waiting for a response fail. */
  close(): void {
    this.closed = true;
    this.drop();
  }

  /** The next request uses a new connection; requests waiting for a response fail. */
  reconnect(): void {
    this.drop();
  }

  private noted(error: Error): Error {
    if (error instanceof TimeoutError && !this.closed) this.onSilence();
    return error;
  }

  private fail(error: Error): never {
    throw this.noted(error);
  }

  private drop(): void {
    const opening = this.opening;
    this.opening = undefined;
    opening?.then(
      (connection) => connection.socket.destroy(),
      () => undefined,
    );
  }

  private connection(): Promise<Connection> {
    if (this.closed) return Promise.reject(new BrokerUnavailable('the broker is closed'));
    this.opening ??= this.open();
    return this.opening;
  }

  private open(): Promise<Connection> {
    const { host, port } = this.address();
    const { access, ...options } = this.options;
    // TLS does not allow an IP address as the name of a server.
    const connection = new Connection(this.clientId, { ...options, tlsServerName: isIP(host) === 0 });
    const forget = () => {
      if (this.opening === opening) this.opening = undefined;
    };
    // The connection repeats the errors of its requests as events.
    connection.on('error', forget);
    connection.on('close', forget);
    const opening = new Promise<Connection>((resolve, reject) => {
      void connection.connect(host, port, (error) =>
        error ? reject(failureOf(`cannot connect to ${host}:${port}`, error, access)) : resolve(connection),
      );
    });
    opening.then(
      // The kernel detects a vanished host even while the connection is idle.
      () => (connection.isConnected() ? connection.socket.setKeepAlive(true, keepAliveAfterMs) : forget()),
      () => {
        forget();
        connection.socket?.destroy();
      },
    );
    return opening;
  }
}
