import { backoffMs, pause } from './backoff.js';
import type { ReceivedRecord, SubscribeOptions } from './broker.js';

/** Called when there is a problem that resolves itself. */
export type OnProblem = (what: string, error: Error) => void;

export interface WorkerOptions extends Pick<SubscribeOptions, 'handler' | 'maxBatch'> {
  readonly topic: string;
  readonly partition: number;
  /** The next records, up to a maximum; none if all were taken. */
  readonly take: (max: number) => readonly ReceivedRecord[];
  /** The records of a batch were handled. */
  readonly handled: (records: readonly ReceivedRecord[]) => void;
  readonly onProblem: OnProblem;
}

const defaultMaxBatch = 64;
const firstPauseMs = 50;
const longestPauseMs = 10_000;

/** Passes the records of one partition to the handler, batch after batch. If it rejects, only this partition waits. */
export class PartitionWorker {
  private readonly stopping = new AbortController();
  private isRunning = false;
  private isWoken = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: WorkerOptions) {}

  /** There may be new records. */
  wake(): void {
    this.isWoken = true;
    if (this.isRunning || this.stopping.signal.aborted) return;
    this.isRunning = true;
    this.running = this.run();
  }

  /** Stops passing on records; resolves when the handler has returned. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.isWoken = false;
      const records = await this.next();
      if (records.length > 0) await this.deliver(records);
      // wake() was called since the last empty read, so there may be records now.
      else if (!this.isWoken) break;
    }
    this.isRunning = false;
  }

  /** Records that cannot even be read stop their partition with an error: skipping them would be a silent loss. */
  private async next(): Promise<readonly ReceivedRecord[]> {
    const { topic, partition, take, maxBatch = defaultMaxBatch, onProblem } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        return take(maxBatch);
      } catch (error) {
        onProblem(`cannot read records of ${topic}/${partition}`, error as Error);
        await pause(longestPauseMs, signal);
      }
    }
    return [];
  }

  private async deliver(records: readonly ReceivedRecord[]): Promise<void> {
    const { topic, partition, handler, handled, onProblem } = this.options;
    const { signal } = this.stopping;
    for (let retry = 0; !signal.aborted; retry++) {
      try {
        await handler({ topic, partition, records, signal });
        return handled(records);
      } catch (error) {
        if (signal.aborted) return;
        onProblem(`handler of ${topic}/${partition} failed; its records will be redelivered`, error as Error);
        await pause(backoffMs(retry, firstPauseMs, longestPauseMs), signal);
      }
    }
  }
}
