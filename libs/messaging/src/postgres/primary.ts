import type { Client } from 'pg';
import { hostsOf, urlsOf } from './hosts.js';

/** The address of a server. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** No host of a URL can be used for writing; the message gives the reason for each. A new primary may be found later. */
export class NoPrimary extends Error {
  constructor(reasons: ReadonlyMap<string, string>) {
    const list = [...reasons].map(([host, reason]) => `${host} (${reason})`).join(', ');
    super(`no host is a primary: ${list}; start the primary, or promote a standby`);
    this.name = 'NoPrimary';
  }
}

/** Connects to a URL with one host, only to see which kind of server it is; rejects with the reason if it is not the primary. */
export type Probe = (url: string) => Promise<ServerAddress>;

const searches = new Map<string, PrimarySearch>();

/** The search for the primary among the hosts of a URL, shared by all connections of the process; undefined for a single host. */
export function primarySearchFor(url: string, probe: Probe): PrimarySearch | undefined {
  if (urlsOf(url).length === 1) return undefined;
  const search = searches.get(url) ?? new PrimarySearch(url, probe);
  searches.set(url, search);
  return search;
}

/**
 * Finds the server that accepts writes, and remembers it until it fails: a connection costs no more than with one host. All hosts
 * are asked at once, so that one that is silent does not delay the search.
 */
export class PrimarySearch {
  private primary: Promise<ServerAddress> | undefined;

  constructor(
    private readonly url: string,
    private readonly probe: Probe,
  ) {}

  find(): Promise<ServerAddress> {
    this.primary ??= this.search().catch((error: unknown) => {
      this.primary = undefined;
      throw error;
    });
    return this.primary;
  }

  /** After a failed connection, the hosts are asked again. */
  forget(): void {
    this.primary = undefined;
  }

  private async search(): Promise<ServerAddress> {
    const urls = urlsOf(this.url);
    try {
      return await Promise.any(urls.map((url) => this.probe(url)));
    } catch (error) {
      const reasons = (error as AggregateError).errors as readonly Error[];
      throw new NoPrimary(new Map(urls.map((url, i) => [hostsOf(url), reasonOf(reasons[i] as Error)])));
    }
  }
}

/** For a name with several addresses, the error has one error for each, and no message. */
const reasonOf = (error: Error): string =>
  error instanceof AggregateError ? reasonOf(error.errors[0] as Error) : error.message || String((error as { code?: string }).code);

/** A standby reports itself as soon as a client has logged in, and a promoted one reports that it no longer is. */
export function watchStandby(client: Client): () => boolean {
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  let isStandby = false;
  connection.on('parameterStatus', ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) => {
    if (parameterName === 'in_hot_standby') isStandby = parameterValue === 'on';
  });
  return () => isStandby;
}
