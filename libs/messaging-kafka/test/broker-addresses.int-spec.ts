import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Broker, OutgoingRecord } from '@ftgo/messaging/broker';
import { becauseNoKafka, eventually, noKafka, startKafka, uniqueName } from '@ftgo/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { clients, everyClient } from './clients.js';

/** Longer than the spec: the group shares nothing out again, so the same fetches have to find the broker. */
const sessionTimeoutMs = 60_000;

/** An address that stays, as of a load balancer, in front of a broker that does not. */
class Bootstrap {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  /** The port of the broker. */
  target = 0;

  constructor() {
    this.server = createServer((incoming) => {
      const outgoing = connect(this.target, '127.0.0.1');
      for (const socket of [incoming, outgoing]) {
        this.sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => [incoming, outgoing].forEach((each) => each.destroy()));
      }
      incoming.pipe(outgoing).pipe(incoming);
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

const portOf = (brokers: string) => Number(brokers.split(':')[1]);

describe.skipIf(noKafka).each(everyClient)(`A Kafka broker that returns at another address, by the %s client,${becauseNoKafka}`, (name) => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });
  const client = (address: string): Broker => {
    const broker = clients[name]({ brokers: [address], clientId: uniqueName('client'), drainTimeoutMs: 500, sessionTimeoutMs });
    open.push(broker);
    return broker;
  };

  it('is read, written to and coordinates the group there, while nobody joins again', async () => {
    const kafka = await startKafka();
    const bootstrap = new Bootstrap();
    bootstrap.target = portOf(kafka.brokers);
    const address = await bootstrap.open();
    const [consumer, publisher] = [client(address), client(address)];
    open.push(bootstrap);
    const topic = uniqueName('topic');
    await publisher.ensureTopics([{ topic, partitions: 2 }]);
    const recordOf = (n: number): OutgoingRecord => ({ topic, key: Buffer.from(`key-${n}`), value: Buffer.from(String(n)), headers: [] });
    const publish = (n: number) => eventually(() => publisher.publish([recordOf(n)]), { intervalMs: 50 });
    const got = new Set<number>();
    const subscription = await consumer.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records }) => records.forEach(({ value }) => got.add(Number(value))),
    });
    const numbers = Array.from({ length: 10 }, (_, n) => n);
    for (const n of numbers) await publish(n);
    await eventually(() => expect(got.size).toBe(10));
    for (let move = 1; move <= 2; move++) {
      await kafka.kill();
      bootstrap.target = portOf((await kafka.startElsewhere()).brokers);
      for (const n of numbers) await publish(move * 10 + n);
      await eventually(() => expect(got.size).toBe((move + 1) * 10));
      await eventually(() => expect(subscription.connected && subscription.caughtUp()).toBe(true));
    }
  });
});
