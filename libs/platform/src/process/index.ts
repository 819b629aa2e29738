// Starts and stops a process, without loading Nest or TypeORM, for processes that must stay small.
export { type Program, runProcess } from './run-process.js';
