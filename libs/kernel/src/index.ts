export { Clock, SystemClock, wallClockMs } from './clock.js';
export { DomainError, type DomainErrorKind } from './domain-error.js';
export { requireVersion, VersionOutdated } from './expected-version.js';
export { Money } from './money.js';
export { IllegalTransition, stateMachine } from './state-machine.js';
export { normalized } from './text.js';
