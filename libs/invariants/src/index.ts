// What must hold between services, compared by what they serve under /operations/facts.
export { type CheckedInvariant, type CheckOptions, checkInvariants, type Report } from './check-invariants.js';
export type { AboutConsumer, AboutMessages, AboutOrder, AboutRestaurant, MessageFlow, SagaFact } from './facts.js';
export { type Finding, type InFlight, type Invariant, invariants, type Place } from './finding.js';
export { HttpSystem } from './system.js';
