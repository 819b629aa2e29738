import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type Directory, type Instance, isRegistry, type Listing, type Registry } from './directory.js';

const retryMs = 250;

export interface DiscoveryOptions {
  readonly directory: Directory;
  /** How long a registration lasts without a renewal. */
  readonly leaseMs: number;
}

type Listener = (addresses: readonly string[]) => void;

interface Watched {
  readonly listeners: Set<Listener>;
  readonly stopping: AbortController;
  addresses: readonly string[] | undefined;
}

/** Registers the instances of this process, and follows those of other services. Survives every outage of its directory. */
export class Discovery {
  private readonly log = new Logger('Discovery');
  private readonly stopping = new AbortController();
  private readonly watched = new Map<string, Watched>();
  private readonly registrations = new Set<Registration>();
  private isFailing = false;

  constructor(private readonly options: DiscoveryOptions) {}

  /** Calls the listener with the addresses of a service's instances, and again after each change, until the returned function is called. */
  watch(service: string, listener: Listener): () => void {
    const watched = this.watched.get(service) ?? this.newWatch(service);
    watched.listeners.add(listener);
    if (watched.addresses) listener(watched.addresses);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size > 0) return;
      watched.stopping.abort();
      this.watched.delete(service);
    };
  }

  /** The instances of a service that is watched, as last listed. */
  addressesOf(service: string): readonly string[] | undefined {
    return this.watched.get(service)?.addresses;
  }

  /** Keeps an instance registered while it is ready. Does nothing if instances do not register themselves. */
  register(instance: Instance, isReady: () => Promise<boolean>): void {
    const { directory, leaseMs } = this.options;
    if (!isRegistry(directory)) return;
    this.registrations.add(new Registration(directory, { instance, isReady, leaseMs, note: (error) => this.note(error) }));
  }

  /** Withdraws the instances of this process, so that no new calls arrive. */
  async withdraw(): Promise<void> {
    const ending = [...this.registrations].map((each) => each.end());
    this.registrations.clear();
    await Promise.all(ending);
  }

  async close(): Promise<void> {
    await this.withdraw();
    this.stopping.abort();
    this.options.directory.close?.();
  }

  private newWatch(service: string): Watched {
    const watched: Watched = { listeners: new Set(), stopping: new AbortController(), addresses: undefined };
    this.watched.set(service, watched);
    void this.follow(service, watched);
    return watched;
  }

  private async follow(service: string, watched: Watched): Promise<void> {
    const signal = AbortSignal.any([this.stopping.signal, watched.stopping.signal]);
    let previous: Listing | undefined;
    while (!signal.aborted) {
      try {
        previous = await this.options.directory.list(service, previous, signal);
        this.note(undefined);
        if (!signal.aborted) update(watched, previous.addresses);
      } catch (error) {
        if (signal.aborted) return;
        this.note(error);
        // The registry may have restarted: its versions may have begun again.
        previous = undefined;
        await pause(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  private note(error: unknown): void {
    if (Boolean(error) === this.isFailing) return;
    this.isFailing = Boolean(error);
    if (error) this.log.warn({ err: error }, 'service registry unavailable; the last known instances are used');
    else this.log.log('service registry available again');
  }
}

/** An empty list never replaces another one: a registry that has lost its data must not stop all calls. */
function update(watched: Watched, addresses: readonly string[]): void {
  const sorted = addresses.toSorted();
  if (watched.addresses && (sorted.length === 0 || sorted.join() === watched.addresses.join())) return;
  watched.addresses = sorted;
  for (const listener of watched.listeners) listener(sorted);
}

interface RegistrationOptions {
  readonly instance: Instance;
  readonly isReady: () => Promise<boolean>;
  readonly leaseMs: number;
  readonly note: (error: unknown) => void;
}

/** The registration of one instance, renewed three times per lease. */
class Registration {
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private isRegistered = false;

  constructor(
    private readonly registry: Registry,
    private readonly options: RegistrationOptions,
  ) {
    this.ended = this.renewAlways();
  }

  async end(): Promise<void> {
    this.stopping.abort();
    await this.ended;
    if (this.isRegistered) await this.registry.withdraw(this.options.instance).catch(() => undefined);
  }

  private async renewAlways(): Promise<void> {
    const { leaseMs, note } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const failed = await this.renew().then(
        () => undefined,
        (error: unknown) => error,
      );
      note(failed);
      await pause(failed ? retryMs : leaseMs / 3, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async renew(): Promise<void> {
    const { instance, isReady, leaseMs } = this.options;
    if (await isReady().catch(() => false)) {
      await this.registry.renew(instance, leaseMs);
      this.isRegistered = true;
    } else if (this.isRegistered) {
      await this.registry.withdraw(instance);
      this.isRegistered = false;
    }
  }
}
