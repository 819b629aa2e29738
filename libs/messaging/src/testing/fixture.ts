import type { Broker } from '../broker/index.js';

/** An adapter, as the conformance suite uses it. */
export interface ConformanceFixture {
  /** Another client of the same broker. Its handlers are given up soon when it closes. */
  client(): Broker;
  /** Deletes a topic as an operator would; needed by adapters that claim `survivesRecreation`. */
  deleteTopic?(topic: string): Promise<void>;
  end?(): Promise<void>;
}
