/** A running instance of a service. */
export interface Instance {
  readonly service: string;
  /** `host:port` of its gRPC server. */
  readonly address: string;
}

/** The instances of a service at one moment. */
export interface Listing {
  /** `host:port` of each. */
  readonly addresses: readonly string[];
  /** Where the next call of `list` continues, in the directory's own form. */
  readonly version?: string | undefined;
}

/** Where the instances of services are listed: the port of discovery. */
export interface Directory {
  /**
   * Lists the healthy instances of a service. With a previous listing, waits for a change first, for a few seconds at most. Rejects
   * if the directory does not respond.
   */
  list(service: string, previous: Listing | undefined, signal: AbortSignal): Promise<Listing>;
  close?(): void;
}

/** A directory in which instances register themselves. */
export interface Registry extends Directory {
  /**
   * Registers an instance until the lease ends, or renews its lease; called several times in each lease. Registers it again if the
   * registry has lost it.
   */
  renew(instance: Instance, leaseMs: number): Promise<void>;
  withdraw(instance: Instance): Promise<void>;
}

export const isRegistry = (directory: Directory): directory is Registry => 'renew' in directory;
