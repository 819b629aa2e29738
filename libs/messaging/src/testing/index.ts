// For the tests of adapters; needs vitest.
export { brokerConformance, type ConformanceFixture } from './broker-conformance.js';
