import { randomInt } from 'node:crypto';
import {
  AccessDenied,
  aborted,
  type Broker,
  BrokerUnavailable,
  backoffMs,
  header,
  pause,
  RecordRejected,
  TopicMissing,
} from '@ftgo/messaging/broker';
import { outboxPublication } from '@ftgo/messaging/outbox-table';
import { databaseOf, databaseProblem } from '@ftgo/messaging/postgres';
import type { MessagingLogger } from '@ftgo/messaging/telemetry';
import { type PublishableTopics, type Skip, Skips } from '../publish/skips.js';
import { Misconfigured, NotMigrated, ProofBroken, SlotBeingCreated, SlotIsTaken, sqlState, sqlStateOf } from '../relay-errors.js';
import type { SourceKind } from '../source/outbox-source.js';
import { preparePolling } from '../source/polling/prepare-polling.js';
import { prepareWal } from '../source/wal/prepare-wal.js';
import { slotOf } from '../source/wal/slot-name.js';
import { RelayReport } from '../status/relay-report.js';
import type { RelayStatus } from '../status/relay-status.js';
import { Attempt, type PrepareSource } from './attempt.js';
import { standbyMs } from './waits.js';

export interface DatabaseRelayOptions {
  /** The URL, with a role that may replicate, read the outbox and write the checkpoint. */
  readonly url: string;
  readonly broker: Broker;
  readonly logger: MessagingLogger;
  /** Unique in a PostgreSQL cluster; default: slotOf(database), usually `<database>_outbox`. */
  readonly slot?: string;
  readonly publication?: string;
  readonly windowBytes?: number;
  /** The databases of the same server that this process reads from the log, this one included; default: 1. */
  readonly databases?: number;
  /** Where committed rows are read from; default: the write-ahead log. */
  readonly source?: SourceKind;
  /** The interval at which a polling relay checks for rows. */
  readonly pollIntervalMs?: number;
  /** The messages that the service of this database may send, by channel and source; others are rejected. Default: all. */
  readonly publishable?: PublishableTopics | undefined;
  /**
   * The topics on which only the service of this database sends. If they have messages that are more than a minute newer than what the
   * database knows to be published, it was restored to an earlier point in time, and nothing is published. Default: none.
   */
  readonly ownTopics?: readonly string[] | undefined;
}

const prepare: Readonly<Record<SourceKind, PrepareSource>> = { wal: prepareWal, polling: preparePolling };

const defaultPollMs = 50;
const defaultWindowBytes = 2 * 1024 * 1024;
const rejectedPauseMs = 15_000;
const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** Relays the outbox of one database: leads, or stands by until it can. Runs until stopped, whatever is unavailable. */
export class DatabaseRelay {
  readonly database: string;
  readonly slot: string;
  readonly source: SourceKind;
  private readonly report: RelayReport;
  private readonly skips: Skips;
  private readonly stopping = new AbortController();
  private attempt: Attempt;
  private failures = 0;
  private retrying = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: DatabaseRelayOptions) {
    this.database = databaseOf(options.url);
    this.slot = options.slot ?? slotOf(this.database);
    this.source = options.source ?? 'wal';
    const { database, slot } = this;
    const { url, logger, publishable } = options;
    this.report = new RelayReport({ database, slot, logger });
    this.skips = new Skips({ database, url, logger, counts: this.report.counts, publishable });
    this.attempt = this.newAttempt();
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Publishes what it has read, confirms it to the server, and lets another relay continue. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.attempt.abort(this.stopping.signal.reason);
    // Before a term there is nothing to finish: the next start repeats what is in progress.
    if (this.attempt.term) await this.running;
    else this.attempt.close();
    this.report.enter('stopped');
  }

  /**
   * Skips a message that the broker permanently rejects, so that later messages are published. An operator's last resort:
   * no consumer will receive the message. Resolves once the skip is stored; it then applies to every relay, permanently.
   */
  async skip(skip: Skip): Promise<void> {
    await this.skips.add(skip);
    this.retrying.abort();
  }

  get status(): RelayStatus {
    this.attempt.noteProgress();
    const { database, slot, source, report, attempt } = this;
    const { state, reason, blockingTransactions, isReady, isProved, counts, lagMs } = report;
    return { database, slot, source, state, reason, blockingTransactions, isReady, isProved, ...counts, lagMs, flow: attempt.term?.flow };
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private newAttempt(): Attempt {
    const { options, database, slot, skips, report } = this;
    const {
      publication = outboxPublication,
      windowBytes = defaultWindowBytes,
      pollIntervalMs: pollMs = defaultPollMs,
      ownTopics = [],
      databases = 1,
    } = options;
    const prepareSource = prepare[this.source];
    return new Attempt({
      ...options,
      database,
      slot,
      publication,
      windowBytes,
      databases,
      pollMs,
      skips,
      ownTopics,
      report,
      prepareSource,
    });
  }

  private async run(): Promise<void> {
    const stopped = aborted(this.stopping.signal);
    while (!this.isStopping) {
      let pauseMs = 0;
      this.attempt = this.newAttempt();
      try {
        await this.attempt.lead(stopped, () => this.isStopping);
      } catch (error) {
        if (!this.isStopping) pauseMs = this.explain(error);
      } finally {
        this.attempt.close();
      }
      this.retrying = new AbortController();
      await pause(pauseMs, AbortSignal.any([this.stopping.signal, this.retrying.signal]));
    }
  }

  /** Reports the cause, and returns how long to wait before the next attempt. */
  private explain(error: unknown): number {
    // Starting a term is not progress: if it fails every time, it would be retried, and other messages repeated, many times a second.
    if (this.attempt.term?.hasAdvanced) this.failures = 0;
    const { report } = this;
    if (isTaken(error)) {
      if (error instanceof SlotBeingCreated) report.enter('waiting', error.message);
      else report.enter('standby');
      return randomInt(standbyMs.from, standbyMs.to);
    }
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof RecordRejected) {
      const id = error.record.headers.find(([name]) => name.toString() === header.id)?.[1];
      report.enter('refused', `message ${String(id)} to ${error.record.topic}: ${message}`);
      return rejectedPauseMs;
    }
    if (error instanceof ProofBroken || error instanceof Misconfigured) report.isProved = false;
    if (isMisconfiguration(error)) report.enter('misconfigured', message);
    else report.enter('waiting', isExplained(error) ? message : databaseProblem(error, this.options.url), error instanceof TopicMissing);
    return backoffMs(this.failures++, firstPauseMs, longestPauseMs);
  }
}

const isExplained = (error: unknown): boolean =>
  [ProofBroken, NotMigrated, TopicMissing, BrokerUnavailable].some((kind) => error instanceof kind);

const isMisconfiguration = (error: unknown): boolean => error instanceof Misconfigured || error instanceof AccessDenied;

const isTaken = (error: unknown): boolean => error instanceof SlotIsTaken || sqlStateOf(error) === sqlState.objectInUse;
