import { freePort } from '@ftgo/runner/processes';
import { type OwnKafka, startKafka } from '../infrastructure.js';
import { type FaultProxy, faultProxy } from './fault-proxy.js';

/** A private Kafka whose clients all go through a fault proxy: its metadata contains the proxy's address. */
export async function startKafkaBehindProxy(): Promise<{ kafka: OwnKafka; proxy: FaultProxy }> {
  const port = await freePort();
  const server = await startKafka({ advertisedPort: port });
  const proxy = await faultProxy({ to: server.brokers, port });
  return { kafka: { ...server, brokers: proxy.address }, proxy };
}
