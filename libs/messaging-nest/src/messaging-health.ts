import { OutboxProgress, relayProgress, Transactions } from '@ftgo/messaging';
import { outboxProblem } from '@ftgo/messaging/operations';
import { Injectable, Optional } from '@nestjs/common';
import { MessagingRuntime } from './messaging-runtime.js';

/** Of many partitions that wait, so many are named. */
const mostNamed = 3;

/** Whether messages come and go. None of it keeps a service from serving requests: what it sends waits in its outbox. */
@Injectable()
export class MessagingHealth {
  constructor(
    private readonly runtime: MessagingRuntime,
    private readonly transactions: Transactions,
    @Optional() private readonly progress: OutboxProgress = relayProgress,
  ) {}

  /** Why not everything is consumed; undefined when it is. */
  consuming(): string | undefined {
    const { problems } = this.runtime;
    const more = problems.length - mostNamed;
    const named = problems.slice(0, mostNamed).join('; ');
    return more > 0 ? `${named}; and ${more} more` : named || undefined;
  }

  /** Why what was sent is not published, as far as this service's own database shows it; undefined when it is. */
  publishing(): Promise<string | undefined> {
    return this.transactions.run((transaction) => outboxProblem(transaction, this.progress));
  }
}
