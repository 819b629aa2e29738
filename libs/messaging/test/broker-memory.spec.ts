import { memoryBroker } from '../src/broker/index.js';
import { brokerConformance } from '../src/testing/broker-conformance.js';

brokerConformance('memory', () => {
  const broker = memoryBroker({ drainTimeoutMs: 200 });
  // Clients of one broker are closed separately; what they published is kept.
  return Promise.resolve({ client: () => broker.client() });
});
