import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** A TCP proxy that counts the bytes in both directions. */
export interface CountingProxy {
  readonly port: number;
  /** The bytes since the last call. */
  take(): { readonly sent: number; readonly received: number };
  close(): void;
}

export async function countingProxy(to: number): Promise<CountingProxy> {
  let [sent, received] = [0, 0];
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    client.on('data', (chunk) => (sent += chunk.length)).pipe(upstream);
    upstream.on('data', (chunk) => (received += chunk.length)).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => [client, upstream].forEach((each) => each.destroy()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = { sent, received };
      [sent, received] = [0, 0];
      return taken;
    },
    close: () => void server.close(),
  };
}
