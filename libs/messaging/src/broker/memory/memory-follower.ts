import type { Following, FollowOptions, ReceivedRecord } from '../broker.js';

type Logs = ReadonlyMap<string, readonly (readonly ReceivedRecord[])[]>;

/** Reads every partition from its end; those of a topic that does not exist yet, from their first record. */
export class MemoryFollower implements Following {
  readonly started = Promise.resolve();
  private readonly positions = new Map<readonly ReceivedRecord[], number>();
  private isOpen = true;
  private isWoken = false;

  constructor(
    private readonly logs: Logs,
    private readonly options: FollowOptions,
    private readonly onClose: () => void,
  ) {
    for (const log of this.followed()) this.positions.set(log, log.length);
  }

  get connected(): boolean {
    return this.isOpen;
  }

  /** As with a real broker, the publisher does not wait for readers. */
  wake(): void {
    if (this.isWoken) return;
    this.isWoken = true;
    setImmediate(() => {
      this.isWoken = false;
      for (const log of this.followed()) this.read(log);
    });
  }

  close(): Promise<void> {
    this.isOpen = false;
    this.onClose();
    return Promise.resolve();
  }

  private read(log: readonly ReceivedRecord[]): void {
    const records = log.slice(this.positions.get(log) ?? 0);
    this.positions.set(log, log.length);
    if (!this.isOpen || records.length === 0) return;
    try {
      this.options.handler(records);
    } catch {
      // A record is not redelivered.
    }
  }

  private followed(): ReadonlyArray<readonly ReceivedRecord[]> {
    return this.options.topics.flatMap((topic) => this.logs.get(topic) ?? []);
  }
}
