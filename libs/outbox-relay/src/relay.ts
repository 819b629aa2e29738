import { databaseOf } from '@ftgo/messaging/postgres';
import { DatabaseRelay, type DatabaseRelayOptions } from './database/database-relay.js';
import type { PublishableTopics, Skip } from './publish/skips.js';
import type { SourceKind } from './source/outbox-source.js';
import type { RelayStatus } from './status/relay-status.js';

export interface RelayOptions extends Omit<DatabaseRelayOptions, 'url' | 'slot' | 'publishable' | 'source'> {
  /** One URL for each database. */
  readonly urls: readonly string[];
  /** What the service of a database may send, and as whom; default: everything. */
  readonly publishable?: (database: string) => PublishableTopics | undefined;
  /** Where the rows of a database come from; default: the write-ahead log. */
  readonly sourceOf?: (database: string) => SourceKind;
}

/** Relays the outboxes of many databases in one process, each on its own: a stuck one stops no other. */
export class Relay {
  private readonly relays: readonly DatabaseRelay[];

  constructor({ urls, publishable, sourceOf = () => 'wal', ...options }: RelayOptions) {
    this.relays = urls.map((url) => {
      const database = databaseOf(url);
      return new DatabaseRelay({ ...options, url, publishable: publishable?.(database), source: sourceOf(database) });
    });
  }

  start(): void {
    for (const relay of this.relays) relay.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.stop()));
  }

  /** Skips a message that the broker refuses for ever. Resolves when the skip is stored; to false when no such database is relayed here. */
  async skip(database: string, skip: Skip): Promise<boolean> {
    const relay = this.relays.find((each) => each.database === database);
    await relay?.skip(skip);
    return relay !== undefined;
  }

  get statuses(): RelayStatus[] {
    return this.relays.map(({ status }) => status);
  }

  /** For each database there is progress or a leader. */
  get isReady(): boolean {
    return this.relays.every(({ status }) => status.isReady);
  }
}
