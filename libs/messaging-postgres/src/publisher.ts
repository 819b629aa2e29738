import { BrokerUnavailable, type OutgoingRecord, RecordView } from '@ftgo/messaging/broker';
import { AppendStream, type AppendStreamOptions, rejectionOf } from './append-stream.js';

interface Publication {
  readonly last: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Publishes for callers that wait for the result; all of them share a stream. */
export class Publisher {
  private stream: AppendStream | undefined;
  private waiting: Publication[] = [];
  private readonly view = new RecordView();
  private numbered = 0;
  private closed = false;
  /** Records are pushed in the order of the calls, even if the topics of one have to be looked up. */
  private turn: Promise<unknown> = Promise.resolve();

  private options: AppendStreamOptions | undefined;

  constructor(private readonly open: () => AppendStreamOptions) {}

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const pushing = this.turn.then(() => this.push(records));
    this.turn = pushing.catch(() => undefined);
    const { published } = await pushing;
    return published;
  }

  close(): void {
    this.closed = true;
    this.stream?.close();
    void this.options?.connection.close();
    this.rejectAll(new BrokerUnavailable('the broker was closed'));
  }

  /** Records that can be rejected without asking the server are rejected before any of them is sent. */
  private async push(records: readonly OutgoingRecord[]): Promise<{ published: Promise<void> }> {
    if (this.closed) throw new BrokerUnavailable('the broker is closed');
    this.options ??= this.open();
    const { options } = this;
    for (const record of records) {
      const refusal = rejectionOf(this.view.set(record), options.maxRecordBytes);
      if (refusal) throw refusal;
    }
    await options.topics.find(new Set(records.map(({ topic }) => topic)), options.connection);
    if (this.closed) throw new BrokerUnavailable('the broker is closed');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.waiting.push({ last: this.numbered + records.length, resolve, reject });
    const stream = this.streamOver(options);
    for (const record of records) stream.push(this.view.set(record), ++this.numbered);
    stream.flush();
    return { published: promise };
  }

  private streamOver(options: AppendStreamOptions): AppendStream {
    this.stream ??= new AppendStream(options, {
      acknowledged: (upTo) => this.acknowledged(upTo),
      failed: (error) => {
        this.stream = undefined;
        this.options = undefined;
        this.rejectAll(error);
      },
    });
    return this.stream;
  }

  private acknowledged(upTo: number): void {
    while (this.waiting[0] && this.waiting[0].last <= upTo) this.waiting.shift()?.resolve();
  }

  private rejectAll(error: Error): void {
    for (const publication of this.waiting.splice(0)) publication.reject(error);
  }
}
