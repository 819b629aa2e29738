import type { Broker } from '../broker/index.js';

/** An adapter, as the conformance suite uses it. */
export interface ConformanceFixture {
  /** Another client of the same broker. When it closes, its handlers are soon abandoned. */
  client(): Broker;
  /** Deletes a topic as an operator would; required for adapters that claim `survivesRecreation`. */
  deleteTopic?(topic: string): Promise<void>;
  /** Starts a broker for one test, behind an address that stays the same for its clients. Omitted if the broker cannot move. */
  movable?(): Promise<MovableBroker>;
  end?(): Promise<void>;
}

/** A broker that can be restarted elsewhere. */
export interface MovableBroker {
  client(): Broker;
  /** Kills it and restarts it with its data at another address; new connections lead there. */
  move(): Promise<void>;
  end(): Promise<void>;
}
