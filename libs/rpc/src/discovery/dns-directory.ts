import { lookup } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Directory, Listing } from './directory.js';
import { type Addresses, addressesIn } from './static-directory.js';

const pollMs = 1_000;

/** All addresses of a name. */
export type Lookup = (host: string) => Promise<readonly string[]>;

const lookupAll: Lookup = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/** Third-party registration: the platform (compose, Kubernetes) keeps the addresses of each name in DNS. */
export class DnsDirectory implements Directory {
  constructor(
    private readonly addresses: Addresses,
    private readonly addressesOf: Lookup = lookupAll,
  ) {}

  async list(service: string, previous: Listing | undefined, signal: AbortSignal): Promise<Listing> {
    if (previous) await pause(pollMs, undefined, { signal, ref: false });
    const resolved = await Promise.all(addressesIn(this.addresses[service] ?? '').map((address) => this.resolve(address)));
    return { addresses: resolved.flat() };
  }

  private async resolve(address: string): Promise<string[]> {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
    return (await this.addressesOf(host)).map((each) => (each.includes(':') ? `[${each}]:${port}` : `${each}:${port}`));
  }
}
