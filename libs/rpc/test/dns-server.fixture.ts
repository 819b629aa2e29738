import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import type { Lookup } from '../src/discovery/dns-directory.js';

export interface TestDns {
  /** What every name resolves to. */
  addresses: readonly string[];
  readonly lookup: Lookup;
  close(): void;
}

/** A name server that responds to every query for A records with the same addresses, over UDP. */
export async function startDns(): Promise<TestDns> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  const dns: TestDns = {
    addresses: [],
    lookup: (host) => resolver.resolve4(host),
    close: () => {
      resolver.cancel();
      socket.close();
    },
  };
  socket.on('message', (query, { port, address }) => socket.send(responseTo(query, dns.addresses), port, address));
  return dns;
}

/** RFC 1035: the question, and an A record for each address. */
function responseTo(query: Buffer, addresses: readonly string[]): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8580, 2);
  header.writeUInt16BE(addresses.length, 6);
  header.writeUInt16BE(0, 10);
  const records = addresses.map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]));
  return Buffer.concat([header, query.subarray(12, end), ...records]);
}
