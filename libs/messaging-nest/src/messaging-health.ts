import { OutboxProgress, relayProgress, Transactions } from '@ftgo/messaging';
import { outboxProblem } from '@ftgo/messaging/operations';
import { Injectable, Optional } from '@nestjs/common';
import { MessagingRuntime } from './messaging-runtime.js';

/** Maximum number of waiting partitions that are named. */
const mostNamed = 3;

/**
 * Whether messages are consumed and published. A failure does not prevent a service from serving requests: its messages wait in
 * the outbox.
 */
@Injectable()
export class MessagingHealth {
  constructor(
    private readonly runtime: MessagingRuntime,
    private readonly transactions: Transactions,
    @Optional() private readonly progress: OutboxProgress = relayProgress,
  ) {}

  /** Why not everything is consumed; undefined if everything is. */
  consuming(): string | undefined {
    const { problems } = this.runtime;
    const more = problems.length - mostNamed;
    const named = problems.slice(0, mostNamed).join('; ');
    return more > 0 ? `${named}; and ${more} more` : named || undefined;
  }

  /** Why messages are not published, according to this service's own database; undefined if they are. */
  publishing(): Promise<string | undefined> {
    return this.transactions.run((transaction) => outboxProblem(transaction, this.progress));
  }
}
