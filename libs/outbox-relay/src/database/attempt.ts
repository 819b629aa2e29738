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
  /** Between two looks of a relay that polls. */
  readonly pollMs: number;
  readonly skips: Skips;
  readonly report: RelayReport;
  readonly logger: MessagingLogger;
  readonly prepareSource: PrepareSource;
}

/** What a source is prepared with. */
export interface SourceContext extends Omit<AttemptOptions, 'prepareSource'> {
  /** For statements, one at a time. */
  readonly control: Client;
  /** Aborted when a connection of this attempt breaks, or the relay is stopped. */
  readonly signal: AbortSignal;
  /** To be called when a further connection of this attempt breaks. */
  readonly onLost: (error: Error) => void;
  /** To be closed with this attempt. */
  readonly keep: (connection: { close(): void }) => void;
}

/** Waits until no other relay leads, sees to what the source cannot bring, and returns a source that brings the rest. */
export type PrepareSource = (context: SourceContext) => Promise<OutboxSource>;

/** One attempt to lead, from the first connection to the end of a term. Its connections and timers end with it. */
export class Attempt {
  private readonly aborting = new AbortController();
  private readonly connections: { close(): void }[] = [];
  private control: Client | undefined;
  term: Term | undefined;

  constructor(private readonly options: AttemptOptions) {}

  /** Nothing of this attempt waits any longer. */
  abort(reason: unknown): void {
    this.aborting.abort(reason);
  }

  /** Leads until it is stopped; rejects with what ended the attempt. */
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
    // First the broker: a relay that cannot publish must not keep others from the source.
    await keptAlive(control, term.reachBroker());
    await term.begin();
    signal.throwIfAborted();
    this.term = term;
    report.leads();
    // A message that was refused is the first to go: until it is through, nothing has changed.
    if (report.state === 'refused') await Promise.race([term.ended, term.movedOn, stopped]);
    if (!isStopping()) report.enter('leading');
    await Promise.race([term.ended, stopped]);
    await term.stop();
  }

  /** Gives up every connection. */
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
