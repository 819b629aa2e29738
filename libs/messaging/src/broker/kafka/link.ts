import { type API, Connection, type ConnectionOptions, type ResponseParser, type Writer } from '@platformatic/kafka';
import { BrokerUnavailable } from '../broker.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * A connection to one broker for one purpose, opened when it is first needed and again after it broke. Kafka answers the
 * requests of a connection one after the other, so whatever may wait long (a fetch, a join) has a link of its own.
 */
export class Link {
  private opening: Promise<Connection> | undefined;
  private closed = false;

  constructor(
    /** Asked for at each opening: a broker may have moved. */
    private readonly address: () => Address,
    private readonly clientId: string,
    private readonly options: ConnectionOptions,
  ) {}

  async request<Arguments extends unknown[], Answer>(api: API<Arguments, Answer>, ...args: Arguments): Promise<Answer> {
    return api.async(await this.connection(), ...args);
  }

  /** A request with an encoding of our own. */
  async send<Answer>(apiKey: number, apiVersion: number, payload: () => Writer, parse: ResponseParser<Answer>): Promise<Answer> {
    const connection = await this.connection();
    return new Promise<Answer>((resolve, reject) => {
      const answered = (error: Error | null, answer?: Answer) => (error ? reject(error) : resolve(answer as Answer));
      connection.send(apiKey, apiVersion, payload, parse, true, true, answered);
    });
  }

  /** Ends the connection at once; requests that wait for an answer fail. */
  close(): void {
    this.closed = true;
    this.drop();
  }

  /** The next request goes by a new connection; those that wait for an answer fail. */
  reconnect(): void {
    this.drop();
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
    const connection = new Connection(this.clientId, this.options);
    const forget = () => {
      if (this.opening === opening) this.opening = undefined;
    };
    // The connection repeats as events what its requests are told as errors.
    connection.on('error', forget);
    connection.on('close', forget);
    const opening = new Promise<Connection>((resolve, reject) => {
      void connection.connect(host, port, (error) => (error ? reject(error) : resolve(connection)));
    });
    opening.then(
      () => connection.isConnected() || forget(),
      () => {
        forget();
        connection.socket?.destroy();
      },
    );
    return opening;
  }
}
