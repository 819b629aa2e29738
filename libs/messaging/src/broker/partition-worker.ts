import { backoffMs, pause } from './backoff.js';
import type { ReceivedRecord, SubscribeOptions } from './broker.js';

/** Told when something is wrong that mends itself. */
export type OnTrouble = (what: string, error: Error) => void;

export interface WorkerOptions extends Pick<SubscribeOptions, 'handler' | 'maxBatch'> {
  readonly topic: string;
  readonly partition: number;
  /** The next records, at most so many; none when all were taken. */
  readonly take: (max: number) => readonly ReceivedRecord[];
  /** The records of a batch were handled. */
  readonly handled: (records: readonly ReceivedRecord[]) => void;
  readonly onTrouble: OnTrouble;
}

const defaultMaxBatch = 64;
const firstPauseMs = 50;
const longestPauseMs = 10_000;

/** Hands the records of one partition to the handler, batch after batch. Only this partition waits when it rejects. */
export class PartitionWorker {
  private readonly stopping = new AbortController();
  private isRunning = false;
  private isWoken = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: WorkerOptions) {}

  /** There may be records to take. */
  wake(): void {
    this.isWoken = true;
    if (this.isRunning || this.stopping.signal.aborted) return;
    this.isRunning = true;
    this.running = this.run();
  }

  /** Hands out nothing more; resolves when the handler has let go. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.isWoken = false;
      const records = await this.next();
      if (records.length > 0) await this.deliver(records);
      // A wake since the look that found nothing: there is something to take now.
      else if (!this.isWoken) break;
    }
    this.isRunning = false;
  }

  /** Records that cannot even be read stop their partition, loudly: skipping them is not ours to decide. */
  private async next(): Promise<readonly ReceivedRecord[]> {
    const { topic, partition, take, maxBatch = defaultMaxBatch, onTrouble } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        return take(maxBatch);
      } catch (error) {
        onTrouble(`records of ${topic}/${partition} cannot be read`, error as Error);
        await pause(longestPauseMs, signal);
      }
    }
    return [];
  }

  private async deliver(records: readonly ReceivedRecord[]): Promise<void> {
    const { topic, partition, handler, handled, onTrouble } = this.options;
    const { signal } = this.stopping;
    for (let retry = 0; !signal.aborted; retry++) {
      try {
        await handler({ topic, partition, records, signal });
        return handled(records);
      } catch (error) {
        if (signal.aborted) return;
        onTrouble(`the handler of ${topic}/${partition} failed, its records come again`, error as Error);
        await pause(backoffMs(retry, firstPauseMs, longestPauseMs), signal);
      }
    }
  }
}
