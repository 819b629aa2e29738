import { type Broker, BrokerUnavailable, type OutgoingRecord, RecordRejected } from '../broker.js';
import type { Pipeline, PipelineListener, RecordView } from '../pipeline.js';

/** A pipeline based on `publish`, one call at a time. */
export class MemoryPipeline implements Pipeline {
  pendingBytes = 0;
  readonly sent = { requests: 0, records: 0, milliseconds: 0 };
  private waiting: OutgoingRecord[] = [];
  private lastNumber = 0;
  private isSending = false;
  private closed = false;

  constructor(
    private readonly broker: Pick<Broker, 'publish'>,
    private readonly listener: PipelineListener,
  ) {}

  push(record: RecordView, number: number): void {
    this.waiting.push(record.copy());
    this.pendingBytes += record.value.length;
    this.lastNumber = number;
  }

  flush(): void {
    if (!this.isSending && this.waiting.length > 0 && !this.closed) void this.send();
  }

  close(): void {
    this.closed = true;
  }

  private async send(): Promise<void> {
    const { waiting: records, lastNumber } = this;
    this.waiting = [];
    this.isSending = true;
    try {
      await this.broker.publish(records);
      this.sent.requests++;
      this.sent.records += records.length;
      for (const { value } of records) this.pendingBytes -= value.length;
      if (!this.closed) this.listener.acknowledged(lastNumber);
    } catch (error) {
      if (!this.closed)
        this.listener.failed(error instanceof RecordRejected ? error : new BrokerUnavailable('publishing failed', { cause: error }));
      this.closed = true;
    }
    this.isSending = false;
    this.flush();
  }
}
