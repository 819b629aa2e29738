import { setTimeout as pause } from 'node:timers/promises';
import { Outbox, occurred, Transactions } from '@ftgo/messaging';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { accounts, EntryWritten } from './entries.js';

const writers = 3;
const mostEntries = 3;
const pauseMs = 60;

/** Writes entries continuously: each transaction counts the entries of an account, and sends them. */
@Injectable()
export class Producer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private writing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: Outbox,
  ) {}

  onApplicationBootstrap(): void {
    this.writing = Promise.all(Array.from({ length: writers }, () => this.write()));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.writing;
  }

  private async write(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      // An entry whose transaction failed was not written, and is written by a later one.
      await this.writeSome().catch(() => undefined);
      await pause(pauseMs);
    }
  }

  private writeSome(): Promise<void> {
    const account = 1 + Math.floor(Math.random() * accounts);
    const added = 1 + Math.floor(Math.random() * mostEntries);
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ entries: number }>({
        text: `INSERT INTO account (id, entries) VALUES ($1, $2)
          ON CONFLICT (id) DO UPDATE SET entries = account.entries + excluded.entries RETURNING entries`,
        values: [account, added],
      });
      const version = Number(rows[0]?.entries);
      const entries = Array.from({ length: added }, (_, i) => occurred(EntryWritten, { account, number: version - added + 1 + i }));
      this.outbox.publish({ id: account, version }, entries);
    });
  }
}
