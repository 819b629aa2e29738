// Starts and stops a process, for one that must stay small: it loads neither Nest nor TypeORM.
export { type Program, runProcess } from './run-process.js';
