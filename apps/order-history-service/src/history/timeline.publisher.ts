import { TimelineExtended } from '@ftgo/contracts/orderhistory';
import { Outbox, occurred, type Transaction } from '@ftgo/messaging';
import { Injectable } from '@nestjs/common';
import { type StoredEntry, shownEntry } from './timeline.js';

/** Publishes what is added to timelines, for clients that follow orders live. */
@Injectable()
export class TimelinePublisher {
  private readonly silenced = new WeakSet<Transaction>();

  constructor(private readonly outbox: Outbox) {}

  /** An entry that this transaction writes under a new number. */
  publish(entry: StoredEntry, transaction: Transaction): void {
    if (this.silenced.has(transaction)) return;
    // An order's timeline is an aggregate whose version is its length.
    this.outbox.publish({ id: entry.orderId, version: entry.n }, [occurred(TimelineExtended, { entry: shownEntry(entry) })]);
  }

  /** What a rebuild writes was published before, or is published when the rebuilt view is served. */
  silence(transaction: Transaction): void {
    this.silenced.add(transaction);
  }
}
