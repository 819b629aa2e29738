import { type ChannelOptions, Client, connectivityState, credentials } from '@grpc/grpc-js';

/** A connection with its handshake, and to find out where the peer is now. */
const connectMs = 5_000;
const lookMs = 1_000;
const unconnected = new Set([connectivityState.CONNECTING, connectivityState.TRANSIENT_FAILURE]);

/**
 * A gRPC client that begins again when it does not get a connection, also while nothing is asked. grpc-js itself waits for
 * ever for a peer that accepts it and never answers, and for minutes at an address that nobody has any more; meanwhile it
 * does not ask for the addresses of the peer again.
 */
export class LiveClient {
  private client: Client;
  private unconnectedSince: number | undefined;
  private readonly looking: NodeJS.Timeout;

  constructor(
    private readonly url: string,
    private readonly options: ChannelOptions,
  ) {
    this.client = this.newClient();
    this.looking = setInterval(() => this.look(), lookMs).unref();
  }

  get current(): Client {
    return this.client;
  }

  close(): void {
    clearInterval(this.looking);
    this.client.close();
  }

  private look(): void {
    if (!unconnected.has(this.client.getChannel().getConnectivityState(false))) {
      this.unconnectedSince = undefined;
      return;
    }
    this.unconnectedSince ??= performance.now();
    if (performance.now() - this.unconnectedSince >= connectMs) this.beginAgain();
  }

  private beginAgain(): void {
    this.unconnectedSince = undefined;
    const stuck = this.client;
    this.client = this.newClient();
    this.client.getChannel().getConnectivityState(true);
    // Calls that wait for its connection end at their deadlines.
    setTimeout(() => stuck.close(), connectMs).unref();
  }

  private newClient(): Client {
    // Clients would share the connection that is stuck.
    return new Client(this.url, credentials.createInsecure(), { ...this.options, 'grpc.use_local_subchannel_pool': 1 });
  }
}
