// For the tests of adapters; needs vitest.
export { brokerConformance } from './broker-conformance.js';
export type { ConformanceFixture, MovableBroker } from './fixture.js';
