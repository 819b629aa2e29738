import type { Broker } from '@ftgo/messaging/broker';
import { databaseOf, hostsOf } from '@ftgo/messaging/postgres';
import { DatabaseRelay, type DatabaseRelayOptions } from './database/database-relay.js';
import type { PublishableTopics, Skip } from './publish/skips.js';
import type { SourceKind } from './source/outbox-source.js';
import type { RelayStatus } from './status/relay-status.js';

export interface RelayOptions
  extends Omit<DatabaseRelayOptions, 'url' | 'slot' | 'broker' | 'publishable' | 'ownTopics' | 'source' | 'databases'> {
  /** One URL for each database. */
  readonly urls: readonly string[];
  /** The broker's client; or one for each database, with the credentials of its service. */
  readonly broker: Broker | ((database: string) => Broker);
  /** The messages that the service of a database may send, by channel and source; default: all. */
  readonly publishable?: (database: string) => PublishableTopics | undefined;
  /** The topics on which only the service of a database sends; default: none. See `DatabaseRelayOptions`. */
  readonly ownTopics?: (database: string) => readonly string[];
  /** Where the rows of a database are read from; default: the write-ahead log. */
  readonly sourceOf?: (database: string) => SourceKind;
}

/** Relays the outboxes of many databases in one process, each independently: one that is stuck does not stop the others. */
export class Relay {
  private readonly relays: readonly DatabaseRelay[];

  constructor({ urls, broker, publishable, ownTopics, sourceOf = () => 'wal', ...options }: RelayOptions) {
    const fromLog = urls.filter((url) => sourceOf(databaseOf(url)) === 'wal').map(hostsOf);
    this.relays = urls.map((url) => {
      const database = databaseOf(url);
      return new DatabaseRelay({
        ...options,
        url,
        broker: typeof broker === 'function' ? broker(database) : broker,
        publishable: publishable?.(database),
        ownTopics: ownTopics?.(database),
        source: sourceOf(database),
        databases: fromLog.filter((hosts) => hosts === hostsOf(url)).length,
      });
    });
  }

  start(): void {
    for (const relay of this.relays) relay.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.stop()));
  }

  /** Skips a message that the broker permanently rejects. Resolves once the skip is stored; to false if the database is not relayed here. */
  async skip(database: string, skip: Skip): Promise<boolean> {
    const relay = this.relays.find((each) => each.database === database);
    await relay?.skip(skip);
    return relay !== undefined;
  }

  get statuses(): RelayStatus[] {
    return this.relays.map(({ status }) => status);
  }

  /** True if every database makes progress or has a leader. */
  get isReady(): boolean {
    return this.relays.every(({ status }) => status.isReady);
  }
}
