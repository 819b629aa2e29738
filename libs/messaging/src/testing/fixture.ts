import type { Broker } from '../broker/index.js';

/** An adapter, as the conformance suite uses it. */
export interface ConformanceFixture {
  /** Another client of the same broker. Its handlers are given up soon when it closes. */
  client(): Broker;
  /** Deletes a topic as an operator would; needed by adapters that claim `survivesRecreation`. */
  deleteTopic?(topic: string): Promise<void>;
  /** Starts a broker for one test, behind an address that stays the same for its clients. Left out where a broker cannot move. */
  movable?(): Promise<MovableBroker>;
  end?(): Promise<void>;
}

/** A broker that can be started again elsewhere. */
export interface MovableBroker {
  client(): Broker;
  /** Kills it and starts it with its data at another address; new connections lead there. */
  move(): Promise<void>;
  end(): Promise<void>;
}
