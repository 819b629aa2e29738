import {
  BrokerUnavailable,
  type OutgoingRecord,
  type Pipeline,
  type PipelineListener,
  type RecordRejected,
  RecordView,
} from '@ftgo/messaging/broker';

export interface ProducerListener {
  acknowledged(upTo: number): void;
  /** These records will never be accepted; the others continue. */
  rejected(error: RecordRejected, numbers: readonly number[]): void;
  failed(error: BrokerUnavailable): void;
}

type Producer = Pick<Pipeline, 'push' | 'flush' | 'close'>;

interface Publication {
  readonly first: number;
  readonly last: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Publishes for callers that wait for the result; all of them share a producer. */
export class Publisher {
  private opening: Promise<Producer> | undefined;
  private waiting: Publication[] = [];
  private readonly view = new RecordView();
  private numbered = 0;
  private closed = false;

  constructor(private readonly open: (listener: ProducerListener) => Promise<Producer>) {}

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const producer = await this.producer();
    // Closed while it was being opened: no one would respond.
    if (this.closed) throw new BrokerUnavailable('the broker was closed');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const first = this.numbered + 1;
    this.waiting.push({ first, last: this.numbered + records.length, resolve, reject });
    for (const record of records) producer.push(this.view.set(record), ++this.numbered);
    producer.flush();
    return promise;
  }

  close(): void {
    this.closed = true;
    const opening = this.opening;
    this.opening = undefined;
    opening?.then(
      (producer) => producer.close(),
      () => undefined,
    );
    this.rejectAll(new BrokerUnavailable('the broker was closed'));
  }

  private producer(): Promise<Producer> {
    if (this.closed) return Promise.reject(new BrokerUnavailable('the broker is closed'));
    if (this.opening) return this.opening;
    const forget = () => {
      if (this.opening === opening) this.opening = undefined;
    };
    const opening = this.open({
      acknowledged: (upTo) =>
        this.settle(
          (publication) => publication.last <= upTo,
          (publication) => publication.resolve(),
        ),
      rejected: (error, numbers) => this.rejectRecords(error, numbers),
      failed: (error) => {
        forget();
        this.rejectAll(error);
      },
    });
    this.opening = opening;
    opening.catch(forget);
    return opening;
  }

  private rejectRecords(error: RecordRejected, numbers: readonly number[]): void {
    const concerned = ({ first, last }: Publication) => numbers.some((number) => number >= first && number <= last);
    this.settle(concerned, (publication) => publication.reject(error));
  }

  private rejectAll(error: Error): void {
    this.settle(
      () => true,
      (publication) => publication.reject(error),
    );
  }

  private settle(isDone: (publication: Publication) => boolean, end: (publication: Publication) => void): void {
    const done = this.waiting.filter(isDone);
    if (done.length === 0) return;
    this.waiting = this.waiting.filter((publication) => !done.includes(publication));
    for (const publication of done) end(publication);
  }
}

/** A separate producer that ends with the first rejected record. */
export async function openPipeline<P extends Pipeline>(
  open: (listener: ProducerListener) => Promise<P>,
  listener: PipelineListener,
): Promise<Pipeline> {
  const producer = await open({
    acknowledged: (upTo) => listener.acknowledged(upTo),
    failed: (error) => listener.failed(error),
    rejected: (error) => {
      producer.close();
      listener.failed(error);
    },
  });
  return producer;
}
