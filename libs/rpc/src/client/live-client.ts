import { type ChannelOptions, Client, connectivityState, credentials, status } from '@grpc/grpc-js';

/** A connection with its handshake. grpc-js itself waits for ever for a peer that accepts it and never answers. */
const connectMs = 5_000;

/** A gRPC client that begins again when its connection is never answered. */
export class LiveClient {
  private client: Client;
  private connectingSince: number | undefined;

  constructor(
    private readonly url: string,
    private readonly options: ChannelOptions,
  ) {
    this.client = this.newClient();
  }

  get current(): Client {
    return this.client;
  }

  /** To be told how each call ended. */
  note(code: status): void {
    const isStuck =
      code === status.DEADLINE_EXCEEDED && this.client.getChannel().getConnectivityState(false) === connectivityState.CONNECTING;
    if (!isStuck) {
      this.connectingSince = undefined;
      return;
    }
    this.connectingSince ??= performance.now();
    if (performance.now() - this.connectingSince < connectMs) return;
    this.connectingSince = undefined;
    const stuck = this.client;
    this.client = this.newClient();
    stuck.close();
  }

  close(): void {
    this.client.close();
  }

  private newClient(): Client {
    // Clients would share the connection that is stuck.
    return new Client(this.url, credentials.createInsecure(), { ...this.options, 'grpc.use_local_subchannel_pool': 1 });
  }
}
