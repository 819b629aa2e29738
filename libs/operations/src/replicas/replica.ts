import type { Handler, Middleware, Transactions } from '@ftgo/messaging';
import type { Broker, ReceivedRecord } from '@ftgo/messaging/broker';
import type { StruckMessage } from '@ftgo/messaging/operations';

/** How far a rebuild is, or how it ended. */
export interface RebuildReport {
  readonly handled: number;
  /** Messages that could not be read or applied; their dead letters remain. */
  readonly skipped: number;
  /** More about it, for operators. */
  readonly detail?: string;
}

/** A report in words. */
export const textOf = ({ handled, skipped, detail }: RebuildReport): string =>
  [`${handled} ${handled === 1 ? 'event' : 'events'} applied, ${skipped} skipped`, detail].filter(Boolean).join('; ');

/** The end of a rebuild. */
export interface RebuildResult extends RebuildReport {
  /** The topics that were read. */
  readonly topics: readonly string[];
}

/** A service, as far as rebuilding needs it. */
export interface ReplayedService {
  readonly service: string;
  readonly broker: Broker;
  readonly transactions: Transactions;
  readonly handlers: readonly Handler[];
  readonly middleware: readonly Middleware[];
}

/** What a rebuild is given. */
export interface Rebuild extends ReplayedService {
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
  readonly onProgress: (report: RebuildReport) => void;
  /** Whether an operator has struck out a record: the rebuild leaves it out. */
  readonly isStruck: (record: ReceivedRecord) => boolean;
  /**
   * Gives up the dead letters of messages that the rebuilt replica contains: in the transaction that makes their effect visible.
   */
  readonly supersede: (messageIds: readonly string[]) => Promise<void>;
}

/** Data that a service derives from events and can derive again. Every provider of this class is shown to operators. */
export abstract class Replica {
  abstract readonly name: string;

  /** The number of events that were missing when later ones arrived, since the process started. */
  get gaps(): number {
    return 0;
  }

  /**
   * Deletes what these messages have changed, in the open transaction: a rebuild follows, which would otherwise ignore older events.
   */
  async forget(_struck: readonly StruckMessage[]): Promise<void> {}

  /** Derives it again from the first event, while the service runs. */
  abstract rebuild(rebuild: Rebuild): Promise<RebuildResult>;
}
