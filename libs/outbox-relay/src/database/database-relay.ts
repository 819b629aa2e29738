import { randomInt } from 'node:crypto';
import { type Broker, BrokerUnavailable, backoffMs, header, pause, RecordRefused, TopicMissing } from '@ftgo/messaging/broker';
import { outboxPublication } from '@ftgo/messaging/outbox-table';
import { databaseOf, databaseProblem } from '@ftgo/messaging/postgres';
import type { MessagingLogger } from '@ftgo/messaging/telemetry';
import type { Client } from 'pg';
import { Checkpoint } from '../checkpoint/checkpoint.js';
import { type PublishableTopics, type Skip, Skips } from '../publish/skips.js';
import { Misconfigured, NotMigrated, ProofBroken, SlotBeingCreated, SlotIsTaken, sqlState, sqlStateOf } from '../relay-errors.js';
import { closeGap, type Gap } from '../source/wal/gap.js';
import { ReplicationSession } from '../source/wal/replication-session.js';
import { findSlot } from '../source/wal/slot.js';
import { waitOfAnother } from '../source/wal/slot-creation.js';
import { slotOf } from '../source/wal/slot-name.js';
import type { RelayCounts, RelayState, RelayStatus } from '../status/relay-status.js';
import { connectControl, controlSettings } from './control.js';
import type { Transactions } from './old-transactions.js';
import { checkDatabase } from './preflight.js';
import { Term } from './term.js';
import { relayClient } from './waits.js';

export interface DatabaseRelayOptions {
  /** Of a role that may replicate, read the outbox and keep the checkpoint. */
  readonly url: string;
  readonly broker: Broker;
  readonly logger: MessagingLogger;
  /** Slot names are unique in a Postgres cluster; default: slotOf(database), in most cases `<database>_outbox`. */
  readonly slot?: string;
  readonly publication?: string;
  readonly windowBytes?: number;
  /** What the service of this database may send, and as whom; what else is in the outbox is rejected. Default: everything may be. */
  readonly publishable?: PublishableTopics | undefined;
}

const defaultWindowBytes = 2 * 1024 * 1024;
const standbyMs = { from: 250, to: 750 };
const refusedPauseMs = 15_000;
const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** Relays the outbox of one database: leads, or stands by until it can. Runs until it is stopped, whatever is away. */
export class DatabaseRelay {
  readonly database: string;
  readonly slot: string;
  private readonly publication: string;
  private readonly counts: RelayCounts = { published: 0, backfilled: 0, terms: 0, alarms: 0, rejected: 0 };
  private readonly stopping = new AbortController();
  /** Aborted when the relay is stopped or a connection breaks: nothing of this attempt to lead waits any longer. */
  private attempt = new AbortController();
  private state: RelayState = 'starting';
  private reason: string | undefined;
  /** The log is proved to have all that is not published; undefined: another relay knows, or nobody yet. */
  private isProved: boolean | undefined;
  /** The last alarm of an incident that is not over: it is raised once. */
  private alarmed: string | undefined;
  private term: Term | undefined;
  private session: ReplicationSession | undefined;
  private control: Client | undefined;
  private failures = 0;
  private blockingTransactions = 0;
  /** All that was committed before is known to be published, or another relay's care. */
  private publishedUpTo = performance.now();
  private retrying = new AbortController();
  private readonly skips: Skips;
  private running: Promise<void> | undefined;

  constructor(private readonly options: DatabaseRelayOptions) {
    this.database = databaseOf(options.url);
    this.slot = options.slot ?? slotOf(this.database);
    this.publication = options.publication ?? outboxPublication;
    const { database, counts } = this;
    const { url, logger, publishable } = options;
    this.skips = new Skips({ database, url, logger, counts, publishable });
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Publishes what it has read, tells the server, and lets another relay go on. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.attempt.abort(this.stopping.signal.reason);
    // Before a term there is nothing to finish: whatever goes on begins anew at the next start.
    if (this.term) await this.running;
    else this.abandon();
    this.enter('stopped', undefined);
  }

