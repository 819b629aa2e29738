import { DatabaseRelay, type DatabaseRelayOptions } from './database-relay.js';
import type { RelayStatus } from './relay-status.js';

export interface RelayOptions extends Omit<DatabaseRelayOptions, 'url' | 'slot'> {
  /** One URL for each database. */
  readonly urls: readonly string[];
}

/** Relays the outboxes of many databases in one process, each on its own: a stuck one stops no other. */
export class Relay {
  private readonly relays: readonly DatabaseRelay[];

  constructor({ urls, ...options }: RelayOptions) {
    this.relays = urls.map((url) => new DatabaseRelay({ ...options, url }));
  }

  start(): void {
    for (const relay of this.relays) relay.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.stop()));
  }

  /** Leaves a message of a database out that the broker refuses for ever; false when there is no such database here. */
  skip(database: string, messageId: string, reason: string): boolean {
    const relay = this.relays.find((each) => each.database === database);
    relay?.skip(messageId, reason);
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
