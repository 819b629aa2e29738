import { OutboxProgress, Transactions } from '@ftgo/messaging';
import { MessagingHealth, MessagingRuntime } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';

export interface FlowOfMessages {
  readonly publishedSecondsAgo: number | undefined;
  readonly problems: readonly string[];
  readonly waitedSeconds: number;
}

/** A proof of the relay is about a moment shortly before it was stored. */
const proofSeconds = 2;

/** How far the messages of this service have come. */
@Injectable()
export class MessageFlow {
  constructor(
    private readonly transactions: Transactions,
    private readonly progress: OutboxProgress,
    private readonly health: MessagingHealth,
    private readonly runtime: MessagingRuntime,
  ) {}

  async read(): Promise<FlowOfMessages> {
    const state = await this.transactions.run((transaction) => this.progress.read(transaction));
    const problems = [await this.health.publishing(), this.health.consuming()].filter((problem) => problem !== undefined);
    return {
      publishedSecondsAgo: state && state.checkpointAgeSeconds + proofSeconds,
      problems,
      waitedSeconds: (this.runtime.consumer?.waitedMs ?? 0) / 1_000,
    };
  }
}