  /**
   * Skips a message that the broker refuses for ever, so that those behind it are published. An operator's last resort:
   * nobody who needs the message will get it. Resolves when the skip is stored; then it holds for every relay, now and later.
   */
  async skip(skip: Skip): Promise<void> {
    await this.skips.add(skip);
    this.retrying.abort();
  }

  get status(): RelayStatus {
    const { database, slot, state, reason, blockingTransactions, isProved, counts } = this;
    const isReady = state === 'leading' || state === 'standby' || (state === 'backfilling' && isProved !== false);
    return {
      database,
      slot,
      state,
      reason,
      blockingTransactions,
      isReady,
      isProved,
      ...counts,
      lagMs: this.lagMs(),
      flow: this.term?.flow,
    };
  }

  private lagMs(): number | undefined {
    if (this.state === 'standby' || this.state === 'stopped') return undefined;
    this.noteProgress();
    return performance.now() - this.publishedUpTo;
  }

  private noteProgress(): void {
    const { term } = this;
    if (term?.hasProgressed) this.publishedUpTo = performance.now() - term.flow.oldestUnpublishedMs;
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      let pauseMs = 0;
      this.attempt = new AbortController();
      try {
        await this.lead();
      } catch (error) {
        if (!this.isStopping) pauseMs = this.explain(error);
      } finally {
        this.abandon();
      }
      this.retrying = new AbortController();
      await pause(pauseMs, AbortSignal.any([this.stopping.signal, this.retrying.signal]));
    }
  }

  /** From the first connection to the end of a term. Resolves only when it was stopped. */
  private async lead(): Promise<void> {
    const { database, slot, publication, counts, options } = this;
    const { broker, windowBytes = defaultWindowBytes, url } = options;
    const control = await this.openControl();
    await checkDatabase(control, publication);
    await this.untilSlotIsFree(control);
    const session = await ReplicationSession.connect(url, `relay of ${slot}`, this.lost());
    this.session = session;
    const checkpoint = new Checkpoint({ client: control, slot, publication });
    await this.skips.read(control);
    const outbox = await this.closeGap(control, checkpoint, await session.systemIdentifier());
    const { signal } = this.attempt;
    const term = new Term({
      database,
      slot,
      publication,
      outbox,
      session,
      control,
      checkpoint,
      broker,
      windowBytes,
      counts,
      skips: this.skips,
      signal,
    });
    signal.throwIfAborted();
    await term.begin();
    signal.throwIfAborted();
    this.term = term;
    await control.query('SELECT pg_advisory_unlock_all()');
    counts.terms++;
    [this.isProved, this.alarmed] = [true, undefined];
    const stopped = aborted(this.stopping.signal);
    // A message that was refused is the first to go: until it is through, nothing has changed.
    if (this.state === 'refused') await Promise.race([term.ended, term.progressed, stopped]);
    if (!this.isStopping) this.enter('leading', undefined);
    await Promise.race([term.ended, stopped]);
    await term.stop();
  }

  /** Stands by while another relay leads; one connection waits, and looks now and then. */
  private async untilSlotIsFree(control: Client): Promise<void> {
    const { signal } = this.attempt;
    for (;;) {
      const slot = await findSlot(control, this.slot);
      if (!slot?.isActive) return;
      if (slot.isBeingCreated) this.enter('waiting', (await this.whySlotIsTaken(control)).message);
      else {
        if (this.state !== 'refused') this.enter('standby', undefined);
        this.publishedUpTo = performance.now();
      }
      await pause(randomInt(standbyMs.from, standbyMs.to), signal);
      signal.throwIfAborted();
    }
  }

  /** Publishes from the table what the log is not proved to have; resolves with the outbox's oid. */
  private async closeGap(control: Client, checkpoint: Checkpoint, systemIdentifier: string): Promise<number> {
    const { database, slot, publication, skips } = this;
    const { broker, logger, url } = this.options;
    const { outbox, backfilled } = await closeGap({
      control,
      checkpoint,
      url,
      slot,
      publication,
      systemIdentifier,
      broker,
      skips,
      signal: this.attempt.signal,
      watch: { url, applicationName: `relay of ${slot} (watching)` },
      onGap: (gap) => this.noteGap(gap),
      whyTaken: () => this.whySlotIsTaken(control),
      onWaiting: (found) => this.waitFor(found),
      onStart: () => this.enter('backfilling', undefined),
    });
    if (backfilled) {
      this.counts.backfilled += backfilled.rows;
      logger.log('backfill published rows', { database, slot, rows: backfilled.rows });
    }
    return outbox;
  }

  private noteGap({ reason, kind }: Gap): void {
    this.isProved = kind === 'expected' ? undefined : false;
    if (kind === 'alarm') this.alarm(reason);
    if (kind !== 'expected') this.enter('waiting', reason);
  }

  private async whySlotIsTaken(control: Client): Promise<Error> {
    const wait = await waitOfAnother(control, this.slot);
    return wait ? new SlotBeingCreated(this.slot, wait.description) : new SlotIsTaken(this.slot);
  }

  private waitFor({ count, description }: Transactions): void {
    if (this.attempt.signal.aborted || count === 0) return;
    const what = `slot ${this.slot} can be used when the transactions have ended that were open before it`;
    this.enter('waiting', `${what}, ${count} of them in the whole server: ${description}; end them, or wait until they have ended`);
    this.blockingTransactions = count;
  }

  /** Tells what is in the way, and how long to wait before the next try. */
  private explain(error: unknown): number {
    // Having begun is not enough: what fails every time would be tried, and what is beside it repeated, many times a second.
    if (this.term?.hasMovedOn) this.failures = 0;
    if (isTaken(error)) {
      if (error instanceof SlotBeingCreated) this.enter('waiting', error.message);
      else this.enter('standby', undefined);
      return randomInt(standbyMs.from, standbyMs.to);
    }
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof RecordRefused) {
      const id = error.record.headers.find(([name]) => name.toString() === header.id)?.[1];
      this.enter('refused', `message ${String(id)} to ${error.record.topic}: ${message}`);
      return refusedPauseMs;
    }
    if (error instanceof ProofBroken || error instanceof Misconfigured) this.isProved = false;
    if (error instanceof Misconfigured) this.enter('misconfigured', message);
    else this.enter('waiting', isExplained(error) ? message : databaseProblem(error, this.options.url), error instanceof TopicMissing);
    return backoffMs(this.failures++, firstPauseMs, longestPauseMs);
  }

  private enter(state: RelayState, reason: string | undefined, isAlarm = state === 'refused' || state === 'misconfigured'): void {
    this.blockingTransactions = 0;
    if (this.state === state && this.reason === reason) return;
    if (state === 'standby') this.isProved = undefined;
    this.state = state;
    this.reason = reason;
    const { logger } = this.options;
    const details = { database: this.database, slot: this.slot, state, ...(reason === undefined ? {} : { reason }) };
    if (isAlarm) {
      this.counts.alarms++;
      logger.error('relay is stopped until this is mended', details);
    } else if (state === 'waiting') logger.warn('relay waits', details);
    else logger.log(`relay is ${state}`, details);
  }

  private alarm(what: string): void {
    if (this.alarmed === what) return;
    this.alarmed = what;
    this.counts.alarms++;
    this.options.logger.error('relay alarm', { database: this.database, slot: this.slot, reason: what });
  }

  private async openControl(): Promise<Client> {
    const control = relayClient(this.options.url, `relay of ${this.slot} (checkpoint)`, controlSettings);
    this.control = control;
    const lost = this.lost();
    control.on('error', lost);
    control.on('end', () => lost(new Error('the connection was closed')));
    await connectControl(control);
    return control;
  }

  /** To be called when a connection of this attempt to lead breaks. */
  private lost(): (error: Error) => void {
    const { attempt } = this;
    return (error) => attempt.abort(error);
  }

  /** Gives up every connection. */
  private abandon(): void {
    this.noteProgress();
    this.term?.close();
    this.term = undefined;
    this.session?.close();
    this.session = undefined;
    this.control?.end().catch(() => undefined);
    this.control = undefined;
  }
}

const isExplained = (error: unknown): boolean =>
  [ProofBroken, NotMigrated, TopicMissing, BrokerUnavailable].some((kind) => error instanceof kind);

const isTaken = (error: unknown): boolean => error instanceof SlotIsTaken || sqlStateOf(error) === sqlState.objectInUse;

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
