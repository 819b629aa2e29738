// Traces alone, for a process that must stay small: it loads neither Nest nor TypeORM.
export { startTracing, type Tracing } from './tracing.js';
