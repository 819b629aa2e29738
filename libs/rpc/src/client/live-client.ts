import { type ChannelCredentials, type ChannelOptions, Client, connectivityState } from '@grpc/grpc-js';

/** Time for resolving the peer's addresses, connecting and the handshake. */
const connectMs = 5_000;
const checkIntervalMs = 1_000;
const unconnected = new Set([connectivityState.CONNECTING, connectivityState.TRANSIENT_FAILURE]);

/**
 * A gRPC client that is recreated when it cannot connect, even while idle. grpc-js itself waits forever for a peer that accepts
 * the connection and never responds, and for minutes at an address that is no longer in use; meanwhile it does not resolve the
 * peer's addresses again.
 */
export class LiveClient {
  private client: Client;
  private unconnectedSince: number | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly url: string,
    private readonly credentials: ChannelCredentials,
    private readonly options: ChannelOptions,
  ) {
    this.client = this.newClient();
    this.timer = setInterval(() => this.check(), checkIntervalMs).unref();
  }

  get current(): Client {
    return this.client;
  }

  close(): void {
    clearInterval(this.timer);
    this.client.close();
  }

  private check(): void {
    if (!unconnected.has(this.client.getChannel().getConnectivityState(false))) {
      this.unconnectedSince = undefined;
      return;
    }
    this.unconnectedSince ??= performance.now();
    if (performance.now() - this.unconnectedSince >= connectMs) this.reconnect();
  }

  private reconnect(): void {
    this.unconnectedSince = undefined;
    const stuck = this.client;
    this.client = this.newClient();
    this.client.getChannel().getConnectivityState(true);
    // Calls that wait for its connection end at their deadlines.
    setTimeout(() => stuck.close(), connectMs).unref();
  }

  private newClient(): Client {
    // Without this, clients would share the stuck connection.
    return new Client(this.url, this.credentials, { ...this.options, 'grpc.use_local_subchannel_pool': 1 });
  }
}
