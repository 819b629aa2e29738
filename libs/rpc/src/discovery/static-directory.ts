import { once } from 'node:events';
import type { Directory, Listing } from './directory.js';

/** The addresses of each service, by its name: `host:port`, or several, separated by commas. */
export type Addresses = Readonly<Record<string, string>>;

export const addressesIn = (text: string): string[] => text.split(',').map((address) => address.trim());

/** A fixed list. */
export class StaticDirectory implements Directory {
  constructor(private readonly addresses: Addresses) {}

  async list(service: string, previous: Listing | undefined, signal: AbortSignal): Promise<Listing> {
    if (previous && !signal.aborted) await once(signal, 'abort');
    return { addresses: addressesIn(this.addresses[service] ?? '') };
  }
}
