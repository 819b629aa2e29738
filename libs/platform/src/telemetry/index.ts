// Traces alone, for a process that must stay small: it loads neither Nest nor TypeORM.
export { startTracing } from './tracing.js';
