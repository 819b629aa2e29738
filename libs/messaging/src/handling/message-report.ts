import type { ReceivedRecord } from '../broker/broker.js';
import { inboxId } from '../inbox/inbox.js';
import { typeOf } from '../message/envelope.js';
import { contextOfMessage, type MessageContext, messageContext } from '../message/message-context.js';
import { failSpan, insideSpan, type Span, traceparentOf } from '../telemetry/spans.js';
import type { Dispatchable } from './dispatcher.js';
import type { MessageOutcome } from './handler-tallies.js';
import { type MessagingSystem, processSpan } from './process-span.js';

interface Handling {
  readonly read: Dispatchable;
  readonly context: MessageContext;
  readonly span: Span | undefined;
  readonly outcome: MessageOutcome;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What became of the messages of one transaction: said when it has committed, since until then nothing has happened. */
export class MessageReport {
  private readonly handled: Handling[] = [];

  constructor(
    private readonly group: string,
    private readonly system: MessagingSystem,
    /** Writes a line. */
    private readonly log: (details: Record<string, unknown>) => void,
  ) {}

  /**
   * Runs a handler in the context of its message. An attempt that fails is in the trace; all else is up to who retries.
   * An outcome of `undefined` is not worth a word: a command waits that has waited before.
   */
  async handling<Outcome extends MessageOutcome | undefined>(
    read: Dispatchable,
    work: (context: MessageContext) => Promise<Outcome>,
  ): Promise<Outcome> {
    const span = processSpan(read.message, read.handler, this.group, this.system);
    const context = contextOfMessage(read.message, span && traceparentOf(span));
    const startedAt = performance.now();
    try {
      const outcome = await (span ? insideSpan(span, () => work(context)) : work(context));
      if (outcome) this.handled.push({ read, context, span, outcome, startedAt, endedAt: performance.now() });
      return outcome;
    } catch (error) {
      if (span) failSpan(span, error);
      span?.end();
      throw error;
    }
  }

  /** A line for each message. */
  committed(): void {
    for (const handling of this.handled) messageContext.run(handling.context, () => this.tell(handling));
  }

  /** It was handled before. */
  duplicate(record: ReceivedRecord): void {
    this.log({ ...placeOf(record), messageId: inboxId(record), outcome: 'duplicate' });
  }

  private tell({ read: { record, handler }, span, outcome, startedAt, endedAt }: Handling): void {
    const durationMs = Math.round((endedAt - startedAt) * 10) / 10;
    this.log({ ...placeOf(record), handler: handler.name, outcome, durationMs });
    span?.setAttribute('messaging.process.outcome', outcome);
    span?.end(endedAt);
  }
}

/** What a message is and where it stands, for log lines. */
export const placeOf = (record: ReceivedRecord) => ({
  type: typeOf(record),
  topic: record.topic,
  partition: record.partition,
  position: record.position,
});
