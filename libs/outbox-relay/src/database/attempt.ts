import type { Broker } from '@ftgo/messaging/broker';
import type { MessagingLogger } from '@ftgo/messaging/telemetry';
import type { Client } from 'pg';
import type { Skips } from '../publish/skips.js';
import type { OutboxSource } from '../source/outbox-source.js';
import type { RelayReport } from '../status/relay-report.js';
import { connectControl, controlSettings } from './control.js';
import { keptAlive } from './leader-lock.js';
import { Term } from './term.js';
import { relayClient } from './waits.js';

export interface AttemptOptions {
  readonly database: string;
  readonly url: string;
  readonly slot: string;
  readonly publication: string;
  readonly broker: Broker;
  readonly windowBytes: number;
  /** The databases of the same server that are read from the log. */
  readonly databases: number;
  /** The interval of a polling relay. */
  readonly pollMs: number;
  readonly skips: Skips;
  readonly ownTopics: readonly string[];
  readonly report: RelayReport;
  readonly logger: MessagingLogger;
  readonly prepareSource: PrepareSource;
}

/** The environment in which a source is prepared. */
export interface SourceContext extends Omit<AttemptOptions, 'prepareSource'> {
  /** A connection for statements, one at a time. */
  readonly control: Client;
  /** Aborted when a connection of this attempt is lost, or the relay is stopped. */
  readonly signal: AbortSignal;
  /** Call this when another connection of this attempt is lost. */
  readonly onLost: (error: Error) => void;
  /** Registers a connection to be closed with this attempt. */
  readonly keep: (connection: { close(): void }) => void;
}

/** Waits until no other relay leads, publishes what the source lacks, and returns a source for the rest. */
export type PrepareSource = (context: SourceContext) => Promise<OutboxSource>;

/** One attempt to lead, from the first connection to the end of a term. Its connections and timers end with it. */
export class Attempt {
  private readonly aborting = new AbortController();
  private readonly connections: { close(): void }[] = [];
  private control: Client | undefined;
  term: Term | undefined;

  constructor(private readonly options: AttemptOptions) {}

  /** Ends every wait of this attempt. */
  abort(reason: unknown): void {
    this.aborting.abort(reason);
  }

  /** Leads until stopped; rejects with the error that ended the attempt. */
  async lead(stopped: Promise<void>, isStopping: () => boolean): Promise<void> {
    const { options, aborting } = this;
    const { report } = options;
    const { signal } = aborting;
    const control = await this.openControl();
    const onLost = (error: Error) => aborting.abort(error);
    const source = await options.prepareSource({
      ...options,
      control,
      signal,
      onLost,
      keep: (connection) => void this.connections.push(connection),
    });
    const term = new Term({ ...options, source, counts: report.counts, signal });
    signal.throwIfAborted();
    // The broker first: a relay that cannot publish must not block the source for others.
    await keptAlive(control, term.reachBroker());
    await term.begin();
    signal.throwIfAborted();
    this.term = term;
    report.leads();
    // A rejected message is published first: until that succeeds, the state remains `refused`.
    if (report.state === 'refused') await Promise.race([term.ended, term.advanced, stopped]);
    if (!isStopping()) report.enter('leading');
    await Promise.race([term.ended, stopped]);
    await term.stop();
  }

  /** Closes every connection. */
  close(): void {
    this.noteProgress();
    this.abort(new Error('the attempt is over'));
    this.term?.close();
    this.term = undefined;
    for (const connection of this.connections.splice(0)) connection.close();
    this.control?.end().catch(() => undefined);
    this.control = undefined;
  }

  noteProgress(): void {
    const { term } = this;
    if (term?.hasProgressed) this.options.report.progressed(term.flow.oldestUnpublishedMs);
  }

  private async openControl(): Promise<Client> {
    const control = relayClient(this.options.url, `relay of ${this.options.slot} (checkpoint)`, controlSettings);
    this.control = control;
    control.on('error', (error) => this.abort(error));
    control.on('end', () => this.abort(new Error('the connection was closed')));
    await connectControl(control);
    return control;
  }
}
